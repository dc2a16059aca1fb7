import { parseArgs } from "node:util";
import { ArenaCompany } from "../test/support/arena-company.ts";
import { ArenaOracle, type ArenaVerdict, type Loss, WINDOW_MS } from "../test/support/arena-oracle.ts";
import { readStored } from "../test/support/arena-stored.ts";
import { type Company, type CuedCrash, runCompanies, strike } from "../test/support/companies.ts";
import { DiceCompany } from "../test/support/dice-company.ts";
import { Oracle, type Verdict } from "../test/support/oracle.ts";
import { RecordsCompany } from "../test/support/records-company.ts";
import type { RecordsVerdict } from "../test/support/records-oracle.ts";
import { ServerProcess } from "../test/support/server.ts";
import { percentile } from "./bench/figures.ts";

/*
 * The long fault run: bots play dice and arenas and clients of the API write to sessions and accounts ("records") on one
 * server, which is killed and drained at random moments, also while it starts. Outside oracles then compare what clients
 * were promised and shown with what the data directory holds. Progress goes to stderr; the last line on stdout is one
 * JSON object, and any broken promise exits 1.
 */

/** What may be under fire, by the name that asks for it; `both` are the two games. */
const GAMES: Readonly<Record<string, readonly ("dice" | "arena" | "records")[]>> = {
  ...{ dice: ["dice"], arena: ["arena"], records: ["records"] },
  ...{ both: ["dice", "arena"], all: ["dice", "arena", "records"] },
};
const { values } = parseArgs({
  options: { kills: { type: "string", default: "50" }, game: { type: "string", default: "all" } },
});
const kills = Number(values.kills);
if (!Number.isInteger(kills) || kills < 1) refuse("--kills must be a whole number from 1");
if (!Object.hasOwn(GAMES, values.game)) refuse(`--game must be one of ${Object.keys(GAMES).join(", ")}`);
const games = new Set(GAMES[values.game]);

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
const WRITER_THINK_MS = games.size === 1 ? 60 : 150;
/** How long what was created by a key is asked for: a key stays taken for 30 s after its process died. */
const SETTLE_MS = 35_000;

type Lists = Readonly<Record<string, readonly string[]>>;

const started = performance.now();
const server = await ServerProcess.started();
const dice = games.has("dice") ? newDice() : undefined;
const arena = games.has("arena") ? newArena() : undefined;
const records = games.has("records") ? new RecordsCompany(server, { thinkMs: WRITER_THINK_MS }) : undefined;
try {
  const companies = [dice?.company, arena?.company, records].filter((company) => company !== undefined);
  const resumed = await run(companies);
  const verdicts = await judge(companies);
  const faults = {
    ...{ ...listsOf(verdicts.dice), ...listsOf(verdicts.arena, "arena "), ...listsOf(verdicts.records, "records ") },
    faults: server.faults(),
  };
  for (const [kind, list] of Object.entries(faults)) {
    for (const fault of list.slice(0, FAULTS_SHOWN)) process.stderr.write(`${kind}: ${fault}\n`);
  }
  const report = {
    ...{ kills, resumed, faults: server.faults().length, ...(verdicts.dice && diceFigures(verdicts.dice)) },
    ...(verdicts.arena && { arena: arenaFigures(verdicts.arena) }),
    ...(verdicts.records && { records: recordsFigures(verdicts.records) }),
    seconds: Math.round((performance.now() - started) / 1000),
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  process.exitCode = Object.values(faults).some((list) => list.length > 0) ? 1 : 0;
} finally {
  dice?.company.abandon();
  arena?.company.abandon();
  records?.abandon();
  await server.dispose();
}

function newDice() {
  const oracle = new Oracle();
  return { oracle, company: new DiceCompany(server, oracle, DICE_TABLES, THINK_MS) };
}

function newArena() {
  const oracle = new ArenaOracle();
  return { oracle, company: new ArenaCompany(server, oracle, ARENA_TABLES) };
}

function run(companies: readonly Company[]): Promise<number> {
  const crashes = Array.from({ length: kills }, randomCrash);
  return runCompanies(server, companies, crashes, (index) => {
    const { signal, again, finish } = crashes[index]!;
    const how = `${finish === undefined ? "" : ", killed while draining"}${again === undefined ? "" : ", and again while starting"}`;
    process.stderr.write(`${index + 1}/${kills} ${signal}${how}\n`);
  });
}

function randomCrash(): CuedCrash {
  const signal = Math.random() < 0.7 ? "SIGKILL" : "SIGTERM";
  const duringStart = Math.random() < 0.25 ? Math.random() * START_UP_MS : undefined;
  // A second blow while the first signal's drain may still be running.
  const duringDrain = signal === "SIGTERM" && Math.random() < 0.5 ? Math.random() * 60 : undefined;
  return { signal, after: Math.random() * 1500, cue: randomCue(), again: duringStart, finish: duringDrain };
}

/**
 * Half of the deaths come at the worst moment: right after an acknowledgement; of arenas when a result has just been
 * told, or before anybody can know it; of what is created by a key, before its answer may have been kept.
 */
function randomCue(): (() => Promise<void>) | undefined {
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
async function judge(companies: readonly Company[]): Promise<Verdicts> {
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

function listsOf(verdict: Verdict | ArenaVerdict | RecordsVerdict | undefined, prefix = ""): Lists {
  const lists = Object.entries(verdict ?? {}).filter((pair): pair is [string, string[]] => isTexts(pair[1]));
  return Object.fromEntries(lists.map(([kind, list]) => [prefix + kind, list]));
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function diceFigures({ acknowledgements, events, states, ...faults }: Verdict) {
  const { lost, twice, leaks, contradicted, broken, stranded } = faults;
  return {
    ...{ acknowledgements, lost: lost.length, twice: twice.length, leaks: leaks.length, events, states },
    ...{ contradicted: contradicted.length, broken: broken.length, stranded: stranded.length },
  };
}

/**
 * Milliseconds from the last durable tick to the death (`windowMs`; `older`: how many of them are above the promise) and
 * of shown play that was taken back (`undoneMs`; `tooOld`: how many of them are).
 */
function arenaFigures({ matches, endings, patches, events, results, losses, ...faults }: ArenaVerdict) {
  const spread = (of: (loss: Loss) => number) => {
    const [p50, p95, max] = [50, 95, 100].map((percent) => Math.round(percentile(losses.map(of), percent)));
    return { p50, p95, max };
  };
  const older = losses.filter(({ window }) => window > WINDOW_MS).length;
  const { tooOld, broken, contradicted, phantoms, leaks, stranded } = faults;
  return {
    ...{ matches, endings, patches, events, struck: losses.length, windowMs: spread(({ window }) => window), older },
    ...{ undoneMs: spread(({ undone }) => undone), tooOld: tooOld.length },
    ...{ results, contradicted: contradicted.length, phantoms: phantoms.length, broken: broken.length },
    ...{ leaks: leaks.length, stranded: stranded.length },
  };
}

function recordsFigures({ lost, twice, wentBack, contradicted, faults, ...figures }: RecordsVerdict) {
  return {
    ...{ ...figures, lost: lost.length, twice: twice.length, wentBack: wentBack.length },
    ...{ contradicted: contradicted.length, faults: faults.length },
  };
}

function refuse(reason: string): never {
  process.stderr.write(`${reason}\n`);
  process.exit(78);
}
