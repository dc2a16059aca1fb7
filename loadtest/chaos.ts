import { parseArgs } from "node:util";
import { type Crash, runCrashes } from "../test/support/crash-run.ts";
import { ServerProcess } from "../test/support/server.ts";

/*
 * The long fault run: bots play while the server is killed and drained at random moments, also while it starts. An
 * outside oracle then compares what clients were promised and shown with what the data directory holds. Progress goes
 * to stderr; the last line on stdout is one JSON object, and any broken promise exits 1.
 */

const { values } = parseArgs({ options: { kills: { type: "string", default: "50" } } });
const kills = Number(values.kills);
if (!Number.isInteger(kills) || kills < 1) {
  process.stderr.write("--kills must be a whole number from 1\n");
  process.exit(78);
}

const TABLES = [2, 3, 4, 3, 4, 6];
/** How long a process needs until it listens, in ms: a death within it meets it starting. */
const START_UP_MS = 1200;

function randomCrash(): Crash {
  const signal = Math.random() < 0.7 ? "SIGKILL" : "SIGTERM";
  const duringStart = Math.random() < 0.25 ? Math.random() * START_UP_MS : undefined;
  // A second blow while the first signal's drain may still be running.
  const duringDrain = signal === "SIGTERM" && Math.random() < 0.5 ? Math.random() * 60 : undefined;
  return {
    ...{ signal, after: Math.random() * 1500, onAcknowledgement: Math.random() < 0.5 },
    ...{ again: duringStart, finish: duringDrain },
  };
}

const started = performance.now();
const server = await ServerProcess.started();
try {
  const crashes = Array.from({ length: kills }, randomCrash);
  const onCrash = (index: number) => {
    const { signal, again, finish } = crashes[index]!;
    const how = `${finish === undefined ? "" : ", killed while draining"}${again === undefined ? "" : ", and again while starting"}`;
    process.stderr.write(`${index + 1}/${kills} ${signal}${how}\n`);
  };
  const { verdict, resumed } = await runCrashes(server, { tables: TABLES, thinkMs: 100, crashes, onCrash });
  const { acknowledgements, events, states, ...faults } = verdict;
  const found = [...Object.entries(faults), ["faults", server.faults()] as const];
  for (const [kind, list] of found) for (const fault of list.slice(0, 10)) process.stderr.write(`${kind}: ${fault}\n`);
  const report = {
    ...{ kills, acknowledgements, lost: faults.lost.length, twice: faults.twice.length, resumed },
    ...{ leaks: faults.leaks.length, contradicted: faults.contradicted.length, broken: faults.broken.length },
    ...{ stranded: faults.stranded.length, faults: server.faults().length, events, states },
    seconds: Math.round((performance.now() - started) / 1000),
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  process.exitCode = found.some(([, list]) => list.length > 0) ? 1 : 0;
} finally {
  await server.dispose();
}
