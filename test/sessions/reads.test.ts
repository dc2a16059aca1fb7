import assert from "node:assert/strict";
import { refusal } from "../../src/errors.ts";
import { SessionAccess } from "../../src/sessions/session-access.ts";
import { aloneCache, noSessionCache } from "../../src/sessions/session-cache.memory.ts";
import type { SessionCache } from "../../src/sessions/session-cache.ts";
import { SessionReads } from "../../src/sessions/session-reads.ts";
import type { Tier } from "../../src/sessions/session-tiers.ts";
import { sessionsEndpoints } from "../../src/sessions/sessions.routes.ts";
import { openDatabase, openStores, type Stores, type TestDatabase } from "../support/database.ts";
import { startHttp } from "../support/http.ts";
import { code } from "../support/journal.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";
import { actOn, guest, type House, house } from "./house.ts";

const ADA = { accountId: guest("Ada").accountId, roles: ["player"] as const };
const EVE = { accountId: guest("Eve").accountId, roles: ["player"] as const };
const MODERATOR = { accountId: guest("Mod").accountId, roles: ["player", "moderator"] as const };

interface Reader extends House {
  readonly reads: SessionReads;
  readonly tiers: Tier[];
  /** Whether this process's lease holds. */
  leased: boolean;
  /** What Ada sees of the session, and where from. */
  see(id: string, asker?: typeof ADA): Promise<{ total: number; tier: Tier; seq: number }>;
}

describe("reading sessions", () => {
  let database: TestDatabase;
  const readers: Reader[] = [];

  before(async () => {
    database = await openDatabase();
  });
  after(() => database.close());
  afterEach(async () => {
    for (const { crash, sessions } of readers.splice(0)) {
      crash();
      await sessions.projector.stop();
    }
  });

  /** One process that holds sessions and reads them. */
  function start({ cache = aloneCache(), stores = database }: { cache?: SessionCache; stores?: Stores } = {}): Reader {
    const tiers: Tier[] = [];
    const own = house(stores, { onHold: (id) => reads.tiers.held(id) });
    const { sessions, clock } = own;
    const access = new SessionAccess({ sessions, store: stores.store });
    const names = async (ids: readonly string[]) => new Map(ids.map((id) => [id, `name of ${id}`]));
    const reads: SessionReads = new SessionReads({
      ...{ ...stores, sessions, clock, access, cache, names, mayAnswer: () => reader.leased },
      onRead: (tier) => void tiers.push(tier),
    });
    const reader: Reader = {
      ...{ ...own, reads, tiers, leased: true },
      async see(id, asker = ADA) {
        const { text } = await reads.get(id, asker);
        const { state, seq } = JSON.parse(text);
        const total = state.counters.reduce((sum: number, [, value]: [number, number]) => sum + value, 0);
        return { total, tier: tiers.at(-1)!, seq };
      },
    };
    readers.push(reader);
    return reader;
  }

  /** A session in which Ada sits and has 5. */
  async function played({ sessions, seats }: House, options: { private?: boolean } = {}): Promise<string> {
    const held = await sessions.create({ type: "toy", ...options });
    await seats.take(held, guest("Ada"), "player", "connection-a");
    await actOn(held.live, 0, "add", { n: 5 });
    return held.live.id;
  }

  it("of a session held here: from its ledger; let go of: once from the database, then from memory", async () => {
    const reader = start();
    const id = await played(reader);
    const { seq, ...live } = await reader.see(id);
    assert.deepEqual(live, { total: 5, tier: "live" });
    await reader.sessions.release(reader.sessions.held(id)!);
    assert.deepEqual(await reader.see(id), { total: 5, tier: "l3", seq });
    assert.deepEqual(await reader.see(id), { total: 5, tier: "l1", seq });
    const eves = JSON.parse((await reader.reads.get(id, EVE)).text).state;
    assert.deepEqual([eves.own, reader.tiers.at(-1)], [null, "l3"], "another viewer sees another state");
  });

  it("never show what is older than what somebody was told", async () => {
    const reader = start();
    const id = await played(reader);
    for (let total = 6; total < 12; total++) {
      await reader.sessions.release(reader.sessions.held(id)!);
      await reader.see(id);
      assert.equal((await reader.see(id)).tier, "l1");
      const held = await reader.sessions.open(id);
      await actOn(held.live, 0, "add", { n: 1 });
      await reader.sessions.release(held);
      assert.equal((await reader.see(id)).total, total);
      await reader.sessions.open(id);
    }
  });

  it("keep nothing of a read during which the session changed", async () => {
    const { promise: gate, resolve: letGo } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const latest = async (sessionId: string) => {
      begin();
      await gate;
      return database.snapshots.latest(sessionId);
    };
    const slow = { ...database.snapshots, latest };
    const reader = start();
    const id = await played(reader);
    await reader.sessions.release(reader.sessions.held(id)!);
    const before = await database.journalStore.after(id, 0);
    // A process whose reads take their time: it found the journal before the change, and knows it after.
    const late = start({ stores: { ...database, snapshots: slow, journalStore: frozen(before) } });
    const reading = late.see(id);
    await begun;
    late.reads.tiers.held(id);
    letGo();
    assert.equal((await reading).total, 5);
    assert.equal((await late.see(id)).tier, "l3");
  });

  const frozen = (batches: Awaited<ReturnType<Stores["journalStore"]["after"]>>): Stores["journalStore"] => ({
    ...database.journalStore,
    after: async (_, from) => batches.filter(({ n }) => n > from),
  });

  it("together share one recovery", async () => {
    let recoveries = 0;
    const latest = (id: string) => {
      recoveries += 1;
      return database.snapshots.latest(id);
    };
    const first = start();
    const id = await played(first);
    await first.sessions.release(first.sessions.held(id)!);
    const reader = start({ stores: { ...database, snapshots: { ...database.snapshots, latest } } });
    await Promise.all(Array.from({ length: 20 }, () => reader.see(id)));
    assert.equal(recoveries, 1);
  });

  it("with other processes about, and no word from them, ask the database every time", async () => {
    const [one, other] = [start({ cache: noSessionCache() }), start({ cache: noSessionCache() })];
    const id = await played(one);
    await one.sessions.release(one.sessions.held(id)!);
    assert.equal((await other.see(id)).total, 5);
    await actOn((await one.sessions.open(id)).live, 0, "add", { n: 1 });
    assert.deepEqual([(await other.see(id)).total, other.tiers], [6, ["l3", "l3"]]);
  });

  it("use what the processes share only under the stamp of the last change", async () => {
    const shared = new Map<string, string>();
    let stamp = "1";
    const cache: SessionCache = {
      stamp: async () => stamp,
      get: async (id, at) => shared.get(`${id}/${at}`),
      put: async (id, at, value) => void shared.set(`${id}/${at}`, value),
      changed: async () => undefined,
      forgetAll: async () => undefined,
    };
    const [one, other] = [start({ cache }), start({ cache })];
    const id = await played(one);
    await one.sessions.release(one.sessions.held(id)!);
    await one.see(id);
    assert.deepEqual([(await other.see(id)).tier, (await other.see(id)).tier], ["l2", "l1"]);
    await actOn((await one.sessions.open(id)).live, 0, "add", { n: 1 });
    stamp = "2";
    const { total, tier } = await other.see(id);
    assert.deepEqual([total, tier], [6, "l3"]);
  });

  it("a private session: its players, its host and moderators; a stranger's knock costs no recovery", async () => {
    const reader = start();
    const id = await played(reader, { private: true });
    for (const state of ["held", "not held"]) {
      await assert.rejects(reader.reads.get(id, EVE), code("session_not_found"), state);
      assert.equal((await reader.see(id)).total, 5);
      assert.equal((await reader.see(id, MODERATOR as never)).total, 5);
      const held = reader.sessions.held(id);
      if (held) await reader.sessions.release(held);
    }
    assert.equal(reader.tiers.filter((tier) => tier === "l3").length, 2);
  });

  it("[L10] past the lease what is live is not shown: what was last told is, marked, or nothing", async () => {
    const reader = start();
    const [told, untold] = [await played(reader), await played(reader)];
    await reader.see(told);
    reader.leased = false;
    const { tier, total } = await reader.see(told);
    assert.deepEqual([tier, total], ["stale", 5]);
    await assert.rejects(reader.reads.get(untold, ADA), code("unavailable"));
    await assert.rejects(reader.reads.get(told, EVE), code("unavailable"), "nobody is told what another saw");
  });

  it("with the database away: what was last told, marked as stale; what nobody was told is unavailable", async () => {
    const proxy = await TcpProxy.start(database.embedded.uri);
    const stores = await openStores(proxy.uri);
    const reader = start({ stores, cache: noSessionCache() });
    const [id, other] = [await played(reader), await played(reader)];
    for (const one of [id, other]) await reader.sessions.release(reader.sessions.held(one)!);
    await reader.see(id);
    const verify = async () => ({ ...ADA, roles: ["player" as const], name: "Ada", deviceId: "d" });
    const service = () => {
      throw refusal("unauthorized");
    };
    const endpoints = sessionsEndpoints({ reads: reader.reads, signIns: async () => [] });
    const http = await startHttp({ endpoints, identities: { verify, service } });
    const get = (one: string) => fetch(`${http.url}/v1/sessions/${one}`, { headers: { authorization: "Bearer any" } });
    try {
      assert.equal((await get(id)).headers.get("warning"), null);
      proxy.cutAll({ refuse: true });
      const stale = await get(id);
      assert.deepEqual([stale.status, stale.headers.get("warning")], [200, '110 - "Response is Stale"']);
      assert.ok(Array.isArray(((await stale.json()) as { state: { counters: unknown } }).state.counters));
      assert.ok((await get(other)).status >= 500);
      proxy.heal();
      reader.clock.advance(2000);
      const fresh = await get(id);
      assert.deepEqual([fresh.status, fresh.headers.get("warning")], [200, null]);
    } finally {
      await http.close();
      await stores.connection.close();
      await proxy.close();
    }
  });

  it("lists show a session that is held as it is, not as its document was", async () => {
    const reader = start();
    const id = await played(reader);
    const listed = async (status?: "waiting" | "active" | "ended") =>
      (await reader.reads.list({ type: "toy", status }, ADA, 100)).items.find((item) => item.id === id);
    await actOn(reader.sessions.held(id)!.live, 0, "nudge", { n: 1 });
    const { seq } = await reader.see(id);
    assert.equal((await listed())!.seq, seq);
    await actOn(reader.sessions.held(id)!.live, 0, "finish");
    assert.equal(await listed("active"), undefined);
  });
});
