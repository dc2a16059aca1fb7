import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject, randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Config, ConfigError } from "../config.ts";

const FILE = "jwt-secret";
const KEY_BYTES = 32;

/** What signs access tokens, and what their signatures are checked with. */
export interface SigningKey {
  readonly algorithm: "HS256" | "EdDSA" | "ES256" | "RS256";
  readonly sign: Uint8Array | KeyObject;
  readonly verify: Uint8Array | KeyObject;
}

/** Keys for different purposes, so that a token made for one is worthless for the other. */
export interface Keys {
  readonly signing: SigningKey;
  readonly reconnectKey: Uint8Array;
  readonly refreshKey: Uint8Array;
  readonly codeKey: Uint8Array;
  /** With it the processes of a cluster sign what they pass on to each other. */
  readonly hopKey: Uint8Array;
}

/**
 * The keys of this installation: from JWT_SECRET or the private key of JWT_PRIVATE_KEY_FILE, else from a secret that is
 * generated once into the data directory. With `:memory:` they last as long as the process, like everything else.
 *
 * @throws ConfigError when the stored secret is damaged: a new one in its place would sign everybody out unnoticed;
 *   and when the file holds no private key that can be used
 */
export async function resolveSecret(
  config: Pick<Config, "jwtSecret" | "dataDir"> & Partial<Pick<Config, "jwtPrivateKeyFile">>,
): Promise<Keys> {
  const { jwtSecret, jwtPrivateKeyFile: file, dataDir } = config;
  const privateKey = file === undefined ? undefined : await readPrivateKey(file);
  const secret = jwtSecret ?? (privateKey ? secretOf(privateKey) : await generatedSecret(dataDir));
  return {
    signing: privateKey ? signingBy(privateKey) : signingWith(derive(secret, "access-token")),
    reconnectKey: derive(secret, "reconnection-token"),
    refreshKey: derive(secret, "refresh-token"),
    codeKey: derive(secret, "mail-code"),
    hopKey: derive(secret, "hop"),
  };
}

/** A key that both signs and checks. */
export function signingWith(key: Uint8Array): SigningKey {
  return { algorithm: "HS256", sign: key, verify: key };
}

const UNUSABLE = "name a PEM file with an Ed25519, P-256 or RSA private key (RSA of at least 2048 bits)";

async function readPrivateKey(file: string): Promise<KeyObject> {
  try {
    return createPrivateKey(await readFile(file));
  } catch {
    // What the system or OpenSSL says may quote the file.
    throw new ConfigError("JWT_PRIVATE_KEY_FILE", UNUSABLE);
  }
}

function signingBy(key: KeyObject): SigningKey {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const pair = { sign: key, verify: createPublicKey(key) };
  if (type === "ed25519") return { algorithm: "EdDSA", ...pair };
  if (type === "ec" && details?.namedCurve === "prime256v1") return { algorithm: "ES256", ...pair };
  if (type === "rsa" && (details?.modulusLength ?? 0) >= 2048) return { algorithm: "RS256", ...pair };
  throw new ConfigError("JWT_PRIVATE_KEY_FILE", UNUSABLE);
}

function secretOf(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "der" }).toString("hex");
}

/**
 * The secret of a data directory, made when it has none.
 *
 * @throws ConfigError when the stored one is damaged
 */
export async function generatedSecret(dataDir: string): Promise<string> {
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
