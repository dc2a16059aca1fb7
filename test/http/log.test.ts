import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { createLogger, redact } from "../../src/log.ts";
import { captureLog, startHttp, testEndpoint } from "../support/http.ts";

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzZWtyZXQifQ.c2VrcmV0LXNpZ25hdHVyZQ";

describe("log", () => {
  it("writes JSON lines with a level name, a time and what a child logger is bound to", () => {
    const { log, text } = captureLog();
    log.child({ requestId: "r1", sessionId: "s1" }).info({ seats: 2 }, "hello");
    const line = JSON.parse(text());
    assert.match(line.time, /^\d{4}-\d\d-\d\dT/);
    delete line.time;
    assert.deepEqual(line, { level: "info", requestId: "r1", sessionId: "s1", seats: 2, msg: "hello" });
  });

  const secrets: [what: string, write: (log: ReturnType<typeof captureLog>["log"]) => void][] = [
    ["an authorization header", (log) => log.info({ headers: { authorization: "Basic sekret" } })],
    [
      "a cookie, single or many",
      (log) => log.info({ a: { cookie: "id=sekret", "set-cookie": ["a=]sekret", "b=sekret"] } }),
    ],
    ["cookies by name", (log) => log.info({ cookies: 1, cookie: { id: "}sekret" } })],
    ["tokens at any depth", (log) => log.info({ a: { b: { c: [{ refreshToken: 'sek"ret sekret' }] } } })],
    ["what a child logger is bound to", (log) => log.child({ accessToken: "sekret" }).info("hello")],
    ["passwords and secrets", (log) => log.info({ password: "sekret", jwtSecret: "sekret", JWT_SECRET: "sekret" })],
    ["an error's own fields", (log) => log.error({ err: Object.assign(new Error("no"), { token: "sekret" }) })],
    ["JSON quoted in a message", (log) => log.info('body {"password": "sekret", "name": "x"}')],
    ["a URL's query", (log) => log.info({ url: "/r/1?sessionId=a&_authToken=sekret&reconnectionToken=sekret#x" })],
    ["a bearer token in a message", (log) => log.info("sent Authorization: Bearer sekret")],
    ["a JWT anywhere", (log) => log.info(`could not read ${JWT}`)],
    ["the password of a database address", (log) => log.info("connecting to mongodb://root:sekret@db.example/x")],
  ];
  for (const [what, write] of secrets) {
    it(`never shows ${what}`, () => {
      const { log, text } = captureLog();
      write(log);
      assert.match(text(), /\[redacted\]/);
      assert.doesNotMatch(text(), /sekret|c2Vrcm|eyJ/);
      assert.doesNotThrow(() => JSON.parse(text()), "the line stays JSON");
    });
  }

  it("never shows secrets in pretty lines either", async () => {
    let shown = "";
    const destination = new Writable({
      write(chunk, _encoding, done) {
        shown += String(chunk);
        done();
      },
    });
    const log = createLogger({ level: "info", pretty: true, destination });
    log.info({ token: "sekret" }, "hello");
    assert.match(shown, /hello/);
    assert.doesNotMatch(shown, /sekret/);
  });

  it("leaves everything else alone", () => {
    const line = '{"level":"info","tokenType":"Bearer","path":"/v1/tokens?limit=5","msg":"token expired: a:b@c"}\n';
    assert.equal(redact(line), line);
  });

  it("takes no token of a request into the access log", async () => {
    const handle = async () => ({ status: 200, body: {} });
    const server = await startHttp({ endpoints: [testEndpoint({ method: "get", path: "/v1/thing", handle })] });
    try {
      await fetch(`${server.url}/v1/thing?_authToken=${JWT}&x=sekret`, {
        headers: { Authorization: `Bearer ${JWT}`, Cookie: "refresh_token=sekret", "X-Request-Id": "traced" },
      });
    } finally {
      await server.close();
    }
    const line = JSON.parse(server.logs().trim());
    assert.equal(line.requestId, "traced");
    assert.equal(line.path, "/v1/thing");
    assert.equal(line.status, 200);
    assert.doesNotMatch(server.logs(), /eyJ|sekret/);
  });
});
