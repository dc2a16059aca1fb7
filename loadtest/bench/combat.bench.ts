import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CombatCount, CombatOrder } from "./combat-crowd.ts";
import { FightMaker } from "./combat-fight.ts";
import type { CombatFigures, CombatQuestion } from "./combat-product.ts";
import { measureRules } from "./combat-rules.ts";
import { LeanClient } from "./lean-client.ts";
import { PinnedProcess } from "./pinned-process.ts";

/*
 * The rules alone; then fights that nobody is connected to, at rest; then, beside all of those, sockets at which fights
 * are played.
 */
export const name = "combat";

const LIMIT = { idlePercent: 6, bytesEach: 64 * 1024, actionP95: 15, rulesP95: 1, shownP95: 2 };
const ENCOUNTERS = Number(process.env.ENCOUNTERS ?? 10_000);
/** Made before the first measurement: compiled code, caches and pools grow with the first requests, not with fights. */
const WARM_UP = Math.min(500, ENCOUNTERS);
const IDLE_SECONDS = Number(process.env.IDLE_SECONDS ?? 30);
const FIGHTS = 125;
const RATE = Number(process.env.RATE ?? 1000);
const SECONDS = Number(process.env.SECONDS ?? 20);
const WARM_UP_SECONDS = 5;
const CONNECTIONS = 32;

const say = (line: string) => process.stdout.write(`${line}\n`);

type Server = PinnedProcess<{ readonly port: number }>;
type Crowd = PinnedProcess<object>;

export async function run(): Promise<Record<string, unknown>> {
  const rules = measureRules();
  say(`rules alone: ${rules.perSecond} commands/s decided and evolved, p95 ${rules.p95Ms.toFixed(3)} ms`);
  const dir = mkdtempSync(join(tmpdir(), "hypogeum-bench-"));
  const env = { PORT: "0", HOST: "127.0.0.1", DATA_DIR: dir, LOG_LEVEL: "warn", RATE_LIMIT: "off" };
  const server: Server = await PinnedProcess.start("loadtest/bench/combat-product.ts", null, env);
  const crowd: Crowd = await PinnedProcess.start("loadtest/bench/combat-crowd.ts", 1);
  try {
    const idle = await measureIdle(server);
    const played = await measurePlay(server, crowd);
    return { rules, idle, played, holds: idle.holds && played.holds };
  } finally {
    await Promise.all([crowd.stop(), server.stop()]);
    rmSync(dir, { recursive: true, force: true });
  }
}

async function measureIdle(server: Server) {
  const client = new LeanClient(server.hello.port, CONNECTIONS);
  const maker = new FightMaker(client);
  await maker.signUp(WARM_UP + ENCOUNTERS);
  await makeMany(maker, WARM_UP);
  const before = await resident(server);
  await makeMany(maker, ENCOUNTERS);
  const held = await heldSessions(client);
  const bytesEach = Math.round(((await resident(server)) - before) / ENCOUNTERS);
  client.close();
  if (held < ENCOUNTERS) throw new Error(`only ${held} of ${ENCOUNTERS} fights are held`);
  const cpu = server.cpuSeconds;
  await new Promise((done) => setTimeout(done, IDLE_SECONDS * 1000));
  const idlePercent = round((100 * (server.cpuSeconds - cpu)) / IDLE_SECONDS);
  const holds = idlePercent <= LIMIT.idlePercent && bytesEach <= LIMIT.bytesEach;
  say(`${ENCOUNTERS} fights at rest: ${idlePercent} % of a core, ${bytesEach} bytes each: ${verdict(holds)}`);
  return { encounters: ENCOUNTERS, idlePercent, bytesEach, holds };
}

/** Fights of the game master's, each at somebody's turn, with a timer that runs. */
async function makeMany(maker: FightMaker, count: number): Promise<void> {
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await maker.begin(await maker.make(0), 0);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
}

async function heldSessions(client: LeanClient): Promise<number> {
  const { text } = await client.request("GET", "/metrics", []);
  return Number(/^hypogeum_sessions_live (\d+)/m.exec(text)?.[1] ?? 0);
}

async function resident(server: Server): Promise<number> {
  return (await ask<{ bytes: number }>(server, "resident")).bytes;
}

async function measurePlay(server: Server, crowd: Crowd) {
  const order = { port: server.hello.port, fights: FIGHTS, rate: RATE, seconds: WARM_UP_SECONDS } as const;
  await crowd.ask({ ...order, do: "gather" } satisfies CombatOrder);
  await crowd.ask({ ...order, do: "play" } satisfies CombatOrder);
  await ask(server, "begin");
  const [cpu, crowdCpu] = [server.cpuSeconds, crowd.cpuSeconds];
  const count = await crowd.ask<CombatCount>({ ...order, seconds: SECONDS, do: "play" } satisfies CombatOrder);
  const cores = round((server.cpuSeconds - cpu) / count.seconds);
  const crowdCores = round((crowd.cpuSeconds - crowdCpu) / count.seconds);
  const { rulesP50, rulesP95, shownP50, shownP95 } = await ask<CombatFigures>(server, "end");
  const { sockets, done, refused, p50, p95 } = count;
  const perSecond = Math.round(done / count.seconds);
  const met = p95 <= LIMIT.actionP95 && rulesP95 <= LIMIT.rulesP95 && shownP95 <= LIMIT.shownP95;
  const holds = met && perSecond >= RATE * 0.98 && Object.keys(refused).length === 0 && sockets === FIGHTS * 4;
  say(`${sockets} sockets, ${perSecond} of ${RATE} actions/s: ${verdict(holds)}; refused ${JSON.stringify(refused)}`);
  say(`  durable action    p50 ${round(p50)} ms   p95 ${round(p95)} ms   goal ${LIMIT.actionP95} ms`);
  say(`  rules             p50 ${round(rulesP50)} ms   p95 ${round(rulesP95)} ms   goal ${LIMIT.rulesP95} ms`);
  say(`  durable to shown  p50 ${round(shownP50)} ms   p95 ${round(shownP95)} ms   goal ${LIMIT.shownP95} ms`);
  say(`  server ${cores} cores, players ${crowdCores} cores`);
  const figures = { actionP50: p50, actionP95: p95, rulesP50, rulesP95, shownP50, shownP95 };
  return { sockets, perSecond, refused, ...figures, cores, crowdCores, holds };
}

function ask<Answer>(server: Server, question: CombatQuestion): Promise<Answer> {
  return server.ask<Answer>(question);
}

function verdict(holds: boolean): string {
  return holds ? "holds" : "does not hold";
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
