import assert from "node:assert/strict";
import { mock } from "node:test";
import { type HealthReport, type HealthSource, healthReporter } from "../../src/ops/health.ts";
import { createMetrics } from "../../src/ops/metrics.ts";
import { opsEndpoints } from "../../src/ops/ops.routes.ts";
import { startHttp, type TestServer } from "../support/http.ts";

describe("operations", () => {
  let server: TestServer;
  const metrics = createMetrics();
  const state = { database: async () => true, phase: "ready" as ReturnType<HealthSource["phase"]> };
  const health: HealthSource = { database: () => state.database(), rooms: () => 3, phase: () => state.phase };

  before(async () => {
    server = await startHttp({
      endpoints: opsEndpoints({ health, registry: metrics.registry, version: "1.2.3" }),
      observe: (route, method, status, seconds) =>
        metrics.httpRequests.labels(route, method, String(status)).observe(seconds),
    });
  });
  beforeEach(() => {
    state.database = async () => true;
    state.phase = "ready";
  });
  after(async () => {
    metrics.close();
    await server.close();
  });

  async function report(): Promise<[number, HealthReport]> {
    const response = await fetch(`${server.url}/health`);
    return [response.status, (await response.json()) as HealthReport];
  }

  it("is healthy with a database", async () => {
    const [status, body] = await report();
    assert.equal(status, 200);
    const { uptime, ...rest } = body;
    assert.deepEqual(rest, {
      status: "ok",
      checks: { database: "ok", redis: "not_used", rooms: 3 },
      version: "1.2.3",
    });
    assert.equal(typeof uptime, "number");
  });

  for (const [how, database] of [
    ["answers no", async () => false],
    ["fails", () => Promise.reject(new Error("gone"))],
  ] as const) {
    it(`is down when the database ${how}`, async () => {
      state.database = database;
      const [status, body] = await report();
      assert.deepEqual([status, body.status, body.checks.database], [503, "down", "down"]);
    });
  }

  it("is degraded, not down, while starting or draining", async () => {
    for (const phase of ["starting", "draining"] as const) {
      state.phase = phase;
      const [status, body] = await report();
      assert.deepEqual([status, body.status], [200, "degraded"]);
    }
  });

  it("is degraded, not down, while Redis is away where there is one", async () => {
    for (const [isUp, status, redis] of [
      [true, "ok", "ok"],
      [false, "degraded", "down"],
    ] as const) {
      const check = healthReporter({ ...health, redis: () => isUp }, "1.2.3");
      const found = await check();
      assert.deepEqual([found.status, found.checks.redis], [status, redis]);
    }
  });

  it("gives a database that hangs one second, and asks it once for all who wait", async () => {
    let asked = 0;
    const hanging: HealthSource = {
      ...health,
      database: () => {
        asked++;
        return new Promise(() => undefined);
      },
    };
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const check = healthReporter(hanging, "1.2.3");
      const pending = Promise.all([check(), check(), check()]);
      mock.timers.tick(1000);
      const statuses = (await pending).map(({ status }) => status);
      assert.deepEqual(statuses, ["down", "down", "down"]);
    } finally {
      mock.timers.reset();
    }
    assert.equal(asked, 1);
  });

  it("is ready only between starting and draining", async () => {
    const seen: number[] = [];
    for (const phase of ["starting", "ready", "draining"] as const) {
      state.phase = phase;
      seen.push((await fetch(`${server.url}/ready`)).status);
    }
    assert.deepEqual(seen, [503, 200, 503]);
    const refused = await fetch(`${server.url}/ready`);
    assert.equal(((await refused.json()) as { code: string }).code, "unavailable");
    assert.equal(refused.headers.get("Retry-After"), "1");
  });

  it("exposes metrics under one prefix, times in seconds", async () => {
    metrics.journalBatches.inc({ outcome: "durable" });
    metrics.journalAppend.observe(0.002);
    metrics.observe({
      sessions: () => 5,
      rooms: () => 4,
      clients: () => 3,
      journalBacklog: () => 2,
      tunnels: () => 1,
      processes: () => 1,
      databaseAway: () => false,
    });
    const response = await fetch(`${server.url}/metrics`);
    assert.match(response.headers.get("Content-Type") ?? "", /^text\/plain; *version=0\.0\.4/);
    const text = await response.text();
    const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name ?? "");
    assert.ok(names.length > 20);
    assert.deepEqual(
      names.filter((name) => !name.startsWith("hypogeum_")),
      [],
    );
    assert.match(text, /^hypogeum_journal_batches_total\{outcome="durable"\} 1$/m);
    assert.match(text, /^hypogeum_journal_append_seconds_count 1$/m);
    assert.match(text, /^hypogeum_rooms_live 4$/m);
    assert.match(text, /^hypogeum_event_loop_delay_p99_seconds [\d.e-]+$/m);
    assert.match(text, /^hypogeum_http_request_seconds_count\{route="\/health",method="GET",status="200"\} \d+$/m);
  });
});
