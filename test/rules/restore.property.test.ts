import assert from "node:assert/strict";
import fc from "fast-check";
import { diceDraws } from "../../src/cli/dice-draws.ts";
import { dice } from "../../src/dice/dice.rules.ts";
import { type Batch, readBody } from "../../src/journal/batch.ts";
import { SYSTEM } from "../../src/journal/game.ts";
import { Ledger } from "../../src/journal/ledger.ts";
import { recover } from "../../src/journal/recovery.ts";
import { readSnapshot, type Snapshot } from "../../src/journal/snapshot.ts";
import { verifySession } from "../../src/journal/verify.ts";
import { MemoryJournal, MemorySnapshots } from "../support/journal.ts";
import { course, type Played, play } from "../support/play.ts";

/** Everything by which two ledgers of one session could differ. */
function portrait(ledger: Ledger, played: Played) {
  const { seq, epoch, wakeAt, core } = ledger;
  const { head, actions, at } = readSnapshot(ledger.snapshot(0));
  const answers = played.acted.map(({ seat, id, command }) =>
    ledger.decide({ kind: "act", seat, actionId: id, command }, played.now),
  );
  const state = [ledger.stateHash(), ledger.view(SYSTEM)];
  return { seq, epoch, wakeAt, core: structuredClone(core), head, actions, at, answers: answers.map(answerOf), state };
}

function answerOf(decision: ReturnType<Ledger["decide"]>): unknown {
  return decision.kind === "refused" ? decision.refusal.code : decision.kind === "repeat" ? decision.answer : "done";
}

describe("restoring", () => {
  it("[L7] live = newest snapshot + tail = any snapshot + tail = journal alone, whatever was played", () => {
    return fc.assert(
      fc.asyncProperty(course, fc.nat(), async ({ game, steps }, point) => {
        const played = play(game, steps);
        const { ledger, batches, snapshots } = played;
        const { identity } = ledger;
        const journalStore = new MemoryJournal();
        journalStore.write(batches);
        const recovered = (kept: readonly Snapshot[]) =>
          recover(identity, { journalStore, snapshots: new MemorySnapshots(kept) });
        const restored = [
          Ledger.restore(identity, null, batches),
          (await recovered([snapshots[point % snapshots.length]!])).ledger,
          (await recovered(snapshots)).ledger,
          Ledger.restore(identity, snapshots.at(-1)!, []),
        ];
        const live = portrait(ledger, played);
        for (const other of restored) assert.deepEqual(portrait(other, played), live);
      }),
      { numRuns: 200 },
    );
  });

  it("[L7] restored ledgers play on as the live one does", () => {
    fc.assert(
      fc.property(course, fc.nat(), ({ game, steps }, point) => {
        const cut = point % (steps.length + 1);
        const whole = play(game, steps);
        const half = play(game, steps.slice(0, cut));
        assert.deepEqual(half.ledger.stateHash(), Ledger.restore(half.ledger.identity, null, half.batches).stateHash());
        // The same prefix of the course is the same prefix of the journal, however it was cut into batches.
        const facts = (batches: readonly Batch[]) => batches.flatMap((batch) => readBody(batch).entries.map(factsOf));
        const [prefix, all] = [facts(half.batches), facts(whole.batches)];
        assert.deepEqual(all.slice(0, prefix.length), prefix);
      }),
      { numRuns: 60 },
    );
  });

  it("[L11] every journal that was played verifies, dice included", async () => {
    await fc.assert(
      fc.asyncProperty(course, fc.nat(), async ({ game, steps }, point) => {
        const { ledger, batches, snapshots } = play(game, steps);
        const { sessionId, seed } = ledger.identity;
        const snapshot = snapshots[point % snapshots.length]!;
        const journalStore = new MemoryJournal();
        journalStore.write(batches);
        const draws = game === dice ? diceDraws : undefined;
        const report = await verifySession({ sessionId, seed, journalStore, game, snapshot, draws });
        assert.deepEqual([report.firstBad, report.ok], [undefined, true]);
        assert.deepEqual([report.batches, report.entries], [batches.length, ledger.seq]);
        assert.ok(report.checked.includes("snapshot") && report.checked.includes("commitment"));
      }),
      { numRuns: 60 },
    );
  });
});

/** An entry without what differs between two plays: action ids are random. */
function factsOf({ seq, at, seat, type, data }: ReturnType<typeof readBody>["entries"][number]) {
  return { seq, at, seat, type, data };
}
