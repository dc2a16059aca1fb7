import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { percentile } from "./figures.ts";
import { LeanClient } from "./lean-client.ts";
import { startServer } from "./server-process.ts";

export const name = "auth";

const ACCOUNTS = 16;
const PASSWORD = "correct horse battery";
const ROUND_MS = 5000;
const HEADERS = ["Content-Type: application/json"];

interface Round {
  readonly perSecond: number;
  readonly p95Ms: number;
  /** Of the server's event loop. */
  readonly worstDelayMs: number;
}

/** Sign-ins and refreshes, as many as the server answers to sixteen clients who each wait for theirs. */
export async function run(): Promise<Record<string, unknown>> {
  const dataDir = mkdtempSync(join(tmpdir(), "hypogeum-auth-"));
  const server = await startServer(dataDir);
  const client = new LeanClient(server.port, ACCOUNTS);
  try {
    const tokens = await Promise.all(Array.from({ length: ACCOUNTS }, (_, index) => register(client, index)));
    const logins = await round(server.port, (index) => {
      return post(client, "login", { username: `player-${index}`, password: PASSWORD, deviceId: "desktop" });
    });
    const refreshes = await round(server.port, async (index) => {
      const { refreshToken } = await post(client, "refresh", { refreshToken: tokens[index]!, deviceId: "phone" });
      tokens[index] = refreshToken;
    });
    const idle = await round(server.port, () => new Promise((done) => setTimeout(done, 50)));
    print("logins", logins);
    print("refreshes", refreshes);
    process.stdout.write(`idle       worst event-loop delay ${idle.worstDelayMs} ms\n`);
    return { logins, refreshes, idleWorstDelayMs: idle.worstDelayMs };
  } finally {
    client.close();
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function print(what: string, { perSecond, p95Ms, worstDelayMs }: Round): void {
  const rate = `${perSecond}/s`.padStart(8);
  process.stdout.write(`${what.padEnd(10)} ${rate}  p95 ${p95Ms} ms, worst event-loop delay ${worstDelayMs} ms\n`);
}

async function register(client: LeanClient, index: number): Promise<string> {
  const login = { username: `player-${index}`, password: PASSWORD, deviceId: "phone" };
  return (await post(client, "register", login)).refreshToken;
}

async function post(client: LeanClient, what: string, body: object): Promise<{ refreshToken: string }> {
  const answer = await client.request("POST", `/v1/auth/${what}`, HEADERS, JSON.stringify(body));
  if (answer.status >= 300) throw new Error(`${what}: ${answer.status} ${answer.text}`);
  return JSON.parse(answer.text) as { refreshToken: string };
}

async function round(port: number, once: (index: number) => Promise<unknown>): Promise<Round> {
  await worstDelayMs(port);
  const latencies: number[] = [];
  const end = performance.now() + ROUND_MS;
  const began = performance.now();
  const loop = async (index: number) => {
    while (performance.now() < end) {
      const sent = performance.now();
      await once(index);
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: ACCOUNTS }, (_, index) => loop(index)));
  const seconds = (performance.now() - began) / 1000;
  return {
    perSecond: Math.round(latencies.length / seconds),
    p95Ms: Number(percentile(latencies, 95).toFixed(1)),
    worstDelayMs: await worstDelayMs(port),
  };
}

/** Since it was asked last. The server's timer of 10 ms is part of it. */
async function worstDelayMs(port: number): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const [, seconds] = /^hypogeum_nodejs_eventloop_lag_max_seconds (\S+)/m.exec(metrics)!;
  return Number((Number(seconds) * 1000).toFixed(1));
}
