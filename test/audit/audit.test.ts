import assert from "node:assert/strict";
import type { Principal } from "../../src/accounts/tokens.ts";
import { auditEndpoints } from "../../src/audit/audit.routes.ts";
import { type AuditStore, auditStore } from "../../src/audit/audit.store.ts";
import { type AuditLog, createAudit } from "../../src/audit/audit.ts";
import type { AuditEvent } from "../../src/audit/audit-event.ts";
import { ensureIndexes } from "../../src/infra/mongo.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { openDatabase, type TestDatabase } from "../http/database.ts";
import { captureLog, startHttp, strangers, type TestServer } from "../support/http.ts";
import { eventually } from "../support/server.ts";

const DAY_MS = 24 * 3600 * 1000;

interface Page {
  readonly items: { readonly id: string; readonly action: string; readonly actor: { accountId: string } | null }[];
  readonly nextCursor: string | null;
}

describe("audit", () => {
  let database: TestDatabase;
  let store: AuditStore;
  let audit: AuditLog;
  let server: TestServer;
  let now = Date.UTC(2026, 0, 1);
  const clock = { now: () => now, monotonic: systemClock.monotonic };

  const dropsNothing = (events: number) => assert.fail(`${events} events dropped`);

  function newAudit(kept: Pick<AuditStore, "insert">, onDropped: (events: number) => void = dropsNothing): AuditLog {
    return createAudit({
      ...{ store: { ...store, ...kept }, clock, log: captureLog().log, retentionDays: 30 },
      onDropped,
    });
  }

  before(async () => {
    database = await openDatabase();
    store = auditStore(database.connection);
    await ensureIndexes(database.connection);
    audit = newAudit(store);
    const verify = async (token: string): Promise<Principal> => ({
      ...{ accountId: token, name: token, deviceId: "laptop" },
      roles: token === "root" ? ["admin"] : ["player", "moderator"],
    });
    server = await startHttp({ endpoints: auditEndpoints({ audit }), identities: { ...strangers, verify } });
  });
  after(async () => {
    await server.close();
    await audit.close();
    await database.close();
  });

  const event = (change: Partial<AuditEvent> = {}): AuditEvent => ({
    action: "session.paused",
    subject: { kind: "session", id: "s1" },
    actor: { accountId: "ada", deviceId: "phone" },
    ...change,
  });

  async function page(query: string, account = "root"): Promise<{ status: number; body: Page }> {
    const response = await fetch(`${server.url}/v1/audit${query}`, { headers: { Authorization: `Bearer ${account}` } });
    return { status: response.status, body: (await response.json()) as Page };
  }

  async function read(query: string): Promise<string[]> {
    return (await page(query)).body.items.map(({ action }) => action);
  }

  it("tells an administrator who changed what, when, by which request and device", async () => {
    audit.record(event({ requestId: "r1", before: "h1", after: "h2", details: { reason: "tea" } }));
    await eventually("the event is kept", async () => (await read("")).length === 1);
    const [found] = (await page("?subject=s1")).body.items;
    const { id, ...rest } = found as unknown as Record<string, unknown>;
    assert.match(String(id), /^[0-9a-f-]{36}$/);
    assert.deepEqual(rest, {
      ...{ at: "2026-01-01T00:00:00.000Z", action: "session.paused", subject: { kind: "session", id: "s1" } },
      ...{ actor: { accountId: "ada", deviceId: "phone" }, requestId: "r1", before: "h1", after: "h2" },
      details: { reason: "tea" },
    });
  });

  it("is not for others", async () => {
    assert.equal((await page("", "ada")).status, 403);
    assert.equal((await fetch(`${server.url}/v1/audit`)).status, 401);
  });

  it("finds by actor, subject and action, newest first, page by page", async () => {
    for (const [action, actor] of [
      ["account.banned", "mod"],
      ["account.unbanned", "mod"],
      ["account.banned", "root"],
    ] as const) {
      now += 1000;
      audit.record(
        event({ action, subject: { kind: "account", id: "eve" }, actor: { accountId: actor, deviceId: "d" } }),
      );
    }
    audit.record(event({ action: "session.ended", actor: null }));
    await eventually("all are kept", async () => (await read("?action=session.ended")).length === 1);
    assert.deepEqual(await read("?actor=mod"), ["account.unbanned", "account.banned"]);
    assert.deepEqual(await read("?subject=eve&action=account.banned"), ["account.banned", "account.banned"]);
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const { body } = await page(`?subject=eve&limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.items.map(({ id }) => id));
      cursor = body.nextCursor;
    }
    assert.deepEqual(seen, [...new Set(seen)].sort().reverse());
    assert.equal(seen.length, 3);
    assert.equal((await page("?cursor=2")).status, 400);
  });

  it("asks the database by an index, whatever the filter", async () => {
    for (const filter of [{ actor: "a" }, { subjectId: "s" }, { action: "x" }, {}]) {
      const plan = await database.connection.db!.command({
        explain: {
          find: "audit",
          filter: { ...filter, _id: { $lt: "z" }, expiresAt: { $gt: new Date() } },
          sort: { _id: -1 },
        },
        verbosity: "queryPlanner",
      });
      const { stage, keyPattern } = plan.queryPlanner.winningPlan as { stage: string; keyPattern: object };
      assert.deepEqual([stage, Object.keys(keyPattern)], ["IXSCAN", [...Object.keys(filter), "_id"]]);
    }
  });

  it("forgets after the retention time, even before the database tidies up", async () => {
    now += 31 * DAY_MS;
    assert.deepEqual(await read(""), []);
    now -= 31 * DAY_MS;
  });

  it("forgets who did it and on which device, not what was done", async () => {
    audit.record(event({ action: "account.named", actor: { accountId: "mod", deviceId: "phone" } }));
    await audit.forget("mod", "gone-1");
    await eventually("all are kept", async () => (await read("?action=account.named")).length === 1);
    assert.deepEqual(await read("?actor=mod"), []);
    const { items } = (await page("?actor=gone-1")).body as unknown as { items: { actor: object }[] };
    assert.deepEqual(
      items.map(({ actor }) => actor),
      Array(3).fill({ accountId: "gone-1", deviceId: "" }),
    );
  });

  it("keeps everything once when the database was away, or lost its answer", async () => {
    let failures = 2;
    const flaky = newAudit({
      async insert(events) {
        failures -= 1;
        if (failures === 1) throw new Error("away");
        await store.insert(events);
        if (failures === 0) throw new Error("the answer was lost");
      },
    });
    for (let n = 0; n < 3; n++) flaky.record(event({ action: "account.linked", details: { n } }));
    await eventually("they are kept", async () => (await read("?action=account.linked")).length === 3);
    await flaky.close();
    assert.equal((await read("?action=account.linked")).length, 3);
  });

  it("writes what waits when it closes", async () => {
    const closing = newAudit(store);
    closing.record(event({ action: "account.erased" }));
    await closing.close();
    assert.equal((await read("?action=account.erased")).length, 1);
  });

  it("drops and counts what finds no room", async () => {
    let dropped = 0;
    let away = true;
    const insert = () => (away ? Promise.reject(new Error("away")) : Promise.resolve());
    const blocked = newAudit({ insert }, (events) => {
      dropped += events;
    });
    for (let n = 0; n < 20_010; n++) blocked.record(event());
    assert.equal(dropped, 10);
    away = false;
    await blocked.close();
  });
});
