import assert from "node:assert/strict";
import { leaseStore } from "../../src/infra/lease.store.ts";
import { Lease } from "../../src/infra/lease.ts";
import { ensureIndexes } from "../../src/infra/mongo.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { ChangeWatch } from "../../src/matchmaking/change-watch.ts";
import { QueueLeader } from "../../src/matchmaking/leader.ts";
import { MatcherPool } from "../../src/matchmaking/matcher-pool.ts";
import type { QueueRules } from "../../src/matchmaking/matchmaking-types.rules.ts";
import { OpenRooms } from "../../src/matchmaking/open-rooms.ts";
import { placementStore } from "../../src/matchmaking/placement.store.ts";
import type { Placements } from "../../src/matchmaking/placement.ts";
import { queueStatusStore } from "../../src/matchmaking/queue-status.store.ts";
import { noRatings } from "../../src/matchmaking/ratings-port.ts";
import { TicketIntake } from "../../src/matchmaking/ticket-intake.ts";
import { type TicketStore, ticketStore } from "../../src/matchmaking/tickets.store.ts";
import { aloneOwner } from "../../src/sessions/owners.ts";
import { openDatabase, type TestDatabase } from "../support/database.ts";
import { silentLog, TestClock } from "../support/journal.ts";
import { eventually, pause } from "../support/server.ts";

const RULES: QueueRules = {
  ...{ id: "duel", type: "toy", mode: "duel", teams: 2, teamSize: 1, regions: "any" },
  ...{ rating: { start: 1, perSecond: 1, max: 10 }, latency: { startMs: 50, perSecond: 1, maxMs: 100 } },
  ...{ party: { maxSize: 1, mayBeSplit: false }, acceptance: null, backfill: false, timeoutSeconds: 60 },
};

describe("the leader of a queue", () => {
  let database: TestDatabase;
  let tickets: TicketStore;
  const alive = new Set<string>();
  const clock = new TestClock();
  const ends: (() => Promise<void>)[] = [];
  before(async () => {
    database = await openDatabase();
    tickets = ticketStore(database.connection);
    queueStatusStore(database.connection);
    leaseStore(database.connection);
    await ensureIndexes(database.connection);
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    await database.connection.collection("tickets").deleteMany({});
  });
  after(() => database.close());

  /** A process of this name, and the matches that it has decided on. */
  function leader(name: string) {
    alive.add(name);
    const owners = { ...aloneOwner(name), alone: false, lives: async (other: string) => alive.has(other) };
    const lease = new Lease("matchmaking/duel", {
      ...{ store: leaseStore(database.connection), owners, mayAct: () => alive.has(name) },
    });
    const pool = new MatcherPool();
    const begun: (readonly string[])[] = [];
    // The real one has a test of its own.
    const placements = {
      begin: async ({ teams }: { teams: readonly (readonly string[])[] }) => void begun.push(teams.flat()),
      lookAfter: async () => 0,
      repair: async () => undefined,
    } as unknown as Placements;
    const openRooms = new OpenRooms({
      ...{ store: placementStore(database.connection), sessions: { seated: async () => null }, clock },
    });
    const one = new QueueLeader({
      ...{ rules: RULES, alone: false, lease, matcher: () => pool, tickets, placements, openRooms },
      ...{ status: queueStatusStore(database.connection), watch: new ChangeWatch(tickets, silentLog) },
      ...{ regions: () => ["local"], onPass: () => undefined, clock, log: silentLog },
    });
    one.start();
    ends.push(async () => {
      await one.stop();
      await pool.end();
    });
    return { one, begun };
  }

  let count = 0;
  async function ticket(rating = 0): Promise<string> {
    const ratings = {
      ratingsOf: async (ids: readonly string[]) => new Map(ids.map((id) => [id, { rating, sigma: 1 }])),
    };
    const players = [{ accountId: `account-${++count}`, name: "somebody" }];
    const id = uuid7(clock.now());
    const since = clock.now();
    await new TicketIntake(tickets, rating ? ratings : noRatings).add({
      ...{ id, rules: RULES, partyId: null, players, latencies: {}, since },
    });
    return id;
  }
  const status = async (id: string) => (await tickets.find(id))!.status;

  it("is one at a time; another takes over with the whole pool when it dies", async () => {
    const first = leader("a");
    await eventually("the first leads", () => first.one.leads);
    const second = leader("b");
    const lonely = await ticket(90_000_000);
    await eventually("it is in the pool", async () => (await status(lonely)) === "searching");
    assert.equal(second.one.leads, false);
    alive.delete("a");
    await eventually("the second leads", () => second.one.leads);
    const other = await ticket(90_000_000);
    await eventually("the second matches what the first had taken in", () => second.begun.length === 1);
    assert.deepEqual([...second.begun[0]!].sort(), [lonely, other].sort());
    await eventually("the first has noticed", () => !first.one.leads);
    assert.deepEqual(first.begun, []);
  });

  it("looks at a queue that something new comes to all the time", async () => {
    const { one } = leader("busy");
    await eventually("it leads", () => one.leads);
    const coming = setInterval(() => one.nudge(), 2);
    try {
      const lonely = await ticket(90_000_000);
      await eventually("it is in the pool", async () => (await status(lonely)) === "searching");
    } finally {
      clearInterval(coming);
    }
  });

  it("gives the queue away at once when it stops", async () => {
    const first = leader("c");
    await eventually("it leads", () => first.one.leads);
    await first.one.stop();
    const second = leader("d");
    await eventually("the next one leads", () => second.one.leads, 3000);
  });

  it("ends tickets that nobody was found for, and forgets those that were cancelled", async () => {
    const { one, begun } = leader("e");
    await eventually("it leads", () => one.leads);
    const [old, gone] = [await ticket(200_000_000), await ticket(400_000_000)];
    await eventually(
      "both wait",
      async () => (await status(old)) === "searching" && (await status(gone)) === "searching",
    );
    const over = { from: ["searching"], to: "cancelled", reason: "x", matchId: null, pool: "out" } as const;
    await tickets.end([gone], { ...over, now: clock.now() });
    await eventually("it is out of the pool", async () => (await tickets.find(gone))!.pool === "none");
    clock.advance(60_001);
    await eventually("the other one times out", async () => (await status(old)) === "timed_out");
    assert.equal(await status(gone), "cancelled");
    await pause(300);
    assert.deepEqual(begun, []);
  });
});
