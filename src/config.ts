import { isIP } from "node:net";
import { z } from "zod";

/** What the environment says, validated, with every default filled in. */
export interface Config {
  readonly environment: "production" | "development" | "test";
  /** `embedded`: the database runs in a worker of this process, with its files in `dataDir`. */
  readonly mode: "embedded" | "mongodb" | "cluster";
  /** 0 asks the system for a free port. */
  readonly port: number;
  readonly host: string;
  /** A directory, or `:memory:`. */
  readonly dataDir: string;
  readonly mongodbUri: string | undefined;
  /** Where the processes of a cluster find each other's rooms; undefined when there is one process. May hold a password. */
  readonly redisUrl: string | undefined;
  readonly region: string;
  /** host[:port][/path] of this very process for clients; undefined when one address fronts all. */
  readonly publicAddress: string | undefined;
  /** host:port at which other processes of the cluster reach this one; undefined when they share the machine. */
  readonly internalAddress: string | undefined;
  readonly jwtSecret: string | undefined;
  /** A PEM file with the private key that signs access tokens, instead of a key derived from the secret. */
  readonly jwtPrivateKeyFile: string | undefined;
  /** The first administrator, made at start. */
  readonly admin: { readonly username: string; readonly password: string } | undefined;
  readonly serviceKeys: readonly ServiceKey[];
  readonly oidcIssuers: readonly OidcIssuer[];
  /** Origins besides our own whose pages may call us. */
  readonly corsOrigins: readonly string[];
  readonly logLevel: "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";
  /** Milliseconds a `normal` entry may wait for its flush. */
  readonly journalFlushMs: number;
  /** Milliseconds a tick entry may wait for its flush. */
  readonly journalTickMs: number;
  /** Seconds. */
  readonly accessTokenTtl: number;
  /** Seconds a sign-in lasts without being used. */
  readonly refreshTokenTtl: number;
  /** How many proxies in front may be believed, or their addresses; 0 believes none. */
  readonly trustProxy: number | readonly string[];
  readonly drainSeconds: number;
  /** Days for which audited changes are kept. */
  readonly auditRetentionDays: number;
  readonly rateLimit: boolean;
  /** Set by `npm run dev`: the playground is served. */
  readonly development: boolean;
}

/** A key by which another service calls this one; with a `gameId` for the sessions of that game only. */
export interface ServiceKey {
  readonly name: string;
  readonly gameId: string | undefined;
  readonly key: string;
}

/** Whose ID tokens sign in here, made out to which client. */
export interface OidcIssuer {
  readonly issuer: string;
  readonly clientId: string;
}

/** A setting that cannot be used. It never holds the value: the value may be a secret, and the message is logged. */
export class ConfigError extends Error {
  readonly key: string;
  readonly must: string;

  constructor(key: string, must: string) {
    super(`${key} must ${must}`);
    this.name = "ConfigError";
    this.key = key;
    this.must = must;
  }
}

const SERVICE_KEY = /^([a-z0-9][a-z0-9-]{0,31})(?:@([a-z0-9][a-z0-9-]{0,63}))?:([\x21-\x2b\x2d-\x7e]{32,256})$/;

const Environment = z.object({
  NODE_ENV: oneOf("production", "development", "test").default("development"),
  PORT: integer(0, 65_535).default(2567),
  HOST: text(/^[^\s/]+$/, "be an address or a host name to listen on").default("0.0.0.0"),
  DATA_DIR: text(/^[^\0]+$/, "be a directory, or :memory:").default("./data"),
  MONGODB_URI: text(/^mongodb(\+srv)?:\/\/\S+$/, "be a mongodb:// or mongodb+srv:// address").optional(),
  REDIS_URL: text(/^rediss?:\/\/\S+$/, "be a redis:// or rediss:// address").optional(),
  REGION: text(/^[a-z0-9][a-z0-9-]{0,31}$/, "be 1 to 32 lower-case letters, digits and hyphens").default("local"),
  PUBLIC_ADDRESS: text(/^[\w.-]+(:\d{1,5})?(\/[\w./-]*)?$/, "be host[:port][/path], without a scheme").optional(),
  INTERNAL_ADDRESS: text(/^([\w.-]+|\[[0-9a-fA-F:.]+\]):\d{1,5}$/, "be host:port, without a scheme").optional(),
  JWT_SECRET: z
    .string()
    .refine((value) => Buffer.byteLength(value) >= 32, "be at least 32 bytes long")
    .optional(),
  JWT_PRIVATE_KEY_FILE: text(/^[^\0]+$/, "be the path of a PEM file").optional(),
  ADMIN_USERNAME: text(
    /^[\p{L}\p{N}._-]{3,32}$/u,
    "be 3 to 32 letters, digits, dots, hyphens or underscores",
  ).optional(),
  ADMIN_PASSWORD: z
    .string()
    .refine((value) => value.length >= 8 && value.length <= 128, "be 8 to 128 characters long")
    .optional(),
  SERVICE_KEYS: list(
    (item) => SERVICE_KEY.test(item),
    "be a comma-separated list of name:key or name@game:key, with keys of 32 to 256 characters",
  ).transform((found) => found.map(toServiceKey)),
  OIDC_ISSUERS: list(
    isOidcIssuer,
    "be a comma-separated list of issuer#clientId, such as https://accounts.example#web, the issuers by https",
  ).transform((found) => found.map(toOidcIssuer)),
  CORS_ORIGINS: list(isOrigin, "be a comma-separated list of origins such as https://play.example, without a path"),
  LOG_LEVEL: oneOf("fatal", "error", "warn", "info", "debug", "trace", "silent").default("info"),
  JOURNAL_FLUSH_MS: integer(10, 1000).default(50),
  JOURNAL_TICK_MS: integer(10, 5000).default(250),
  ACCESS_TOKEN_TTL: integer(1, 86_400).default(3600),
  REFRESH_TOKEN_TTL: integer(60, 31_536_000).default(2_592_000),
  TRUST_PROXY: z
    .string()
    .default("0")
    .refine(isProxyTrust, "be a number of proxies from 0 to 16, or a comma-separated list of addresses or CIDRs")
    .transform((value) => (/^\d+$/.test(value) ? Number(value) : Object.freeze(items(value)))),
  DRAIN_SECONDS: integer(0, 3600).default(20),
  NODE_APP_INSTANCE: integer(0, 1023).default(0),
  AUDIT_RETENTION_DAYS: integer(1, 3650).default(400),
  RATE_LIMIT: oneOf("on", "off").default("on"),
  HYPOGEUM_DEV: oneOf("0", "1").default("0"),
});

/**
 * Reads the environment once. An empty variable counts as unset, as compose files write it.
 *
 * @throws ConfigError for the first setting that cannot be used
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const parsed = Environment.safeParse(withoutEmpty(env));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new ConfigError(String(issue.path[0]), issue.message);
  }
  const values = parsed.data;
  if (values.REDIS_URL !== undefined && values.MONGODB_URI === undefined) {
    throw new ConfigError("MONGODB_URI", "be set when REDIS_URL is: the processes of a cluster share their database");
  }
  if (values.MONGODB_URI !== undefined && (values.JWT_SECRET ?? values.JWT_PRIVATE_KEY_FILE) === undefined) {
    throw new ConfigError("JWT_SECRET", "be set to at least 32 bytes when MONGODB_URI is set");
  }
  const { ADMIN_USERNAME: username, ADMIN_PASSWORD: password } = values;
  if ((username === undefined) !== (password === undefined)) {
    const [missing, given] = username === undefined ? ["USERNAME", "PASSWORD"] : ["PASSWORD", "USERNAME"];
    throw new ConfigError(`ADMIN_${missing}`, `be set when ADMIN_${given} is`);
  }
  if (values.RATE_LIMIT === "off" && values.NODE_ENV === "production") {
    throw new ConfigError("RATE_LIMIT", "be on when NODE_ENV is production");
  }
  if (values.HYPOGEUM_DEV === "1" && values.NODE_ENV === "production") {
    throw new ConfigError("HYPOGEUM_DEV", "be unset when NODE_ENV is production");
  }
  return Object.freeze({
    environment: values.NODE_ENV,
    mode: values.REDIS_URL !== undefined ? "cluster" : values.MONGODB_URI !== undefined ? "mongodb" : "embedded",
    port: portOf("PORT", values.PORT, values.NODE_APP_INSTANCE),
    host: values.HOST,
    dataDir: values.DATA_DIR,
    mongodbUri: values.MONGODB_URI,
    redisUrl: values.REDIS_URL,
    region: values.REGION,
    publicAddress: values.PUBLIC_ADDRESS,
    internalAddress: internalOf(values.INTERNAL_ADDRESS, values.NODE_APP_INSTANCE),
    jwtSecret: values.JWT_SECRET,
    jwtPrivateKeyFile: values.JWT_PRIVATE_KEY_FILE,
    admin: username === undefined ? undefined : Object.freeze({ username, password: password! }),
    serviceKeys: Object.freeze(values.SERVICE_KEYS),
    oidcIssuers: Object.freeze(values.OIDC_ISSUERS),
    corsOrigins: Object.freeze(values.CORS_ORIGINS),
    logLevel: values.LOG_LEVEL,
    journalFlushMs: values.JOURNAL_FLUSH_MS,
    journalTickMs: values.JOURNAL_TICK_MS,
    accessTokenTtl: values.ACCESS_TOKEN_TTL,
    refreshTokenTtl: values.REFRESH_TOKEN_TTL,
    trustProxy: values.TRUST_PROXY,
    drainSeconds: values.DRAIN_SECONDS,
    auditRetentionDays: values.AUDIT_RETENTION_DAYS,
    rateLimit: values.RATE_LIMIT === "on",
    development: values.HYPOGEUM_DEV === "1",
  });
}

/** PM2 numbers the processes that it starts from one description: each has the next port. */
function portOf(key: string, first: number, instance: number): number {
  const port = first === 0 ? 0 : first + instance;
  if (port > 65_535) throw new ConfigError(key, "leave room up to 65535 for as many processes");
  return port;
}

/** They are given the same address as well, which would lead to the first of them alone. */
function internalOf(address: string | undefined, instance: number): string | undefined {
  if (address === undefined) return undefined;
  const at = address.lastIndexOf(":") + 1;
  return address.slice(0, at) + portOf("INTERNAL_ADDRESS", Number(address.slice(at)), instance);
}

function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
}

function text(pattern: RegExp, must: string) {
  return z.string().regex(pattern, must);
}

function oneOf<const Values extends readonly [string, ...string[]]>(...values: Values) {
  return z.enum(values, `be one of ${values.join(", ")}`);
}

function integer(min: number, max: number) {
  const must = `be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, { error: must, abort: true })
    .transform(Number)
    .refine((value) => value >= min && value <= max, must);
}

/** A comma-separated list, empty when the variable is unset. */
function list(accepts: (item: string) => boolean, must: string) {
  return z
    .string()
    .default("")
    .transform(items)
    .refine((found) => found.every(accepts), must);
}

function items(value: string): string[] {
  return value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** True for what a browser would send as `Origin`; `*` is not one, since credentials forbid it. */
function isOrigin(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === value;
}

function toServiceKey(item: string): ServiceKey {
  const [, name, gameId, key] = SERVICE_KEY.exec(item)!;
  return Object.freeze({ name: name!, gameId, key: key! });
}

/** An issuer has no fragment, so the client id can stand there. Without TLS only on this very machine. */
function isOidcIssuer(item: string): boolean {
  const url = URL.parse(item);
  if (url === null || url.hash.length < 2) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && /^(localhost|127\.0\.0\.1)$/.test(url.hostname));
}

function toOidcIssuer(item: string): OidcIssuer {
  const at = item.indexOf("#");
  return Object.freeze({ issuer: item.slice(0, at), clientId: item.slice(at + 1) });
}

function isProxyTrust(value: string): boolean {
  if (/^\d+$/.test(value)) return Number(value) <= 16;
  return items(value).every(isNetwork);
}

function isNetwork(value: string): boolean {
  const [address = "", prefix, ...rest] = value.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}
