import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveSecret } from "../src/accounts/secret.ts";
import { ConfigError, loadConfig } from "../src/config.ts";

const SECRET = "0123456789abcdef0123456789abcdef";

describe("configuration", () => {
  it("starts with an empty environment: embedded, on 2567, believing no proxy", () => {
    const config = loadConfig({});
    assert.equal(config.mode, "embedded");
    assert.equal(config.port, 2567);
    assert.equal(config.dataDir, "./data");
    assert.equal(config.trustProxy, 0);
    assert.deepEqual(config.corsOrigins, []);
    assert.equal(config.rateLimit, true);
  });

  it("reads every variable", () => {
    const config = loadConfig({
      NODE_ENV: "test",
      PORT: "0",
      HOST: "::1",
      DATA_DIR: ":memory:",
      MONGODB_URI: "mongodb://db.example/",
      REDIS_URL: "rediss://:password@cache.example:6380",
      REGION: "eu-west",
      PUBLIC_ADDRESS: "play.example:443/eu",
      INTERNAL_ADDRESS: "10.0.0.7:2567",
      JWT_SECRET: SECRET,
      CORS_ORIGINS: "https://a.example, http://localhost:5173",
      LOG_LEVEL: "warn",
      JOURNAL_FLUSH_MS: "10",
      JOURNAL_TICK_MS: "500",
      JWT_PRIVATE_KEY_FILE: "/keys/jwt.pem",
      ACCESS_TOKEN_TTL: "60",
      REFRESH_TOKEN_TTL: "600",
      AUDIT_RETENTION_DAYS: "30",
      ADMIN_USERNAME: "root",
      ADMIN_PASSWORD: "correct horse",
      SERVICE_KEYS: `judge:${SECRET}, dealer@dice:${SECRET}`,
      OIDC_ISSUERS: "https://accounts.example#web",
      TRUST_PROXY: "10.0.0.0/8, ::1",
      DRAIN_SECONDS: "5",
      RATE_LIMIT: "off",
    });
    assert.deepEqual(config, {
      environment: "test",
      mode: "cluster",
      port: 0,
      host: "::1",
      dataDir: ":memory:",
      mongodbUri: "mongodb://db.example/",
      redisUrl: "rediss://:password@cache.example:6380",
      region: "eu-west",
      publicAddress: "play.example:443/eu",
      internalAddress: "10.0.0.7:2567",
      jwtSecret: SECRET,
      corsOrigins: ["https://a.example", "http://localhost:5173"],
      logLevel: "warn",
      journalFlushMs: 10,
      journalTickMs: 500,
      jwtPrivateKeyFile: "/keys/jwt.pem",
      accessTokenTtl: 60,
      refreshTokenTtl: 600,
      auditRetentionDays: 30,
      admin: { username: "root", password: "correct horse" },
      serviceKeys: [
        { name: "judge", gameId: undefined, key: SECRET },
        { name: "dealer", gameId: "dice", key: SECRET },
      ],
      oidcIssuers: [{ issuer: "https://accounts.example", clientId: "web" }],
      trustProxy: ["10.0.0.0/8", "::1"],
      drainSeconds: 5,
      rateLimit: false,
      development: false,
    });
  });

  it("is frozen, lists included", () => {
    const config = loadConfig({ CORS_ORIGINS: "https://a.example", TRUST_PROXY: "::1" });
    assert.ok(Object.isFrozen(config) && Object.isFrozen(config.corsOrigins) && Object.isFrozen(config.trustProxy));
  });

  it("takes an empty variable as unset", () => {
    assert.deepEqual(loadConfig({ PORT: "", REDIS_URL: "", MONGODB_URI: "" }), loadConfig({}));
  });

  const refused: [key: string, env: Record<string, string>][] = [
    ["NODE_ENV", { NODE_ENV: "sekret" }],
    ["PORT", { PORT: "65536" }],
    ["PORT", { PORT: "80sekret" }],
    ["HOST", { HOST: "sekret host" }],
    ["MONGODB_URI", { MONGODB_URI: "mysql://root:sekret@db", JWT_SECRET: SECRET }],
    ["REGION", { REGION: "Sekret!" }],
    ["PUBLIC_ADDRESS", { PUBLIC_ADDRESS: "https://sekret" }],
    ["JWT_SECRET", { JWT_SECRET: "sekret" }],
    ["ADMIN_PASSWORD", { ADMIN_USERNAME: "sekret" }],
    ["ADMIN_USERNAME", { ADMIN_PASSWORD: "sekret horse" }],
    ["SERVICE_KEYS", { SERVICE_KEYS: "judge:sekret" }],
    ["OIDC_ISSUERS", { OIDC_ISSUERS: "http://sekret.example#web" }],
    ["REFRESH_TOKEN_TTL", { REFRESH_TOKEN_TTL: "sekret" }],
    ["JWT_SECRET", { MONGODB_URI: "mongodb://root:sekret@db" }],
    ["CORS_ORIGINS", { CORS_ORIGINS: "*" }],
    ["CORS_ORIGINS", { CORS_ORIGINS: "https://sekret/path" }],
    ["LOG_LEVEL", { LOG_LEVEL: "sekret" }],
    ["JOURNAL_FLUSH_MS", { JOURNAL_FLUSH_MS: "9" }],
    ["JOURNAL_FLUSH_MS", { JOURNAL_FLUSH_MS: "1001" }],
    ["JOURNAL_TICK_MS", { JOURNAL_TICK_MS: "-1" }],
    ["ACCESS_TOKEN_TTL", { ACCESS_TOKEN_TTL: "1.5" }],
    ["TRUST_PROXY", { TRUST_PROXY: "true" }],
    ["TRUST_PROXY", { TRUST_PROXY: "17" }],
    ["TRUST_PROXY", { TRUST_PROXY: "10.0.0.0/33" }],
    ["DRAIN_SECONDS", { DRAIN_SECONDS: "sekret" }],
    ["RATE_LIMIT", { RATE_LIMIT: "sekret" }],
    ["RATE_LIMIT", { RATE_LIMIT: "off", NODE_ENV: "production" }],
    ["REDIS_URL", { REDIS_URL: "http://:sekret@cache", MONGODB_URI: "mongodb://db", JWT_SECRET: SECRET }],
    ["MONGODB_URI", { REDIS_URL: "redis://:sekret@cache", JWT_SECRET: SECRET }],
    ["JWT_SECRET", { REDIS_URL: "redis://:sekret@cache", MONGODB_URI: "mongodb://db" }],
  ];
  for (const [key, env] of refused) {
    it(`refuses ${JSON.stringify(env)} and names ${key}, never the value`, () => {
      assert.throws(
        () => loadConfig(env),
        (error) => {
          assert.ok(error instanceof ConfigError);
          assert.equal(error.key, key);
          assert.match(error.message, new RegExp(`^${key} must be `));
          assert.doesNotMatch(error.message, /sekret|[\n]/i);
          return true;
        },
      );
    });
  }
});

describe("the installation's secret", () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "hypogeum-secret-"));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it("is generated once, readable by its owner only, and the same at every start", async () => {
    const first = await resolveSecret({ jwtSecret: undefined, dataDir: join(dataDir, "new") });
    const second = await resolveSecret({ jwtSecret: undefined, dataDir: join(dataDir, "new") });
    assert.deepEqual(first, second);
    assert.equal((await stat(join(dataDir, "new", "jwt-secret"))).mode & 0o777, 0o600);
  });

  it("is one secret when several starts race, with no temporary file left", async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => resolveSecret({ jwtSecret: undefined, dataDir })));
    for (const key of keys) assert.deepEqual(key, keys[0]);
    assert.deepEqual(await readdir(dataDir), ["jwt-secret"]);
  });

  it("gives different keys for different purposes, neither being the secret", async () => {
    const { signing, reconnectKey, refreshKey, codeKey } = await resolveSecret({ jwtSecret: undefined, dataDir });
    const accessKey = signing.sign as Uint8Array;
    const hex = [accessKey, reconnectKey, refreshKey, codeKey].map((key) => Buffer.from(key).toString("hex"));
    assert.equal(new Set([...hex, await readFile(join(dataDir, "jwt-secret"), "utf8")]).size, 5);
    assert.equal(accessKey.length, 32);
  });

  it("is not replaced when it is damaged", async () => {
    await writeFile(join(dataDir, "jwt-secret"), "half a sec");
    await assert.rejects(resolveSecret({ jwtSecret: undefined, dataDir }), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.doesNotMatch(error.message, /half a sec/);
      return true;
    });
  });

  it("comes from JWT_SECRET when that is set, and writes nothing then", async () => {
    const one = await resolveSecret({ jwtSecret: SECRET, dataDir });
    const other = await resolveSecret({ jwtSecret: `${SECRET}x`, dataDir });
    assert.notDeepEqual(one, other);
    assert.deepEqual(await readdir(dataDir), []);
  });

  it("lasts as long as the process for :memory:", async () => {
    const options = { jwtSecret: undefined, dataDir: ":memory:" };
    assert.notDeepEqual(await resolveSecret(options), await resolveSecret(options));
  });
});
