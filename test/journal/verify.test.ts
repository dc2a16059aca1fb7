import assert from "node:assert/strict";
import { diceDraws } from "../../src/cli/dice-draws.ts";
import { dice } from "../../src/dice/dice.rules.ts";
import { type Batch, chainHash, GENESIS, sealBatch } from "../../src/journal/batch.ts";
import { CORE, type Entry } from "../../src/journal/game.ts";
import type { Ledger } from "../../src/journal/ledger.ts";
import { type VerifyOptions, verifySession } from "../../src/journal/verify.ts";
import { canonical } from "../../src/lib/canonical.ts";
import { act, done, MemoryJournal, openLedger, SEED, START } from "../support/journal.ts";
import { toy } from "../support/toy-game.ts";

interface Written {
  readonly ledger: Ledger;
  readonly batches: Batch[];
}

/** Five batches: entries 1-3 (opened, two seats), 4, 5-7 (three at once), 8 (a new owner), 9 (a roll). */
function written(): Written {
  const ledger = openLedger(toy, 2);
  const batches = [ledger.seal()!.batch];
  const seal = () => batches.push(structuredClone(ledger.seal()!.batch));
  done(act(ledger, 0, "add", { n: 1 }, START));
  seal();
  for (let n = 2; n < 5; n++) done(act(ledger, 1, "add", { n }, START));
  seal();
  ledger.claim("another", START);
  seal();
  done(act(ledger, 0, "roll", { sides: 6 }, START));
  seal();
  return { ledger, batches };
}

function verify(batches: readonly Batch[], options: Partial<VerifyOptions> = {}) {
  const journalStore = new MemoryJournal();
  journalStore.write(batches);
  return verifySession({ sessionId: batches[0]!.s, journalStore, ...options });
}

type Change = (batch: Batch, all: readonly Batch[]) => Batch;

/** The journal with one batch changed. */
function altered({ batches }: Written, index: number, change: Change): Batch[] {
  return batches.map((batch, at) => (at === index ? change(batch, batches) : batch));
}

/** What a forger would do who knows how hashes are made. */
function rehashed(batch: Batch): Batch {
  return { ...batch, hash: chainHash(batch.prev, batch.body) };
}

function replaced(batch: Batch, what: string | RegExp, by: string): Batch {
  const body = batch.body.replace(what, by);
  assert.notEqual(body, batch.body);
  return { ...batch, body };
}

describe("verify", () => {
  const journal = written();

  it("[L11] an untouched journal is intact, and its head is that of the ledger", async () => {
    const snapshot = journal.ledger.snapshot(0);
    const report = await verify(journal.batches, { game: toy, snapshot, seed: SEED });
    assert.deepEqual(report, {
      ...{ ok: true, batches: 5, entries: 9, head: journal.batches[4]!.hash, ended: false },
      checked: ["snapshot", "commitment"],
    });
  });

  const forgeries: { title: string; index: number; seq: number; change: Change }[] = [
    { title: "a number in a body", index: 1, seq: 4, change: (batch) => replaced(batch, '"n":1}', '"n":9}') },
    { title: "the actor of an entry", index: 1, seq: 4, change: (batch) => replaced(batch, '"seat":0', '"seat":1') },
    {
      ...{ title: "an altered body with its hash made anew", index: 1, seq: 4 },
      change: (batch) => rehashed(replaced(batch, '"n":1}', '"n":9}')),
    },
    {
      title: "the order of two entries",
      index: 2,
      seq: 6,
      change: (batch) => withEntries(batch, ([a, b, c]) => [a!, c!, b!]),
    },
    {
      title: "an entry taken out of a batch",
      index: 2,
      seq: 6,
      change: (batch) => withEntries(batch, ([a, , c]) => [a!, c!]),
    },
    { title: "the fence of a batch", index: 3, seq: 8, change: (batch) => ({ ...batch, fence: 1 }) },
    { title: "the fence of the opening", index: 0, seq: 1, change: (batch) => ({ ...batch, fence: 3 }) },
    {
      title: "the rules of a batch",
      index: 2,
      seq: 5,
      change: (batch) => ({ ...batch, rules: { game: "toy", version: 2 } }),
    },
    { title: "the session of a batch", index: 2, seq: 5, change: transplanted },
    { title: "what a batch follows", index: 2, seq: 5, change: (batch) => ({ ...batch, prev: GENESIS }) },
    { title: "the hash of a batch", index: 2, seq: 5, change: (batch) => ({ ...batch, hash: GENESIS }) },
    { title: "the last seq of a batch", index: 2, seq: 5, change: (batch) => ({ ...batch, last: 6 }) },
    { title: "a body that is no JSON", index: 2, seq: 5, change: (batch) => replaced(batch, "{", "") },
    {
      title: "white space in a body",
      index: 2,
      seq: 5,
      change: (batch) => replaced(batch, '{"entries"', '{ "entries"'),
    },
  ];

  for (const { title, index, seq, change } of forgeries) {
    it(`[L11] names the first altered entry: ${title}`, async () => {
      const { ok, firstBad } = await verify(altered(journal, index, change));
      assert.deepEqual([ok, firstBad?.seq], [false, seq], String(firstBad?.reason));
    });
  }

  it("[L11] names the first missing entry of a batch deleted in the middle, or at the start", async () => {
    const middle = await verify(journal.batches.filter((_, index) => index !== 2));
    assert.deepEqual(middle.firstBad, { seq: 5, reason: "entries 5 to 7 are missing" });
    const start = await verify(journal.batches.slice(1));
    assert.equal(start.firstBad?.seq, 1);
  });

  it("[L11] a batch of another session in the place of one is found, even with the session's name on it", async () => {
    const other = written().batches[2]!;
    const { s, _id, prev } = journal.batches[2]!;
    for (const batch of [{ ...other, s, _id }, { ...other, s, _id, prev }, rehashed({ ...other, s, _id, prev })]) {
      assert.equal((await verify(altered(journal, 2, () => batch))).firstBad?.seq, 5);
    }
  });

  it("[L11] a rewritten or missing last batch shows against the snapshot", async () => {
    const snapshot = journal.ledger.snapshot(0);
    const forged = altered(journal, 4, (batch) => rehashed(replaced(batch, /"value":\d/, '"value":7')));
    assert.equal((await verify(forged)).ok, true, "nothing in the chain follows it");
    assert.equal((await verify(forged, { snapshot })).firstBad?.seq, 9);
    assert.equal((await verify(journal.batches.slice(0, 4), { snapshot })).firstBad?.seq, 9);
  });

  it("[L7] a snapshot that the journal does not evolve to is found, and so is an altered one", async () => {
    const snapshot = journal.ledger.snapshot(0);
    const altering = { ...snapshot, text: snapshot.text.replace('"pads":0', '"pads":1') };
    assert.match((await verify(journal.batches, { snapshot: altering })).firstBad!.reason, /snapshot was altered/);
    const other = { ...toy, init: () => ({ ...toy.init(), pads: 1 }) };
    const report = await verify(journal.batches, { snapshot, game: other });
    assert.match(report.firstBad!.reason, /another state/);
    const newer = { ...other, version: 2 };
    const unchecked = await verify(journal.batches, { snapshot, game: newer });
    assert.deepEqual([unchecked.ok, unchecked.checked], [true, []], "rules that are not at hand say nothing");
  });

  it("[L5] the seed revealed at the end must be the one committed to at the opening", async () => {
    const { ledger, batches } = written();
    done(act(ledger, 0, "finish", {}, START));
    const end = ledger.seal()!.batch;
    assert.deepEqual((await verify([...batches, end])).checked, ["commitment"]);
    const forged = rehashed(replaced(end, SEED, "f00d".repeat(16)));
    const { firstBad } = await verify([...batches, forged]);
    assert.deepEqual([firstBad?.seq, firstBad?.reason.includes("committed")], [10, true]);
  });

  /** A last batch whose hash is right: only what it says is impossible. */
  const impossible: { title: string; reason: RegExp; fence?: number; version?: number; entries: Partial<Entry>[] }[] = [
    { title: "an owner who was replaced writes on", reason: /owner 1 after owner 2/, fence: 1, entries: [{}] },
    { title: "older rules write on", reason: /rules 0 after 1/, version: 0, entries: [{}] },
    { title: "an entry is left out", reason: /here stands entry 12/, entries: [{}, { seq: 12 }] },
    { title: "time goes back", reason: /older/, entries: [{ at: START - 1 }] },
    { title: "the session opens again", reason: /opened once/, entries: [{ type: CORE.opened }] },
    {
      title: "an owner of another epoch",
      reason: /another epoch/,
      entries: [{ type: CORE.owner, data: { epoch: 9 } }],
    },
    { title: "the end reveals nothing", reason: /does not reveal/, entries: [{ type: CORE.ended }] },
    {
      ...{ title: "something follows the end", reason: /after the end/ },
      entries: [{ type: CORE.ended, data: { seed: SEED } }, { seq: 11 }],
    },
  ];
  for (const { title, reason, fence = 2, version = 1, entries } of impossible) {
    it(`[L11] a chain that is whole but impossible: ${title}`, async () => {
      const { s: sessionId, hash: prev } = journal.batches[4]!;
      const full = entries.map((entry): Entry => ({ seq: 10, at: START, seat: 0, type: "added", data: {}, ...entry }));
      const head = { sessionId, prev, fence, rules: { game: "toy", version } };
      const { firstBad } = await verify([...journal.batches, sealBatch(head, full, full.map(canonical))]);
      assert.match(String(firstBad?.reason), reason);
      assert.equal(firstBad!.seq, entries.length > 1 ? 11 : 10);
    });
  }

  it("no journal is not an intact one", async () => {
    const report = await verifySession({ sessionId: "nobody", journalStore: new MemoryJournal() });
    assert.deepEqual([report.ok, report.firstBad?.reason], [false, "there is no journal"]);
  });

  describe("of dice", () => {
    /** A game to the end, by timers alone, with `change` applied to its first roll. */
    function played(change: (entry: Entry) => Entry): Batch[] {
      const ledger = openLedger(dice, 2);
      done(act(ledger, 0, "roll", {}, START));
      while (ledger.core.status !== "ended") done(ledger.decide({ kind: "timer" }, ledger.wakeAt!));
      const { batch, entries } = ledger.seal()!;
      const first = entries.findIndex(({ type }) => type === "rolled");
      const forged = entries.map((entry, index) => (index === first ? change(entry) : entry));
      const { s: sessionId, prev, fence, rules } = batch;
      return [sealBatch({ sessionId, prev, fence, rules }, forged, forged.map(canonical))];
    }

    it("[L5] the dice of a whole journal are those of the revealed seed", async () => {
      const report = await verify(
        played((entry) => entry),
        { draws: diceDraws },
      );
      assert.deepEqual([report.ok, report.ended, report.checked], [true, true, ["commitment", "draws"]]);
    });

    it("[L5] loaded dice are named, although the chain is whole", async () => {
      const batches = played((entry) => {
        const [[seat, [die, ...rest]], other] = entry.data.hands as [[number, number[]], [number, number[]]];
        return { ...entry, data: { hands: [[seat, [(die! % 6) + 1, ...rest]], other] } };
      });
      const { firstBad } = await verify(batches, { draws: diceDraws });
      assert.deepEqual([firstBad?.seq, firstBad?.reason.startsWith("seat 0 has a")], [5, true]);
    });
  });
});

function withEntries(batch: Batch, change: (entries: Entry[]) => Entry[]): Batch {
  const { entries, ...head } = JSON.parse(batch.body) as { entries: Entry[] };
  return { ...batch, body: canonical({ entries: change(entries), ...head }) };
}

function transplanted(batch: Batch): Batch {
  return rehashed(replaced(batch, batch.s, "01900000-0000-7000-8000-000000000000"));
}
