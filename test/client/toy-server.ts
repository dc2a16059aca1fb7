import { createApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { createLogger } from "../../src/log.ts";
import { ToyRoom } from "../http/authorisation-toy-room.ts";
import { toy } from "../support/toy-game.ts";

/*
 * The server as a process of its own that offers the toy game: its counters show how often an action took effect, and
 * it has commands that are acknowledged before they are durable.
 */

const config = loadConfig(process.env);
const log = createLogger({ level: config.logLevel, pretty: false });
for (const method of ["log", "info", "warn", "error"] as const) console[method] = () => undefined;
const app = await createApp(
  config,
  log,
  (reason) => {
    throw reason;
  },
  [{ game: toy, room: ToyRoom }],
);
process.once("SIGTERM", () => void app.close().then(() => process.exit(0)));
