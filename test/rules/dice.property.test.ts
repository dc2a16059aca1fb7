import assert from "node:assert/strict";
import fc from "fast-check";
import { type DiceView, dice } from "../../src/dice/dice.rules.ts";
import { type Entry, SPECTATOR, type Viewer } from "../../src/journal/game.ts";
import type { Ledger } from "../../src/journal/ledger.ts";
import { toldTo } from "../../src/journal/redact.ts";
import { act, done, openLedger, START } from "../support/journal.ts";

/** More orders than any game can take: 29 rounds, each of at most 180 bids, a challenge and a roll. */
const FOREVER = 29 * 182;

const view = (table: Ledger, viewer: Viewer = SPECTATOR) => table.view(viewer) as DiceView;

/** Every kind of viewer there is: each seat, a free seat, the game master, a spectator. */
function viewers(players: number): Viewer[] {
  const seats = Array.from({ length: players + 1 }, (_, seat): Viewer => ({ kind: "seat", seat }));
  return [...seats, { kind: "gm", seat: 100 }, { kind: "gm", seat: 0 }, SPECTATOR];
}

/** Plays a whole game; `choose` answers numbers from 0 to the bound. After every order `look` is called. */
function playOut(
  players: number,
  choose: (bound: number) => number,
  look: (table: Ledger, entries: readonly Entry[]) => void,
) {
  const table = openLedger(dice, players);
  let at = START;
  for (let orders = 0; table.core.status !== "ended"; orders++) {
    assert.ok(orders < FOREVER, "the game ends");
    at += 1000;
    look(table, done(next(table, choose, at)).entries);
  }
  return table;
}

function next(table: Ledger, choose: (bound: number) => number, at: number): ReturnType<Ledger["decide"]> {
  const { phase, hands, turn, bidCount, bidFace } = view(table);
  const anyone = hands[choose(hands.length - 1)]!.seat;
  if (choose(60) === 0 && phase !== "seating") return table.decide({ kind: "leave", seat: anyone }, at);
  if (choose(20) === 0 && phase !== "seating") return table.decide({ kind: "timer" }, Math.max(at, table.wakeAt!));
  if (phase !== "bidding") return act(table, anyone, "roll", {}, at);
  const total = hands.reduce((sum, { left }) => sum + left, 0);
  const [count, face] = bidFace < 6 && bidCount > 0 ? [bidCount, bidFace + 1] : [bidCount + 1, 1 + choose(5)];
  if (bidCount > 0 && (count > total || choose(3) === 0)) return act(table, turn, "challenge", {}, at);
  return act(table, turn, "bid", { count, face }, at);
}

const game = fc.record({ players: fc.integer({ min: 2, max: 6 }), luck: fc.infiniteStream(fc.nat(10_000)) });

function chooser(luck: Iterator<number>): (bound: number) => number {
  return (bound) => luck.next().value % (bound + 1);
}

describe("dice, whatever is played", () => {
  it("the game ends with one winner, who has dice left; no die ever comes back", () => {
    fc.assert(
      fc.property(game, ({ players, luck }) => {
        let dicePresent = players * 5;
        const table = playOut(players, chooser(luck), (playing) => {
          const now = view(playing).hands.reduce((sum, { left }) => sum + left, 0);
          assert.ok(now <= dicePresent, "the total never grows");
          dicePresent = now;
        });
        const { phase, winner, hands } = view(table);
        assert.equal(phase, "over");
        assert.deepEqual(
          hands.filter(({ left }) => left > 0).map(({ seat }) => seat),
          [winner],
        );
      }),
      { numRuns: 60 },
    );
  });

  it("[L5] before they are laid open, nobody's view and nobody's events hold the dice of another seat", () => {
    fc.assert(
      fc.property(game, ({ players, luck }) => {
        playOut(players, chooser(luck), (table, entries) => {
          for (const viewer of viewers(players)) {
            if (view(table).phase === "bidding") assertOnlyOwn(view(table, viewer), viewer);
            for (const entry of entries) assertRedacted(entry, viewer);
          }
        });
      }),
      { numRuns: 25 },
    );
  });

  it("[L5] the view of a table whose hidden dice are others is, to the letter, the same", () => {
    const rolled = (hands: [number, number[]][]): Entry => ({
      seq: 5,
      at: START,
      seat: 0,
      type: "rolled",
      data: { hands },
    });
    const tableWith = (theirs: number[]) => {
      const state = dice.init();
      for (const seat of [0, 1]) dice.evolve(state, { seq: 2 + seat, at: START, seat, type: "seat.taken", data: {} });
      dice.evolve(
        state,
        rolled([
          [0, [1, 2, 3, 4, 5]],
          [1, theirs],
        ]),
      );
      return state;
    };
    const five = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(five, five, (one, other) => {
        for (const viewer of viewers(1).filter((viewer) => viewer.kind !== "seat" || viewer.seat !== 1)) {
          const seen = [one, other].map((theirs) => JSON.stringify(dice.view(tableWith(theirs), viewer)));
          assert.equal(seen[0], seen[1]);
          const events = [one, other].map((theirs) =>
            JSON.stringify(
              toldTo(
                dice,
                rolled([
                  [0, [1]],
                  [1, theirs],
                ]),
                viewer,
              ),
            ),
          );
          assert.equal(events[0], events[1]);
        }
      }),
    );
  });
});

function assertOnlyOwn(seen: DiceView, viewer: Viewer): void {
  for (const hand of seen.hands) {
    const own = viewer.kind === "seat" && viewer.seat === hand.seat;
    assert.deepEqual(Object.keys(hand).sort(), ["dice", "left", "seat", "shown"]);
    assert.deepEqual([hand.dice.length > 0 && !own, hand.shown.length], [false, 0]);
  }
  assert.ok(!("draws" in seen), "how many dice were drawn is nobody's business");
}

function assertRedacted(entry: Entry, viewer: Viewer): void {
  const [seen] = toldTo(dice, entry, viewer);
  if (entry.type !== "rolled") return;
  for (const [seat] of seen!.data.hands as [number, number[]][]) {
    assert.ok(viewer.kind === "seat" && viewer.seat === seat);
  }
}
