import { createIdentity, type Identity, type IdentityParts, identityStores } from "../../src/accounts/identity.ts";
import type { Mail } from "../../src/accounts/mail.ts";
import type { PersonalData } from "../../src/accounts/personal-data.ts";
import type { Revoked } from "../../src/accounts/revocations.ts";
import { resolveSecret } from "../../src/accounts/secret.ts";
import type { AuditEvent } from "../../src/audit/audit-event.ts";
import { type EmbeddedDatabase, startEmbedded } from "../../src/embedded/embedded.ts";
import { addressKey } from "../../src/http/limits.ts";
import { type Connection, connectMongo, ensureIndexes } from "../../src/infra/mongo.ts";
import { captureLog, startHttp, type TestServer } from "../support/http.ts";

/** Wall time that the test sets. */
export class TestTime {
  ms = Date.now();
  now = () => this.ms;
  monotonic = () => this.ms;
  pass(ms: number): void {
    this.ms += ms;
  }
}

/** Identity behind the real HTTP assembly, over a real database in memory. */
export interface House {
  readonly server: TestServer;
  readonly identity: Identity;
  readonly connection: Connection;
  readonly time: TestTime;
  readonly mails: Mail[];
  readonly revoked: Revoked[];
  readonly audited: AuditEvent[];
  readonly personalData: PersonalData[];
  /** Another process over the same database. */
  another(change?: Partial<IdentityParts["config"]>): Promise<House>;
  /** JSON in and out. */
  call(method: string, path: string, options?: CallOptions): Promise<Called>;
  close(): Promise<void>;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Record<string, string>;
}

export interface Called {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  readonly body: any;
  readonly headers: Headers;
}

export const PASSWORD = "correct horse battery";

export async function openHouse(change: Partial<IdentityParts["config"]> = {}): Promise<House> {
  const embedded = await startEmbedded({ dir: ":memory:" });
  const connection = await connectMongo({ uri: embedded.uri, dbName: "hypogeum", log: captureLog().log });
  return houseOver(connection, new TestTime(), change, embedded);
}

async function houseOver(
  connection: Connection,
  time: TestTime,
  change: Partial<IdentityParts["config"]>,
  embedded?: EmbeddedDatabase,
): Promise<House> {
  const { log } = captureLog();
  const [mails, revoked, audited, personalData]: [Mail[], Revoked[], AuditEvent[], PersonalData[]] = [[], [], [], []];
  const config: IdentityParts["config"] = {
    ...{ accessTokenTtl: 3600, refreshTokenTtl: 30 * 24 * 3600, serviceKeys: [], oidcIssuers: [], corsOrigins: [] },
    ...{ admin: { username: "root", password: PASSWORD }, mode: "embedded", dataDir: ":memory:", rateLimit: true },
    ...change,
  };
  const stores = connection.models.Account ? known.get(connection)! : identityStores(connection);
  known.set(connection, stores);
  await ensureIndexes(connection);
  const identity = createIdentity({
    ...{ stores, config, log, clock: time, personalData, blockOf: addressKey },
    keys: await resolveSecret({ jwtSecret: "0123456789abcdef0123456789abcdef", dataDir: ":memory:" }),
    audit: { record: (event) => void audited.push(event) },
    mail: { send: async (mail) => void mails.push(mail) },
    onRevoked: (what) => void revoked.push(what),
  });
  await identity.start();
  const server = await startHttp({
    endpoints: identity.endpoints,
    identities: identity,
    trustProxy: 1,
    corsOrigins: [...config.corsOrigins],
  });

  async function call(method: string, path: string, { body, token, headers }: CallOptions = {}): Promise<Called> {
    const response = await fetch(server.url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text), headers: response.headers };
  }

  return {
    ...{ server, identity, connection, time, mails, revoked, audited, personalData, call },
    another: (other = {}) => houseOver(connection, time, { ...change, ...other }),
    async close() {
      await server.close();
      await identity.close();
      if (!embedded) return;
      await connection.close();
      await embedded.close();
    },
  };
}

const known = new WeakMap<Connection, ReturnType<typeof identityStores>>();

/** A full account that is signed in. */
export async function register(house: House, username: string, deviceId = "phone", email?: string) {
  const body = { username, password: PASSWORD, deviceId, ...(email === undefined ? {} : { email }) };
  const { body: signedIn } = await house.call("POST", "/v1/auth/register", { body });
  return signedIn as { account: { id: string; name: string }; accessToken: string; refreshToken: string };
}

export async function login(house: House, username: string, deviceId = "phone", password = PASSWORD) {
  return house.call("POST", "/v1/auth/login", { body: { username, password, deviceId } });
}

/** The code in the last mail. */
export async function lastCode(house: House): Promise<string> {
  for (let tries = 0; tries < 500 && house.mails.length === 0; tries++) await new Promise((go) => setTimeout(go, 10));
  return /code (\w{10})/.exec(house.mails.pop()!.text)![1]!;
}
