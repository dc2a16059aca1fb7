import assert from "node:assert/strict";
import fc from "fast-check";
import { BUNDLED_QUEUES } from "../../src/matchmaking/bundled-queues.rules.ts";
import { decide } from "../../src/matchmaking/matchmaking.rules.ts";
import type { Candidate, OpenRoom, QueueRules } from "../../src/matchmaking/matchmaking-types.rules.ts";
import { Pool } from "../../src/matchmaking/pool.rules.ts";
import { type Arrival, arrivals, party, queues, REGIONS, rooms, solo, ticketOf } from "./arrivals.ts";
import { Judge } from "./judge.ts";

const PASS_MS = 1000;

/** Everybody comes in turn, passes go on each second until nobody waits, and the judge sees every one. */
function playOut(rules: QueueRules, wishes: readonly Arrival[], open: readonly OpenRoom[] = []): Judge {
  const pool = new Pool(rules);
  const judge = new Judge(rules);
  const due = timed(rules, wishes);
  const end = (due.at(-1)?.since ?? 0) + rules.timeoutSeconds * 1000 + PASS_MS;
  for (let now = 0; now <= end; now += PASS_MS) {
    while (due[0] !== undefined && due[0].since <= now) {
      const candidate = due.shift()!;
      if (pool.put(candidate) === null) judge.put(candidate);
    }
    const rooms = now === 10 * PASS_MS ? open.filter((room) => isLegal(rules, room)) : [];
    judge.judge(decide(pool, { now, regions: REGIONS, rooms }), now, REGIONS, rooms);
  }
  assert.equal(judge.waiting.size, 0);
  assert.equal(pool.tickets + pool.players, 0);
  return judge;
}

function timed(rules: QueueRules, wishes: readonly Arrival[]): Candidate[] {
  let since = 0;
  return wishes.map((wish, number) => {
    since += wish.afterMs;
    return ticketOf(wish, number, since, rules.teamSize);
  });
}

/** A room that a queue of these rules could have made. */
function isLegal({ teams, teamSize, roles }: QueueRules, room: OpenRoom): boolean {
  const tanks = (team: OpenRoom["teams"][number]) => team.filter(({ role }) => role === "tank").length;
  const mayHold = room.teams.every((team) => team.length <= teamSize && (roles === undefined || tanks(team) <= 1));
  return room.teams.length <= teams && mayHold;
}

describe("matchmaking rules", () => {
  it("keeps every window, latency, team, role, party and time-out, over any queue and any arrivals", () => {
    fc.assert(
      fc.property(queues, arrivals, rooms, (rules, wishes, open) => void playOut(rules, wishes, open)),
      { numRuns: 400 },
    );
  });

  it("leaves no two duellists waiting who could play", () => {
    const duel = { ...BUNDLED_QUEUES[0]!, timeoutSeconds: 3600 };
    const solos = arrivals.map((wishes) => wishes.map((wish) => ({ ...wish, players: wish.players.slice(0, 1) })));
    const property = fc.property(solos, fc.integer({ min: 0, max: 60_000 }), (wishes, later) => {
      const pool = new Pool(duel);
      const judge = new Judge(duel);
      const tickets = timed(duel, wishes);
      for (const ticket of tickets) {
        pool.put(ticket);
        judge.put(ticket);
      }
      const now = tickets.at(-1)!.since + later;
      judge.judge(decide(pool, { now, regions: REGIONS }), now, REGIONS);
      const left = [...judge.waiting.values()];
      assert.ok(!left.some((a) => left.some((b) => a !== b && judge.together(a, b, now, REGIONS))));
    });
    fc.assert(property, { numRuns: 200 });
  });

  const duel = BUNDLED_QUEUES.find(({ id }) => id === "arena-duel")!;
  const twos = BUNDLED_QUEUES.find(({ id }) => id === "arena-2v2")!;
  const ffa = BUNDLED_QUEUES.find(({ id }) => id === "arena-ffa")!;
  const pass = (now: number, more = {}) => ({ now, regions: ["eu"], ...more });

  function pooled(rules: QueueRules, candidates: readonly Candidate[]): Pool {
    const pool = new Pool(rules);
    for (const candidate of candidates) assert.equal(pool.put(candidate), null);
    return pool;
  }

  it("serves the oldest first, with the nearest in rating", () => {
    const tickets = [solo("young", 25.1, 900), solo("old", 25, 100), solo("near", 25.2, 800), solo("far", 26.5, 800)];
    const { matches } = decide(pooled(duel, tickets), pass(1000));
    assert.deepEqual(matches[0]!.teams, [["old"], ["young"]].sort());
  });

  it("makes teams even, and keeps a party together", () => {
    const tickets = [party("pair", [24, 26]), solo("weak", 24), solo("strong", 26)];
    const { matches } = decide(pooled(twos, tickets), pass(0));
    assert.deepEqual(matches[0]!.teams.map((team) => [...team].sort()).sort(), [["pair"], ["strong", "weak"]]);
    assert.deepEqual(matches[0]!.winProbability, [0.5, 0.5]);
  });

  it("splits four alone so that both teams are as strong", () => {
    const tickets = [solo("a", 24), solo("b", 24.5), solo("c", 25.5), solo("d", 26)];
    const { matches } = decide(pooled(twos, tickets), pass(0));
    assert.deepEqual(matches[0]!.teams.map((team) => [...team].sort()).sort(), [
      ["a", "d"],
      ["b", "c"],
    ]);
  });

  it("finds the even split that taking turns would miss", () => {
    const threes = { ...twos, teamSize: 3, rating: { start: 20, perSecond: 0, max: 20 } };
    const tickets = [20, 19, 18, 17, 16, 12].map((points) => solo(`t${points}`, points));
    const { matches } = decide(pooled(threes, tickets), pass(0));
    const teams = matches[0]!.teams.map((team) => [...team].sort().join()).sort();
    assert.deepEqual(teams, ["t12,t19,t20", "t16,t17,t18"]);
  });

  it("passes over parties that would not go into the teams", () => {
    const threes = { ...twos, teamSize: 3, party: { maxSize: 3, mayBeSplit: false } as const };
    const pairs = ["a", "b", "c"].map((id) => party(id, [25, 25]));
    const { matches, waiting } = decide(pooled(threes, [...pairs, solo("x", 26), solo("y", 26)]), pass(0));
    assert.deepEqual([matches.length, waiting], [1, 1]);
    assert.ok(matches[0]!.teams.flat().includes("a"), "the oldest was passed over");
  });

  it("gives each team its roles, and no more of them", () => {
    const rules = { ...twos, roles: { tank: 1, healer: 1 } };
    const asks = (id: string, role: string, points: number) => {
      const ticket = solo(id, points);
      return { ...ticket, players: ticket.players.map((player) => ({ ...player, role })) };
    };
    const four = [asks("t1", "tank", 24), asks("t2", "tank", 26), asks("h1", "healer", 25), asks("h2", "healer", 25)];
    const { matches } = decide(pooled(rules, four), pass(0));
    const ofRole = (team: readonly string[], role: string) => team.filter((id) => id.startsWith(role)).length;
    assert.deepEqual(
      matches[0]!.teams.map((team) => [ofRole(team, "t"), ofRole(team, "h")]),
      [
        [1, 1],
        [1, 1],
      ],
    );
    assert.equal(new Pool(rules).put(asks("x", "rogue", 25)), "role");
  });

  it("reports so many time-outs a pass, and matches none of those that it has not reported yet", () => {
    const pool = pooled(
      duel,
      Array.from({ length: 5003 }, (_, number) => solo(`t${number}`, 25)),
    );
    const { timedOut, matches, more } = decide(pool, pass(duel.timeoutSeconds * 1000));
    assert.deepEqual([timedOut.length, matches.length, more, pool.tickets], [5000, 0, true, 3]);
  });

  it("begins with fewer only when the oldest has waited for a full match, and then with as many as there are", () => {
    const rules = { ...ffa, minPlayers: 2 };
    const pool = pooled(rules, [solo("a", 25), solo("b", 24), solo("c", 26)]);
    assert.equal(decide(pool, pass(ffa.partialAfterSeconds! * 1000 - 1)).matches.length, 0);
    assert.equal(decide(pool, pass(ffa.partialAfterSeconds! * 1000)).matches[0]!.teams.length, 3);
  });

  it("plays where the one who is worst off is best off", () => {
    const tickets = [
      solo("a", 25, 0, { latencies: { eu: 10, us: 50 } }),
      solo("b", 25, 0, { latencies: { eu: 60, us: 55 } }),
    ];
    for (const regions of [
      ["eu", "us"],
      ["us", "eu"],
    ]) {
      assert.equal(decide(pooled(duel, tickets), { now: 0, regions }).matches[0]!.region, "us");
    }
  });

  it("fills a room that plays, its weaker team first, and only from those who fit it", () => {
    const seat = (rating: number) => ({ accountId: "x", rating: rating * 1_000_000, sigma: 8_000_000 });
    const rules = { ...twos, backfill: true };
    const room = { sessionId: "s", region: "eu", teams: [[seat(25), seat(25)], [seat(25)]], since: 0 };
    const pool = pooled(rules, [solo("far", 40), solo("fits", 24)]);
    const { backfills } = decide(pool, pass(0, { rooms: [room] }));
    assert.deepEqual(backfills, [{ queue: rules.id, sessionId: "s", teams: [[], ["fits"]], region: "eu", at: 0 }]);
    assert.equal(pool.slot("fits"), undefined);
  });

  it("lets a player wait with one ticket, and lets a requeued ticket keep its place", () => {
    const pool = pooled(duel, [solo("first", 25, 500)]);
    const twin = { ...solo("second", 25, 500), players: solo("first", 25).players };
    assert.equal(pool.put(twin), "account_waits");
    assert.equal(pool.remove("first"), true);
    assert.equal(pool.remove("first"), false);
    assert.equal(pool.put(twin), null);
    assert.equal(pool.tickets, 1);
    for (const ticket of [solo("later", 25, 400), solo("requeued", 25, 10)]) pool.put(ticket);
    const { matches } = decide(pool, pass(1000, { atMost: 1 }));
    assert.ok(matches[0]!.teams.flat().includes("requeued"));
  });

  it("ends a pass at its bound, and says that there is more", () => {
    const pool = pooled(
      duel,
      ["a", "b", "c", "d"].map((id) => solo(id, 25)),
    );
    const first = decide(pool, pass(0, { atMost: 1 }));
    assert.deepEqual([first.matches.length, first.more, first.waiting], [1, true, 2]);
    const second = decide(pool, pass(0, { atMost: 1 }));
    assert.deepEqual([second.matches.length, second.more, second.estimatedWaitSeconds], [1, false, 0]);
  });

  it("sends nobody anywhere while no region has a process, and times out all the same", () => {
    const pool = pooled(duel, [solo("a", 25), solo("b", 25)]);
    assert.equal(decide(pool, { now: 0, regions: [] }).matches.length, 0);
    assert.deepEqual(decide(pool, { now: duel.timeoutSeconds * 1000, regions: [] }).timedOut, ["a", "b"]);
  });
});
