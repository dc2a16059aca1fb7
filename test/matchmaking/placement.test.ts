import assert from "node:assert/strict";
import { Refusal, refusal } from "../../src/errors.ts";
import { callsHere } from "../../src/infra/gateway-calls.ts";
import { ensureIndexes } from "../../src/infra/mongo.ts";
import type { AnyGame } from "../../src/journal/game.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { ChangeWatch } from "../../src/matchmaking/change-watch.ts";
import { MatchSessions } from "../../src/matchmaking/match-sessions.ts";
import type { Match, QueueRules } from "../../src/matchmaking/matchmaking-types.rules.ts";
import { type PlacementDocument, type PlacementStore, placementStore } from "../../src/matchmaking/placement.store.ts";
import { ARRIVE_MS, Placements } from "../../src/matchmaking/placement.ts";
import { noRatings } from "../../src/matchmaking/ratings-port.ts";
import { TicketIntake } from "../../src/matchmaking/ticket-intake.ts";
import { type TicketDocument, type TicketStore, ticketStore } from "../../src/matchmaking/tickets.store.ts";
import { ActingSessions } from "../../src/sessions/acting-sessions.ts";
import { type House, house } from "../sessions/house.ts";
import { openDatabase, type TestDatabase } from "../support/database.ts";
import { silentLog } from "../support/journal.ts";
import { toy } from "../support/toy-game.ts";

const DUEL: QueueRules = {
  ...{ id: "duel", type: "toy", mode: "duel", teams: 2, teamSize: 1, regions: "any" },
  ...{ rating: { start: 1, perSecond: 1, max: 10 }, latency: { startMs: 50, perSecond: 1, maxMs: 100 } },
  ...{ party: { maxSize: 1, mayBeSplit: false }, acceptance: null, backfill: false, timeoutSeconds: 60 },
};
const QUEUES = new Map(
  [DUEL, { ...DUEL, id: "asked", acceptance: { seconds: 10 } }, { ...DUEL, id: "other" }].map((q) => [q.id, q]),
);

/** A process that leads, over stores that it may lose. */
function leading(home: House, tickets: TicketStore, store: PlacementStore, database: TestDatabase): Placements {
  const { sessions, seats, clock } = home;
  const acting = new ActingSessions({ ...database, sessions, clock });
  const parts = {
    sessions,
    acting,
    seats,
    store: database.store,
    calls: callsHere,
    audit: { record: () => undefined },
  };
  return new Placements({
    ...{ queues: QUEUES, store, tickets, clock, log: silentLog, onOutcome: () => undefined },
    sessions: new MatchSessions({ ...parts, placeIn: ({ region }) => region, place: async () => undefined }),
    watch: new ChangeWatch(tickets, silentLog),
  });
}

/** A store whose process dies with its nth write, which has taken effect or not. */
function dying<T extends object>(store: T, isDead: () => boolean): T {
  const entries = Object.entries(store).map(([name, call]) => [
    name,
    async (...args: unknown[]) => {
      if (isDead()) throw new Error("the process is dead");
      return (call as (...args: unknown[]) => unknown)(...args);
    },
  ]);
  return Object.fromEntries(entries) as T;
}

describe("placement", () => {
  let database: TestDatabase;
  let home: House;
  let tickets: TicketStore;
  let store: PlacementStore;
  let placements: Placements;
  before(async () => {
    database = await openDatabase();
    tickets = ticketStore(database.connection);
    store = placementStore(database.connection);
    await ensureIndexes(database.connection);
    home = house(database, { game: toy as AnyGame });
    placements = leading(home, tickets, store, database);
  });
  after(async () => {
    home.crash();
    await home.sessions.projector.stop();
    await database.close();
  });

  let count = 0;
  async function ticket(queue = "duel", accountId = `account-${++count}`): Promise<TicketDocument> {
    const intake = new TicketIntake(tickets, noRatings);
    const since = home.clock.now() - 5000;
    const players = [{ accountId, name: accountId }];
    const made = await intake.add({
      ...{ id: uuid7(home.clock.now()), rules: QUEUES.get(queue)!, partyId: null, players, latencies: {}, since },
    });
    await tickets.markSearching([made!._id]);
    return made!;
  }
  const matchOf = (...two: TicketDocument[]): Match => ({
    ...{ queue: two[0]!.queue, teams: two.map(({ _id }) => [_id]), region: "local", at: home.clock.now() },
    ...{ quality: 0.5, winProbability: [0.5, 0.5] },
  });
  const now = async (...some: TicketDocument[]) => Promise.all(some.map(async ({ _id }) => (await tickets.find(_id))!));
  const statuses = async (...some: TicketDocument[]) => (await now(...some)).map(({ status }) => status);
  async function placementOf(one: TicketDocument): Promise<PlacementDocument> {
    const [{ matchId } = one] = await now(one);
    return (await store.find(matchId!))!;
  }
  async function arrive(accountId: string, sessionId: string): Promise<void> {
    const held = await home.sessions.open(sessionId);
    await home.seats.take(held, { accountId, name: accountId }, "player", `connection of ${accountId}`);
  }

  it("gives everybody a seat in one session, and lets go of the tickets when all have come", async () => {
    const two = [await ticket(), await ticket()] as const;
    await placements.begin(matchOf(...two));
    assert.deepEqual(await statuses(...two), ["completed", "completed"]);
    const { sessionId, players } = await placementOf(two[0]);
    const session = (await database.store.find(sessionId))!;
    assert.deepEqual(
      session.members.map(({ accountId, seat }) => [seat, accountId]),
      players.map(({ accountId }, at) => [at, accountId]),
    );
    assert.deepEqual([session.mode, session.hostId], ["duel", null]);
    await placements.lookAfter("duel", 100);
    assert.equal((await placementOf(two[0])).stage, "arriving");
    for (const { accountId } of players) await arrive(accountId, sessionId);
    await placements.lookAfter("duel", 100);
    assert.equal((await placementOf(two[0])).stage, "done");
    const [one] = await now(two[0]);
    assert.deepEqual(one!.holds, [one!._id]);
  });

  it("a match whose ticket was cancelled in the last moment is none, and the other waits on", async () => {
    const two = [await ticket(), await ticket()] as const;
    const over = { from: ["searching"], to: "cancelled", reason: "x", matchId: null, pool: "out" } as const;
    await tickets.end([two[1]._id], { ...over, now: home.clock.now() });
    await placements.begin(matchOf(...two));
    const [one, other] = await now(...two);
    assert.deepEqual([one!.status, one!.pool, one!.matchId, one!.since], ["queued", "new", null, two[0].since]);
    assert.equal(other!.status, "cancelled");
    assert.deepEqual(one!.holds, two[0].holds, "nothing of the match holds the player back");
  });

  it("nobody is in two matches, whichever queues find them", async () => {
    const ada = `account-${++count}`;
    const here = [await ticket("duel", ada), await ticket("duel")] as const;
    const there = [await ticket("other", ada), await ticket("other")] as const;
    await Promise.all([placements.begin(matchOf(...here)), placements.begin(matchOf(...there))]);
    const [inHere, inThere] = [await statuses(...here), await statuses(...there)];
    const placed = [inHere, inThere].filter((pair) => pair.every((status) => status === "completed"));
    assert.equal(placed.length, 1);
    const [mine] = inHere[0] === "completed" ? inThere : inHere;
    assert.equal(mine, "cancelled", "whoever plays waits nowhere else");
  });

  it("who does not come loses the ticket, and the others wait on as long as they did", async () => {
    const two = [await ticket(), await ticket()] as const;
    await placements.begin(matchOf(...two));
    const { sessionId, players } = await placementOf(two[0]);
    await arrive(players[0]!.accountId, sessionId);
    home.clock.advance(ARRIVE_MS + 1);
    await placements.lookAfter("duel", 100);
    const [came, absent] = await now(...two);
    assert.deepEqual([came!.status, came!.since], ["queued", two[0].since]);
    assert.deepEqual([absent!.status, absent!.reason], ["failed", "no_show"]);
    assert.equal((await database.store.find(sessionId))!.status, "ended");
  });

  it("nobody who keeps silent is waited for longer than the queue says", async () => {
    const two = [await ticket("asked"), await ticket("asked")] as const;
    await placements.begin(matchOf(...two));
    assert.deepEqual(await statuses(...two), ["requires_acceptance", "requires_acceptance"]);
    const { _id, players } = await placementOf(two[0]);
    assert.equal(await store.answer(_id, players[0]!.accountId, "accepted", home.clock.now()), true);
    await placements.lookAfter("asked", 100);
    assert.deepEqual(await statuses(...two), ["requires_acceptance", "requires_acceptance"]);
    home.clock.advance(10_001);
    assert.equal(await store.answer(_id, players[1]!.accountId, "accepted", home.clock.now()), false, "too late");
    await placements.lookAfter("asked", 100);
    assert.deepEqual(await statuses(...two), ["queued", "failed"]);
    assert.equal(await database.store.find(_id), null, "no session was made");
  });

  it("a leader that dies before or after any of its writes leaves nothing half placed", async () => {
    const outcomes = new Set<string>();
    for (let write = 0; write < 14; write++) {
      for (const after of [false, true]) {
        const two = [await ticket(), await ticket()] as const;
        let writes = 0;
        const isDead = () => writes++ >= write;
        // What was sent may take effect although nobody hears of it.
        const lastGasp = <T extends object>(of: T) =>
          after
            ? (Object.fromEntries(
                Object.entries(of).map(([name, call]) => [
                  name,
                  async (...args: unknown[]) => {
                    const isLast = isDead();
                    if (isLast && writes > write + 1) throw new Error("the process is dead");
                    const done = await (call as (...args: unknown[]) => unknown)(...args);
                    if (isLast) throw new Error("the process is dead");
                    return done;
                  },
                ]),
              ) as T)
            : dying(of, isDead);
        const doomed = leading(home, lastGasp(tickets), lastGasp(store), database);
        await doomed.begin(matchOf(...two)).catch(() => undefined);
        // Whoever takes over looks at what there is, and no more.
        for (let look = 0; look < 3; look++) await placements.lookAfter("duel", 1000);
        await placements.repair("duel", 1000);
        const found = await now(...two);
        const [one, other] = found.map(({ status, matchId }) => `${status} ${matchId === null ? "free" : "claimed"}`);
        outcomes.add(one!);
        assert.equal(one, other, `write ${write}: half placed`);
        assert.ok(["searching free", "queued free", "completed claimed"].includes(one!), `write ${write}: ${one}`);
        if (one === "completed claimed") {
          const session = (await database.store.find(found[0]!.matchId!))!;
          assert.equal(session.members.length, 2);
        }
      }
    }
    assert.deepEqual([...outcomes].sort(), ["completed claimed", "queued free", "searching free"]);
  });

  it("two who lead for a moment place a match once", async () => {
    const two = [await ticket(), await ticket()] as const;
    const others = leading(home, tickets, store, database);
    await Promise.all([
      placements.begin(matchOf(...two)),
      others.begin(matchOf(...two)),
      others.lookAfter("duel", 1000),
    ]);
    const [one, other] = await now(...two);
    assert.equal(one!.matchId, other!.matchId);
    assert.ok(["completed", "queued"].includes(one!.status), one!.status);
    assert.equal(one!.status, other!.status);
  });

  it("a game that refuses gives everybody back", async () => {
    const two = [await ticket(), await ticket()] as const;
    const create = home.sessions.create.bind(home.sessions);
    home.sessions.create = () => Promise.reject(refusal("forbidden"));
    await placements.begin(matchOf(...two));
    home.sessions.create = create;
    assert.deepEqual(await statuses(...two), ["queued", "queued"]);
    assert.ok(refusal("forbidden") instanceof Refusal);
  });
});
