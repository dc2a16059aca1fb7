import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Unix sockets fail with EINVAL beyond about 107 bytes of path; macOS allows a few less. */
const MAX_PATH_BYTES = 100;
const SOCKET = "mongo.sock";

/**
 * A private directory for the socket of one data directory. It lies in the temporary directory under a hash,
 * because a data directory's own path may be too long for a socket.
 */
export function socketDirFor(identity: string): string {
  const name = `hypogeum-${createHash("sha256").update(identity).digest("hex").slice(0, 16)}`;
  const preferred = join(tmpdir(), name);
  return Buffer.byteLength(join(preferred, SOCKET)) <= MAX_PATH_BYTES ? preferred : join("/tmp", name);
}

/**
 * Creates the directory (0700), removes a stale socket and returns the socket's path. Access to the database is
 * access to this directory, so a directory that somebody else prepared is refused.
 */
export function claimSocket(dir: string): string {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const stat = lstatSync(dir);
  if (!stat.isDirectory() || stat.uid !== process.getuid?.()) {
    throw new Error(`the socket directory ${dir} belongs to somebody else`);
  }
  chmodSync(dir, 0o700);
  const path = join(dir, SOCKET);
  rmSync(path, { force: true });
  return path;
}

/**
 * Makes room for a socket at a path of the owner's own choice. Unlike a private directory it may belong to the database
 * of another data directory, so somebody who still answers there keeps it.
 *
 * @throws when the path is too long, something else lies there, or somebody listens there
 */
export async function claimSocketFile(file: string): Promise<string> {
  if (Buffer.byteLength(file) > MAX_PATH_BYTES) {
    throw new Error(`the path of a socket may have ${MAX_PATH_BYTES} bytes: ${file} is longer`);
  }
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (!stat) return file;
  if (!stat.isSocket()) throw new Error(`${file} is there already, and it is not a socket`);
  if (await answers(file)) throw new Error(`another process listens on ${file}`);
  rmSync(file, { force: true });
  return file;
}

function answers(file: string): Promise<boolean> {
  return new Promise((settle) => {
    const probe = connect(file);
    probe.once("connect", () => {
      probe.destroy();
      settle(true);
    });
    // Any other error, a full queue say, comes from a socket that somebody has.
    probe.once("error", ({ code }: NodeJS.ErrnoException) => settle(code !== "ECONNREFUSED"));
  });
}

/** Run once the server listens: the file appears with the umask's mode. */
export function protectSocket(path: string): void {
  chmodSync(path, 0o600);
}
