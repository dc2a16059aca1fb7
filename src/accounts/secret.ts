import { hkdfSync, randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Config, ConfigError } from "../config.ts";

const FILE = "jwt-secret";
const KEY_BYTES = 32;

/** Keys for different purposes, so that a token made for one is worthless for the other. */
export interface Keys {
  readonly accessKey: Uint8Array;
  readonly reconnectKey: Uint8Array;
}

/**
 * The keys of this installation: from JWT_SECRET, else from a secret that is generated once into the data directory.
 * With `:memory:` they last as long as the process, like everything else.
 *
 * @throws ConfigError when the stored secret is damaged: a new one in its place would sign everybody out unnoticed
 */
export async function resolveSecret(config: Pick<Config, "jwtSecret" | "dataDir">): Promise<Keys> {
  const secret = config.jwtSecret ?? (await generatedSecret(config.dataDir));
  return { accessKey: derive(secret, "access-token"), reconnectKey: derive(secret, "reconnection-token") };
}

async function generatedSecret(dataDir: string): Promise<string> {
  if (dataDir === ":memory:") return newSecret();
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, FILE);
  const secret = (await read(path)) ?? (await publish(path));
  if (!/^[0-9a-f]{64}$/.test(secret)) {
    throw new ConfigError(path, "hold 64 hexadecimal digits; restore it, or delete it to sign everybody out");
  }
  return secret;
}

/** Writes a complete file and only then gives it its name; whoever links second uses what the first one wrote. */
async function publish(path: string): Promise<string> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    await writeDurably(temporary, newSecret());
    await link(temporary, path).catch(unlessCode("EEXIST"));
  } finally {
    await rm(temporary, { force: true });
  }
  return (await readFile(path, "utf8")).trim();
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function read(path: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch(unlessCode("ENOENT"));
  return text?.trim();
}

function unlessCode(code: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== code) throw error;
  };
}

function newSecret(): string {
  return randomBytes(KEY_BYTES).toString("hex");
}

function derive(secret: string, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, "", `hypogeum/${purpose}/v1`, KEY_BYTES));
}
