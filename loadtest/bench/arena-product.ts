import { ArenaRoom } from "../../rooms/ArenaRoom.ts";
import { createApp } from "../../src/app.ts";
import { arena } from "../../src/arena/arena.rules.ts";
import { loadConfig } from "../../src/config.ts";
import { createLogger } from "../../src/log.ts";
import { probed, serveFigures } from "./tick-probe.ts";

/* The product as it is, but for the probe around the ticks of its arena rooms. */

const config = loadConfig(process.env);
const log = createLogger({ level: config.logLevel, pretty: false });

function die(error: unknown): never {
  log.fatal({ error: String(error) }, "the server of the benchmark died");
  process.exit(1);
}

const { port } = await createApp(config, log, die, [{ game: arena, room: probed(ArenaRoom) }]);
serveFigures(port);
