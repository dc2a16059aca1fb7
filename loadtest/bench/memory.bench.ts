import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LeanClient } from "./lean-client.ts";
import { residentBytes } from "./proc.ts";
import { type BenchServer, startServer } from "./server-process.ts";

export const name = "memory";

/** An account may host a hundred. */
const HOSTED = 90;
const CONNECTIONS = 32;
/** Made before the first measurement: compiled code, caches and pools grow with the first requests, not with sessions. */
const WARM_UP = 2000;
const SIZES = [
  { label: "256 B", bytes: 256, sessions: Number(process.env.SESSIONS ?? 100_000) },
  { label: "10 KB", bytes: 10 * 1024, sessions: Number(process.env.SESSIONS ?? 100_000) / 10 },
] as const;
/** Lets the server collect its garbage when it is asked. */
const COLLECTOR = "loadtest/bench/collect-on-signal.mjs";
const SETTLE_MS = 3000;

/** Resident memory per session that is active and in memory, by the size of its state. */
export async function run(): Promise<Record<string, unknown>> {
  const figures: Record<string, unknown> = {};
  for (const { label, bytes, sessions } of SIZES) {
    const dir = mkdtempSync(join(tmpdir(), "hypogeum-bench-"));
    const server = await startServer(dir, ["--expose-gc", "--import", `./${COLLECTOR}`]);
    try {
      const perSession = await measure(server, bytes, sessions);
      process.stdout.write(`${sessions} sessions of ${label}: ${perSession.toFixed(0)} bytes each\n`);
      figures[label] = { sessions, bytesPerSession: Math.round(perSession) };
    } finally {
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    }
  }
  return figures;
}

async function measure(server: BenchServer, bytes: number, sessions: number): Promise<number> {
  const client = new LeanClient(server.port, CONNECTIONS);
  const accounts = await signUp(client, Math.ceil((WARM_UP + sessions) / HOSTED));
  const body = JSON.stringify({ type: "player", state: { text: "x".repeat(bytes - 11) } });
  let made = 0;
  const worker = async (total: number) => {
    while (made < total) {
      made += 1;
      const account = accounts[made % accounts.length]!;
      const { status, text } = await client.request("POST", "/v1/sessions", [account, JSON_BODY], body);
      if (status !== 201) throw new Error(`no session: ${status} ${text}`);
    }
  };
  const upTo = (total: number) => Promise.all(Array.from({ length: CONNECTIONS }, () => worker(total)));
  await upTo(WARM_UP);
  const before = await settled(server);
  await upTo(WARM_UP + sessions);
  const held = await heldSessions(client);
  const after = await settled(server);
  client.close();
  if (held < sessions) throw new Error(`only ${held} of ${sessions} sessions are held`);
  return (after - before) / sessions;
}

const JSON_BODY = "Content-Type: application/json";

async function signUp(client: LeanClient, count: number): Promise<string[]> {
  const accounts: string[] = [];
  for (let index = 0; index < count; index++) {
    const { text } = await client.request("POST", "/v1/auth/guest", [JSON_BODY], `{"deviceId":"bench-${index}"}`);
    accounts.push(`Authorization: Bearer ${(JSON.parse(text) as { accessToken: string }).accessToken}`);
  }
  return accounts;
}

async function heldSessions(client: LeanClient): Promise<number> {
  const { text } = await client.request("GET", "/metrics", []);
  return Number(/^hypogeum_sessions_live (\d+)/m.exec(text)?.[1] ?? 0);
}

/** Resident bytes after a full collection. */
async function settled(server: BenchServer): Promise<number> {
  for (let round = 0; round < 2; round++) {
    server.child.kill("SIGUSR2");
    await new Promise((done) => setTimeout(done, SETTLE_MS));
  }
  return residentBytes(server.pid);
}
