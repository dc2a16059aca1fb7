import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, rmSync } from "node:fs";
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

/** Run once the server listens: the file appears with the umask's mode. */
export function protectSocket(path: string): void {
  chmodSync(path, 0o600);
}
