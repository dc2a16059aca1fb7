import assert from "node:assert/strict";
import { arena } from "../../src/arena/arena.rules.ts";
import { combat } from "../../src/combat/combat.rules.ts";
import { type AnyGame, SYSTEM } from "../../src/journal/game.ts";
import { BUNDLED_QUEUES } from "../../src/matchmaking/bundled-queues.rules.ts";
import { QueueError, readQueues } from "../../src/matchmaking/queues.rules.ts";
import { bornLedger } from "../../src/sessions/session-birth.ts";

const GAMES = [arena, combat].map(({ id, seats }) => ({ type: id, seats }));
const duel = BUNDLED_QUEUES.find(({ id }) => id === "arena-duel")!;
const ffa = BUNDLED_QUEUES.find(({ id }) => id === "arena-ffa")!;

/** What is said about a queue that differs from the duel so. */
function fault(change: object, from: object = duel): string {
  try {
    readQueues([{ ...from, ...change }], GAMES);
  } catch (error) {
    assert.ok(error instanceof QueueError);
    return error.message;
  }
  return "nothing";
}

describe("matchmaking queues", () => {
  it("begin what their games allow, with everybody seated", () => {
    for (const { type, mode, opening, teams, teamSize } of BUNDLED_QUEUES) {
      const game = ({ arena, combat } as Record<string, AnyGame>)[type]!;
      const company = Array.from({ length: teams * teamSize }, (_, at) => ({ accountId: `${at}`, name: `${at}` }));
      const ledger = bornLedger(
        { sessionId: "s", game, seed: "0".repeat(64) },
        { type, mode, company, first: opening },
        1,
      );
      assert.equal(ledger.core.seats.length, company.length);
      if (mode === "duel" && type === "combat") assert.equal((ledger.view(SYSTEM) as { mode: string }).mode, "pvp");
    }
  });

  it("bundles five that the games can play", () => {
    const ids = [...readQueues(BUNDLED_QUEUES, GAMES).keys()];
    assert.deepEqual(ids, ["arena-duel", "arena-ffa", "arena-2v2", "combat-duel", "combat-coop"]);
  });

  const faults: readonly (readonly [object, string])[] = [
    [{ teams: 0 }, "queue arena-duel: teams: "],
    [{ type: "chess" }, "queue arena-duel: type: there is no game chess"],
    [{ teams: 9 }, "queue arena-duel: teams * teamSize: the game seats at most 8"],
    [{ teams: 1 }, "queue arena-duel: teams * teamSize: a match has at least 2 players"],
    [{ teams: 64, teamSize: 64 }, "queue arena-duel: teams * teamSize: at most 64 players"],
    [{ party: { maxSize: 2, mayBeSplit: false } }, "queue arena-duel: party.maxSize: a party plays in one team"],
    [{ party: { maxSize: 1, mayBeSplit: true } }, "queue arena-duel: party.mayBeSplit: "],
    [{ rating: { start: 9, perSecond: 1, max: 8 } }, "queue arena-duel: rating.start: over rating.max"],
    [{ rating: { start: -1, perSecond: 1, max: 8 } }, "queue arena-duel: rating.start: "],
    [{ latency: { startMs: 9, perSecond: 1, maxMs: 8 } }, "queue arena-duel: latency.startMs: over latency.maxMs"],
    [{ regions: [] }, "queue arena-duel: regions: "],
    [{ minPlayers: 2 }, "queue arena-duel: minPlayers: goes with partialAfterSeconds"],
    [{ minPlayers: 3, partialAfterSeconds: 1 }, "queue arena-duel: minPlayers: more than a full match has"],
    [
      { minPlayers: 2, partialAfterSeconds: 180 },
      "queue arena-duel: partialAfterSeconds: the ticket has timed out by then",
    ],
    [{ acceptance: { seconds: 0 } }, "queue arena-duel: acceptance.seconds: "],
    [{ widens: true }, "queue arena-duel: "],
    [{ id: "Arena Duel" }, "queue Arena Duel: id: must be"],
  ];
  for (const [change, said] of faults) {
    it(`refuses ${JSON.stringify(change)}`, () => {
      const heard = fault(change);
      assert.ok(heard.startsWith(said), heard);
    });
  }

  it("refuses teams that could begin uneven, roles that do not fill a team, and two queues of one name", () => {
    const twos = { teams: 2, teamSize: 2, minPlayers: 2, partialAfterSeconds: 5 };
    assert.match(fault(twos), /minPlayers: only for teams of one, or one team/);
    assert.match(fault({ teamSize: 2, roles: { tank: 1 } }), /roles: too few for a team/);
    assert.match(fault({ minPlayers: 1 }, ffa), /minPlayers: at least 2/);
    assert.throws(() => readQueues([duel, duel], GAMES), /queue arena-duel: there are two of it/);
  });

  it("names every fault at once", () => {
    assert.equal(fault({ type: "chess", rating: { start: 9, perSecond: 1, max: 8 } }).split("\n").length, 2);
  });
});
