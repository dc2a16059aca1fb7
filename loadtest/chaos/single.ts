import { ArenaCompany } from "../../test/support/arena-company.ts";
import { ArenaOracle, type ArenaVerdict } from "../../test/support/arena-oracle.ts";
import { readStored } from "../../test/support/arena-stored.ts";
import { type CuedCrash, runCompanies, strike } from "../../test/support/companies.ts";
import { DiceCompany } from "../../test/support/dice-company.ts";
import { Oracle, type Verdict } from "../../test/support/oracle.ts";
import { RecordsCompany } from "../../test/support/records-company.ts";
import type { RecordsVerdict } from "../../test/support/records-oracle.ts";
import { ServerProcess } from "../../test/support/server.ts";
import { arenaFigures, diceFigures, type Lists, listsOf, recordsFigures } from "./figures.ts";

const DICE_TABLES = [2, 3, 4, 3, 4, 6];
const THINK_MS = 100;
/** Matches of two end when one of them leaves, the larger ones by their score. */
const ARENA_TABLES = [2, 2, 3, 6];
/** How long a process needs until it listens, in ms: a death within it meets it starting. */
const START_UP_MS = 1200;
/** How long it takes from a wish to leave until the result is durable, in ms, and some more. */
const WRITING_MS = 15;
const FAULTS_SHOWN = 10;
/** The most a writer waits before a request; alone on the server they are quicker. */
const WRITER_THINK_MS = { alone: 60, inCompany: 150 };
/** How long what was created by a key is asked for: a key stays taken for 30 s after its process died. */
const SETTLE_MS = 35_000;

export type Game = "dice" | "arena" | "records";

/**
 * The fault run against one server, which is killed and drained at random moments, also while it starts: bots play dice
 * and arenas, and clients of the API write to sessions and accounts ("records"). Prints one JSON object on stdout.
 *
 * @returns whether every promise was kept
 */
export async function runSingle(kills: number, games: ReadonlySet<Game>): Promise<boolean> {
  const started = performance.now();
  const party = new Party(await ServerProcess.started(), games);
  try {
    const resumed = await run(party, kills);
    const verdicts = await judge(party);
    const wrong = findings(party, verdicts);
    const report = {
      ...{ kills, resumed, faults: party.server.faults().length, ...(verdicts.dice && diceFigures(verdicts.dice)) },
      ...(verdicts.arena && { arena: arenaFigures(verdicts.arena) }),
      ...(verdicts.records && { records: recordsFigures(verdicts.records) }),
      seconds: Math.round((performance.now() - started) / 1000),
    };
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return Object.values(wrong).every((list) => list.length === 0);
  } finally {
    await party.dispose();
  }
}

/** Who plays and writes on the server, and who watches them. */
class Party {
  readonly server: ServerProcess;
  readonly dice: { readonly oracle: Oracle; readonly company: DiceCompany } | undefined;
  readonly arena: { readonly oracle: ArenaOracle; readonly company: ArenaCompany } | undefined;
  readonly records: RecordsCompany | undefined;

  constructor(server: ServerProcess, games: ReadonlySet<Game>) {
    this.server = server;
    const [dice, arena] = [new Oracle(), new ArenaOracle()];
    const thinkMs = games.size === 1 ? WRITER_THINK_MS.alone : WRITER_THINK_MS.inCompany;
    if (games.has("dice")) this.dice = { oracle: dice, company: new DiceCompany(server, dice, DICE_TABLES, THINK_MS) };
    if (games.has("arena")) this.arena = { oracle: arena, company: new ArenaCompany(server, arena, ARENA_TABLES) };
    if (games.has("records")) this.records = new RecordsCompany(server, { thinkMs });
  }

  get companies() {
    return [this.dice?.company, this.arena?.company, this.records].filter((company) => company !== undefined);
  }

  async dispose(): Promise<void> {
    for (const company of this.companies) company.abandon();
    await this.server.dispose();
  }
}

function run(party: Party, kills: number): Promise<number> {
  const crashes = Array.from({ length: kills }, () => randomCrash(party));
  return runCompanies(party.server, party.companies, crashes, (index) => {
    const { signal, again, finish } = crashes[index]!;
    const how = `${finish === undefined ? "" : ", killed while draining"}${again === undefined ? "" : ", and again while starting"}`;
    process.stderr.write(`${index + 1}/${kills} ${signal}${how}\n`);
  });
}

function randomCrash(party: Party): CuedCrash {
  const signal = Math.random() < 0.7 ? "SIGKILL" : "SIGTERM";
  const duringStart = Math.random() < 0.25 ? Math.random() * START_UP_MS : undefined;
  // A second blow while the first signal's drain may still be running.
  const duringDrain = signal === "SIGTERM" && Math.random() < 0.5 ? Math.random() * 60 : undefined;
  return { signal, after: Math.random() * 1500, cue: randomCue(party), again: duringStart, finish: duringDrain };
}

/**
 * Half of the deaths come at the worst moment: right after an acknowledgement; of arenas when a result has just been
 * told, or before anybody can know it; of what is created by a key, before its answer may have been kept.
 */
function randomCue({ dice, arena, records }: Party): (() => Promise<void>) | undefined {
  const patience = Math.random() < 0.5 ? Math.random() * WRITING_MS : undefined;
  const writing = Math.random() * WRITING_MS;
  const cues = [
    dice && (() => dice.oracle.nextAcknowledgement()),
    arena && (() => arena.company.nextEnd(patience)),
    records && (() => records.nextAcknowledgement()),
    records && (() => records.nextCreation(writing)),
  ];
  const possible = cues.filter((cue) => cue !== undefined);
  return Math.random() < 0.5 ? possible[Math.floor(Math.random() * possible.length)] : undefined;
}

interface Verdicts {
  readonly dice?: Verdict;
  readonly arena?: ArenaVerdict;
  readonly records?: RecordsVerdict;
}

/** Arenas are struck once more, by a drain with all players still at it. */
async function judge({ server, companies, dice, arena, records }: Party): Promise<Verdicts> {
  await dice?.company.stop();
  await records?.stop(SETTLE_MS);
  await dice?.oracle.readApi(server.url);
  await arena?.oracle.readApi();
  await strike(server, companies, { signal: "SIGTERM" });
  return {
    ...(dice && { dice: await dice.oracle.judge(server.dir) }),
    ...(arena && { arena: arena.oracle.judge(await readStored(server.dir)) }),
    ...(records && { records: await records.judge() }),
  };
}

/** All broken promises, the first ones shown. */
function findings({ server }: Party, verdicts: Verdicts): Lists {
  const lists = {
    ...{ ...listsOf(verdicts.dice), ...listsOf(verdicts.arena, "arena "), ...listsOf(verdicts.records, "records ") },
    faults: server.faults(),
  };
  for (const [kind, list] of Object.entries(lists)) {
    for (const fault of list.slice(0, FAULTS_SHOWN)) process.stderr.write(`${kind}: ${fault}\n`);
  }
  return lists;
}
