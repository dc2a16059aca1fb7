import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { arena } from "../../src/arena/arena.rules.ts";
import { type Batch, chainHash, GENESIS } from "../../src/journal/batch.ts";
import type { AnyGame } from "../../src/journal/game.ts";
import { Ledger } from "../../src/journal/ledger.ts";
import { verifySession } from "../../src/journal/verify.ts";
import type { SessionDocument } from "../../src/sessions/sessions.store.ts";
import { house } from "../sessions/house.ts";
import { openDatabase, type TestDatabase } from "../support/database.ts";
import { code, MemoryJournal, openLedger, SEED, START } from "../support/journal.ts";
import { DEED, race } from "./tick-game.ts";

const CLI = resolve(import.meta.dirname, "../../src/cli.ts");
const SHOUT = '{"data":{"seat":1},"type":"shouted"}';

/** Entries 1 to 4 open the race; then three batches of two ticks each, and in each second one somebody shouts. */
function played(): { ledger: Ledger; batches: Batch[] } {
  const ledger = openLedger(race as AnyGame, 2);
  ledger.decide({ kind: "act", seat: 0, command: { type: "start", data: {} } }, START);
  const batches = [structuredClone(ledger.seal()!.batch)];
  for (let batch = 0; batch < 3; batch++) {
    ledger.step([0, DEED.step], START + batch);
    ledger.step([0, DEED.step, 1, DEED.tellAll], START + batch);
    batches.push(structuredClone(ledger.seal()!.batch));
  }
  return { ledger, batches };
}

/** The journal with a text in one of its batches replaced, and all hashes made anew, as a forger would leave it. */
function forged(batches: readonly Batch[], index: number, what: string, by: string): Batch[] {
  let prev = GENESIS;
  return batches.map((batch, at) => {
    const body = at === index ? batch.body.replace(what, by) : batch.body;
    if (at === index) assert.notEqual(body, batch.body);
    const hash = chainHash(prev, body);
    const sealed = { ...batch, body, prev, hash };
    prev = hash;
    return sealed;
  });
}

const FORGERIES: Record<string, readonly [what: string, by: string]> = {
  "a fact of somebody else": [SHOUT, SHOUT.replace("1", "0")],
  "a fact less": [`"facts":[${SHOUT}],`, ""],
  "a fact twice": [SHOUT, `${SHOUT},${SHOUT}`],
  "another input": [`"in":[0,${DEED.step},1,${DEED.tellAll}]`, `"in":[0,${DEED.step},1,${DEED.step}]`],
  "an input less": [`"in":[0,${DEED.step},1,${DEED.tellAll}]`, `"in":[0,${DEED.step}]`],
};
/** The batch that is forged, and the seq of the tick in it that shouts. */
const FORGED = 2;
const SHOUTS_AT = 8;

describe("[L11] ticks whose journal was rewritten, with all hashes made anew", () => {
  const { ledger, batches } = played();

  function verify(journal: readonly Batch[], withSnapshot: boolean) {
    const journalStore = new MemoryJournal();
    journalStore.write(journal);
    // A forger who can rewrite the journal can rewrite the head that a snapshot names.
    const own = ledger.snapshot(0);
    const text = own.text.replace(batches.at(-1)!.hash, journal.at(-1)!.hash);
    const snapshot = withSnapshot ? { ...own, text } : null;
    return verifySession({ sessionId: ledger.identity.sessionId, journalStore, game: race as AnyGame, snapshot });
  }

  it("are intact as they were written", async () => {
    for (const withSnapshot of [true, false]) assert.equal((await verify(batches, withSnapshot)).ok, true);
    assert.equal(Ledger.restore(ledger.identity, null, batches).stateHash(), ledger.stateHash());
  });

  for (const [forgery, [what, by]] of Object.entries(FORGERIES)) {
    const journal = forged(batches, FORGED, what, by);

    it(`${forgery}: no session is restored from it`, () => {
      assert.throws(() => Ledger.restore(ledger.identity, null, journal), code("session_quarantined"));
    });

    for (const withSnapshot of [true, false]) {
      it(`${forgery}: verify names the tick, ${withSnapshot ? "with a snapshot" : "without any snapshot"}`, async () => {
        const { ok, firstBad } = await verify(journal, withSnapshot);
        assert.deepEqual([ok, firstBad?.seq], [false, SHOUTS_AT]);
        assert.match(firstBad!.reason, /decide/);
      });
    }
  }

  it("a session whose step throws at a tick of its journal is not restored either", () => {
    const journal = forged(batches, FORGED, `1,${DEED.tellAll}`, `1,${DEED.explode}`);
    assert.throws(() => Ledger.restore(ledger.identity, null, journal), /exploded/);
  });
});

describe("[L11] a match of the arena whose journal was rewritten", () => {
  let dir: string;
  let sessionId: string;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), "hypogeum-forged-"));
    const database = await openDatabase(join(dir, "data"));
    sessionId = await forgedMatch(database);
    await database.close();
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  it("is named by `hypogeum verify`", async () => {
    const { exit, err } = await run(["verify", sessionId]);
    assert.equal(exit, 1);
    assert.match(err, /is broken at entry \d+: [^\n]*decide/);
  });

  it("is quarantined when somebody wants to come back to it", async () => {
    const database = await openDatabase(join(dir, "data"));
    try {
      const { sessions } = house(database, { game: arena as AnyGame });
      await assert.rejects(sessions.open(sessionId), code("session_quarantined"));
      assert.ok((await database.store.find(sessionId))!.quarantined);
      await assert.rejects(sessions.open(sessionId), code("session_quarantined"));
    } finally {
      await database.close();
    }
  });

  function run(args: readonly string[]): Promise<{ exit: number; err: string }> {
    const path = `${dirname(process.execPath)}:${process.env.PATH}`;
    const env = { PATH: path, DATA_DIR: join(dir, "data") };
    return new Promise((settled) => {
      const child = execFile(CLI, args, { env }, (_, __, err) => settled({ exit: child.exitCode!, err }));
    });
  }

  /** A pick-up that was taken by the other seat, or so the journal says now. No snapshot was ever made. */
  async function forgedMatch({ store, connection }: TestDatabase): Promise<string> {
    const ledger = openLedger(arena as AnyGame, 2);
    const id = ledger.identity.sessionId;
    const batches = [structuredClone(ledger.seal()!.batch)];
    for (let tick = 0; tick < 120; tick++) ledger.step([0, 8, 0, 0, 1, 4, 0, 0], START + tick * 33);
    batches.push(structuredClone(ledger.seal()!.batch));
    const journal = forged(batches, 1, '"in":[', '"facts":[{"data":{"by":0,"seat":1},"type":"kill"}],"in":[');
    const document: SessionDocument = {
      ...{ _id: id, type: "arena", gameId: "arena", mode: "default", region: "local", private: false, hostId: null },
      ...{ seed: SEED, members: [], status: "active", seq: ledger.seq, version: 1, epoch: 1, owner: null },
      ...{ createdAt: new Date(START), lastUpdated: new Date(START), startedAt: new Date(START), endedAt: null },
      ...{ wakeAt: null, result: null, quarantined: null, campaignId: null, unranked: false, metadata: {} },
      ...{ maxPlayers: null, pausedAt: null, connected: 0 },
    };
    await store.insert(document);
    await connection.collection<Batch>("journal").insertMany(journal);
    return id;
  }
});
