import { fork } from "node:child_process";
import { once } from "node:events";
import { Client, type Room } from "@colyseus/sdk";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { ServerProcess } from "../../test/support/server.ts";
import { formatRatio, median, percentile } from "./figures.ts";

export const name = "hostile";

const TABLES = 4;
const WINDOW_MS = 3000;
const PAIRS = 6;
/** Pause between two actions of a table. */
const PACE_MS = 10;

interface DiceState {
  readonly phase: string;
  readonly turn: number;
  readonly bidCount: number;
  readonly bidFace: number;
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function guest(url: string): Promise<Client> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/v1/auth/guest`, { method: "POST", headers, body: '{"deviceId":"bench"}' });
  const client = new Client(url);
  client.auth.token = ((await response.json()) as { accessToken: string }).accessToken;
  return client;
}

/** A table of two that bids up and challenges for ever, from one game to the next. */
async function play(url: string, latencies: number[], signal: AbortSignal): Promise<void> {
  const [first, second] = [await guest(url), await guest(url)];
  while (!signal.aborted) {
    const one = await first.joinOrCreate<DiceState>("dice", { private: true });
    const two = await second.joinById<DiceState>(one.roomId);
    for (const room of [one, two]) room.onMessage("*", () => undefined);
    while (!signal.aborted && one.state.phase !== "over") {
      const began = performance.now();
      await act([one, two], one.state);
      latencies.push(performance.now() - began);
      await wait(PACE_MS);
    }
    await Promise.all([one.leave(), two.leave()]);
  }
}

async function act(rooms: readonly Room[], { phase, turn, bidCount, bidFace }: DiceState): Promise<void> {
  const move =
    phase !== "bidding"
      ? { type: "roll", data: {} }
      : bidCount >= 3
        ? { type: "challenge", data: {} }
        : { type: "bid", data: { count: Math.max(1, bidCount + 1), face: Math.max(1, bidFace) } };
  const room = rooms[phase === "bidding" ? turn : 0] ?? rooms[0]!;
  // The game may have ended, or the last two dice stop a bid: what is measured is the answer, whichever it is.
  await room.request("act", { id: uuid7(Date.now()), ...move }).catch(() => undefined);
}

export async function run(): Promise<Record<string, unknown>> {
  const server = await ServerProcess.started();
  const flooder = fork(new URL("./flooder.ts", import.meta.url), [server.url], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const stop = new AbortController();
  const latencies: number[] = [];
  const warn = console.warn;
  console.warn = () => undefined;
  try {
    const tables = Array.from({ length: TABLES }, () => play(server.url, latencies, stop.signal));
    await wait(WINDOW_MS); // warm
    const ratios: number[] = [];
    const calm: number[] = [];
    const attacked: number[] = [];
    for (let pair = 0; pair < PAIRS; pair++) {
      calm.push(await window(latencies));
      flooder.send("attack");
      attacked.push(await window(latencies));
      flooder.send("calm");
      ratios.push(attacked[pair]! / calm[pair]!);
      await wait(500);
    }
    flooder.send("report");
    const [thrownOut] = (await once(flooder, "message")) as [number];
    stop.abort();
    await Promise.allSettled(tables);
    process.stdout.write(
      `action p99 of ${TABLES} tables: calm ${median(calm).toFixed(2)} ms, attacked ${median(attacked).toFixed(2)} ms\n`,
    );
    process.stdout.write(`ratio ${formatRatio(ratios)} (limit 2); the attacker was thrown out ${thrownOut} times\n`);
    return { ratio: median(ratios), calmP99: median(calm), attackedP99: median(attacked), thrownOut };
  } finally {
    console.warn = warn;
    flooder.disconnect();
    await server.dispose();
  }
}

/** The p99 of what was measured within one window. */
async function window(latencies: number[]): Promise<number> {
  latencies.length = 0;
  await wait(WINDOW_MS);
  return percentile(latencies, 99);
}
