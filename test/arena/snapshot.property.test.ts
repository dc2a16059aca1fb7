import assert from "node:assert/strict";
import fc from "fast-check";
import { Bots } from "../../loadtest/bench/determinism/bots.ts";
import { diceOf } from "../../loadtest/bench/determinism/course.ts";
import { type ArenaView, arena } from "../../src/arena/arena.rules.ts";
import type { Batch } from "../../src/journal/batch.ts";
import { type AnyGame, SPECTATOR } from "../../src/journal/game.ts";
import { Ledger } from "../../src/journal/ledger.ts";
import type { Snapshot } from "../../src/journal/snapshot.ts";
import { openLedger, START } from "../support/journal.ts";

const TICKS = 1500;
const TICK_MS = 33;
/** Ticks played on after a restore: what a snapshot left out might show only then. */
const AFTERWARDS = 60;

interface Played {
  readonly ledger: Ledger;
  readonly batches: readonly Batch[];
  /** One after every batch. */
  readonly snapshots: readonly Snapshot[];
}

/** A match that goes on, sealed now and then. */
function play(seed: number): Played {
  const dice = diceOf(seed);
  const ledger = openLedger(arena as AnyGame, 2 + dice(7));
  const bots = new Bots(dice);
  const batches: Batch[] = [];
  const snapshots: Snapshot[] = [];
  for (let tick = 1; tick <= TICKS; tick++) {
    ledger.step(bots.inputs(ledger.view(SPECTATOR) as ArenaView), START + tick * TICK_MS);
    if (dice(20) > 0 && tick < TICKS) continue;
    batches.push(structuredClone(ledger.seal()!.batch));
    snapshots.push(ledger.snapshot(0));
  }
  return { ledger, batches, snapshots };
}

/** The same inputs for everybody, whatever they see. */
function playOn(ledger: Ledger, seed: number): string {
  const dice = diceOf(seed);
  for (let tick = 0; tick < AFTERWARDS; tick++) {
    const inputs = Array.from({ length: 8 }, (_, seat) => [seat, dice(32), dice(65_536), dice(241)]).flat();
    ledger.step(inputs, START + (TICKS + tick) * TICK_MS);
  }
  return ledger.stateHash();
}

describe("[L7] a match of the arena", () => {
  let matches: Played[];

  before(() => {
    matches = [1, 2, 3, 4].map(play);
  });

  it("is restored by any snapshot and the batches after it to what is live, and goes on alike", () => {
    const restored = ({ ledger, batches, snapshots }: Played, cut: number) =>
      Ledger.restore(ledger.identity, snapshots[cut]!, batches.slice(cut + 1));
    fc.assert(
      fc.property(fc.constantFrom(...matches), fc.nat(), fc.nat(), fc.nat(1000), (match, one, other, seed) => {
        const [first, second] = [one % match.batches.length, other % match.batches.length];
        const [early, late] = [restored(match, first), restored(match, second)];
        assert.equal(early.stateHash(), match.ledger.stateHash());
        assert.equal(late.stateHash(), match.ledger.stateHash());
        assert.equal(playOn(early, seed), playOn(late, seed));
      }),
      { numRuns: 60 },
    );
  });

  it("is restored by its whole journal to what is live", () => {
    for (const { ledger, batches } of matches) {
      assert.equal(Ledger.restore(ledger.identity, null, batches).stateHash(), ledger.stateHash());
    }
  });
});
