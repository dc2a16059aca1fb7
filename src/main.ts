import type { App } from "./app.ts";
import { ConfigError, loadConfig } from "./config.ts";
import { createLogger } from "./log.ts";

/** Exit codes: part of the contract with whoever starts the process. */
const EXIT = { clean: 0, crash: 1, dataDirectoryInUse: 70, badConfiguration: 78 } as const;

function readConfig() {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT.badConfiguration);
  }
}

// Before anything else is imported: some libraries read .env files into the environment when they load.
const config = readConfig();
const log = createLogger({ level: config.logLevel, pretty: process.stdout.isTTY === true });

// Libraries print what a client's malformed frame made them think: no client may fill the log, or break its format.
for (const method of ["log", "info", "warn", "error", "debug"] as const) {
  console[method] = (...parts: unknown[]) => log.debug({ source: "console" }, parts.map(String).join(" "));
}

function die(error: unknown): never {
  const known = error instanceof Error ? error : new Error(String(error));
  if (known.name === "DataDirectoryInUse") exitWith(known.message, EXIT.dataDirectoryInUse);
  if (known instanceof ConfigError) exitWith(known.message, EXIT.badConfiguration);
  log.fatal({ stack: known.stack }, "the process cannot go on");
  process.exit(EXIT.crash);
}

function exitWith(line: string, code: number): never {
  process.stderr.write(`${line}\n`);
  process.exit(code);
}

let app: App | undefined;

// Rooms catch what is theirs. What arrives here belongs to nobody: a rejection leaves no state behind, so it is
// counted and logged; an exception that unwound an unknown stack may have, so the process ends, and the journal holds.
process.on("unhandledRejection", (reason) => {
  app?.countRejection();
  log.error({ stack: reason instanceof Error ? reason.stack : String(reason) }, "unhandled rejection");
});
process.on("uncaughtException", die);

const { createApp } = await import("./app.ts");
app = await createApp(config, log, die).catch(die);
const database = config.mode === "embedded" ? config.dataDir : "mongodb";
// At every level but silence: whoever starts the process waits for this line.
log
  .child({}, { level: config.logLevel === "silent" ? "silent" : "info" })
  .info(
    { pid: process.pid, address: `http://localhost:${app.port}`, port: app.port, mode: config.mode, data: database },
    "listening",
  );
let draining = false;

// To PM2, or whoever started the process with a channel and waits for this word before sending players.
void app.ready.then(() => {
  if (process.connected && !draining) process.send!("ready");
});

function drain(app: App, signal: NodeJS.Signals): void {
  if (draining) return;
  draining = true;
  log.info({ signal }, "draining");
  const deadline = setTimeout(() => {
    log.error("the drain took too long; what is durable is safe");
    process.exit(EXIT.clean);
  }, config.drainSeconds * 1000);
  deadline.unref();
  app.close().then(() => process.exit(EXIT.clean), die);
}
const running = app;
process.on("SIGTERM", (signal) => drain(running, signal));
process.on("SIGINT", (signal) => drain(running, signal));
