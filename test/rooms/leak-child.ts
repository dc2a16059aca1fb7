import { createApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { createLogger } from "../../src/log.ts";
import { act, newPlayer } from "../support/bots.ts";
import { eventually } from "../support/server.ts";

/*
 * A server and its clients in one process that creates, plays, ends and leaves tables, then prints what is left of
 * them. In a process of its own, because the heap must hold nothing else and be collected on demand.
 */

const cycles = Number(process.argv[2]);
const config = loadConfig({ PORT: "0", HOST: "127.0.0.1", DATA_DIR: ":memory:", RATE_LIMIT: "off" });
const app = await createApp(config, createLogger({ level: "error", pretty: false }), (reason) => {
  throw reason;
});
const url = `http://127.0.0.1:${app.port}`;
const [first, second] = [await newPlayer(url), await newPlayer(url)];

/** Two players meet, play, and leave: the first to go ends the game. */
async function cycle(): Promise<void> {
  const room = await first.client.joinOrCreate("dice", { private: true });
  const other = await second.client.joinById(room.roomId);
  for (const joined of [room, other]) joined.onMessage("*", () => undefined);
  await act(room, "roll");
  await act(room, "bid", { count: 1, face: 1 });
  await other.leave();
  await room.leave();
}

async function gauges(): Promise<{ rooms: number; sessions: number; clients: number }> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const read = (name: string) => Number(new RegExp(`^hypogeum_${name} (\\S+)$`, "m").exec(metrics)?.[1] ?? Number.NaN);
  return { rooms: read("rooms_live"), sessions: read("sessions_live"), clients: read("clients_connected") };
}

async function settledHeap(): Promise<number> {
  await eventually(
    "every room is closed and every session let go of",
    async () => Object.values(await gauges()).every((value) => value === 0),
    15_000,
  );
  // Twice, with a turn of the event loop between: finalizers run after the first.
  for (let pass = 0; pass < 2; pass++) {
    globalThis.gc!();
    await new Promise((done) => setImmediate(done));
  }
  return process.memoryUsage().heapUsed;
}

/** Caches and compiled code fill up first, and the collector drops what it finds unused after a while. */
const warmUp = Number(process.argv[3] ?? 60);
for (let i = 0; i < warmUp; i++) await cycle();
const before = await settledHeap();
for (let i = 0; i < cycles; i++) await cycle();
const after = await settledHeap();
process.stdout.write(`${JSON.stringify({ cycles, before, after, ...(await gauges()) })}\n`);
await app.close();
