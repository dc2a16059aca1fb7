import assert from "node:assert/strict";
import { ArenaCompany } from "../support/arena-company.ts";
import { ArenaOracle, type ArenaVerdict } from "../support/arena-oracle.ts";
import { readStored, type Stored } from "../support/arena-stored.ts";
import { type CuedCrash, runCompanies, strike } from "../support/companies.ts";
import type { StoredEntry } from "../support/journal-reader.ts";
import { ServerProcess } from "../support/server.ts";

const KILLS = 5;
const TABLES = [2, 4];
/** Players, a spectator and a coach. */
const CLIENTS = TABLES.reduce((sum, seats) => sum + seats + 2, 0);

/** Kills in the middle of play and a drain, then a kill when a match is just ending, and a drain after another end. */
async function playAndKill(server: ServerProcess, company: ArenaCompany, oracle: ArenaOracle): Promise<number> {
  const inPlay = (signal: NodeJS.Signals): CuedCrash => ({ signal, after: 300 + Math.random() * 900 });
  const resumed = await runCompanies(
    server,
    [company],
    [
      ...Array.from({ length: KILLS - 1 }, () => inPlay("SIGKILL")),
      inPlay("SIGTERM"),
      { ...inPlay("SIGKILL"), cue: () => company.nextEnd(Math.random() * 30) },
    ],
  );
  await company.renew();
  await company.nextEnd();
  await oracle.readApi();
  await strike(server, [company], { signal: "SIGTERM" });
  return resumed;
}

describe("kill -9 under real-time play", () => {
  const oracle = new ArenaOracle();
  let server: ServerProcess;
  let company: ArenaCompany;
  let stored: ReadonlyMap<string, Stored>;
  let verdict: ArenaVerdict;
  let resumed: number;

  before(async function () {
    this.timeout(120_000);
    server = await ServerProcess.started();
    company = new ArenaCompany(server, oracle, TABLES);
    resumed = await playAndKill(server, company, oracle);
    stored = await readStored(server.dir);
    verdict = oracle.judge(stored);
  });
  after(async () => {
    company?.abandon();
    await server?.dispose();
  });

  it("was under play: bots fought, died with the server and came back", () => {
    assert.ok(verdict.patches > 1000 && verdict.events > 20, `${verdict.patches} patches, ${verdict.events} events`);
    assert.ok(verdict.losses.length > KILLS, `${verdict.losses.length} times a match was struck`);
    assert.ok(resumed >= KILLS * CLIENTS, `clients came back ${resumed} times`);
    assert.deepEqual(server.faults(), []);
  });

  it("[L3] a death undoes no more play than the journal's interval, and a drain none", () => {
    assert.deepEqual(verdict.tooOld, []);
  });

  it("[L6] [L7] the journal plays again to the same facts, and to the same state from the snapshot on", () => {
    assert.deepEqual(verdict.broken, []);
  });

  it("[L3] scores, events and results are the journal's for every client, the API and the session's document", () => {
    assert.deepEqual(verdict.contradicted, []);
    assert.ok(verdict.results > 0, "a match came to its end");
  });

  it("a client that drops what it knew above `resumed` believes nothing that was undone", () => {
    assert.deepEqual(verdict.phantoms, []);
  });

  it("hides health, hits and pick-ups from whom they do not concern, also after a return", () => {
    assert.deepEqual(verdict.leaks, []);
  });

  it("[L4] everybody comes back by themselves to the seat and the view they had", () => {
    assert.deepEqual(verdict.stranded, []);
  });

  describe("its oracle", () => {
    const judged = (change: (entries: readonly StoredEntry[]) => readonly StoredEntry[]) =>
      oracle.judge(withEntries(stored, change));

    it("sees an input that was not played", () => {
      const { broken, contradicted } = judged((entries) =>
        entries.map((entry) => (entry.type === "tick" ? { ...entry, data: { ...entry.data, in: [] } } : entry)),
      );
      assert.notDeepEqual([broken, contradicted], [[], []]);
    });

    it("sees a result that is not the one that was shown", () => {
      const { contradicted } = judged((entries) =>
        entries.map((entry) =>
          entry.type === "session.ended" ? { ...entry, data: { ...entry.data, winner: 7 } } : entry,
        ),
      );
      assert.notDeepEqual(contradicted, []);
    });

    it("sees play that is not in the journal", () => {
      const { tooOld } = judged((entries) => entries.slice(0, -5));
      assert.notDeepEqual(tooOld, []);
    });
  });
});

function withEntries(
  stored: ReadonlyMap<string, Stored>,
  change: (entries: readonly StoredEntry[]) => readonly StoredEntry[],
) {
  const changed = [...stored].map(([id, { journal, ...rest }]): [string, Stored] => [
    id,
    { ...rest, journal: { ...journal, entries: change(journal.entries) } },
  ]);
  return new Map(changed);
}
