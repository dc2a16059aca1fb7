import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { median } from "./figures.ts";
import { cpuSeconds } from "./proc.ts";

export const name = "start";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const STARTS = 7;
const IDLE_SAMPLES = 3;
/** A server is left alone this long before its memory is read, and watched this long for what it costs to idle. */
const SETTLE_MS = 4000;
const WATCH_MS = 6000;

interface Started {
  readonly child: ChildProcess;
  /** The process that listens; a child of npm when started by it. */
  readonly pid: number;
  readonly ms: number;
}

/** Starts a command and waits for its JSON line that says it listens. */
async function start(command: string, args: readonly string[], dataDir: string): Promise<Started> {
  const began = performance.now();
  const env = { ...process.env, PORT: "0", DATA_DIR: dataDir, LOG_LEVEL: "info", NODE_ENV: "production" };
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "inherit"], detached: true });
  for await (const line of createInterface({ input: child.stdout! })) {
    if (line.includes("listening")) {
      const ms = performance.now() - began;
      const { pid } = JSON.parse(line) as { pid?: number };
      return { child, pid: pid ?? child.pid!, ms };
    }
  }
  throw new Error(`${command} ended before it listened`);
}

async function stop({ child }: Started): Promise<void> {
  const gone = once(child, "exit");
  process.kill(-child.pid!, "SIGTERM");
  await gone;
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function residentMb(pid: number): number {
  const [, kb] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  return Number(kb) / 1024;
}

async function idle(script: string, dataDir: string): Promise<{ mb: number; corePercent: number }> {
  const server = await start(process.execPath, [script], dataDir);
  await wait(SETTLE_MS);
  const before = cpuSeconds(server.pid);
  await wait(WATCH_MS);
  const corePercent = ((cpuSeconds(server.pid) - before) / (WATCH_MS / 1000)) * 100;
  const mb = residentMb(server.pid);
  await stop(server);
  return { mb, corePercent };
}

export async function run(): Promise<Record<string, unknown>> {
  const dataDir = mkdtempSync(join(tmpdir(), "hypogeum-start-"));
  try {
    const npm: number[] = [];
    const node: number[] = [];
    await stop(await start("npm", ["start"], dataDir)); // builds the page, warms the caches
    for (let round = 0; round < STARTS; round++) {
      for (const [times, command, args] of [
        [npm, "npm", ["start"]],
        [node, process.execPath, ["src/main.ts"]],
      ] as const) {
        const server = await start(command, args, dataDir);
        times.push(server.ms);
        await stop(server);
      }
    }
    const ours: { mb: number; corePercent: number }[] = [];
    const bare: { mb: number; corePercent: number }[] = [];
    for (let round = 0; round < IDLE_SAMPLES; round++) {
      ours.push(await idle("src/main.ts", dataDir));
      bare.push(await idle("loadtest/bench/skeleton.ts", dataDir));
    }
    return report(npm, node, ours, bare);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function report(npm: number[], node: number[], ours: { mb: number; corePercent: number }[], bare: typeof ours) {
  const figures = {
    npmStartMs: Math.round(median(npm)),
    nodeStartMs: Math.round(median(node)),
    idleMb: Math.round(median(ours.map(({ mb }) => mb))),
    skeletonMb: Math.round(median(bare.map(({ mb }) => mb))),
    idleCorePercent: Number(median(ours.map(({ corePercent }) => corePercent)).toFixed(2)),
    skeletonCorePercent: Number(median(bare.map(({ corePercent }) => corePercent)).toFixed(2)),
  };
  process.stdout.write(
    `npm start to listening   ${figures.npmStartMs} ms (limit 1500), node alone ${figures.nodeStartMs} ms\n`,
  );
  process.stdout.write(`idle, resident           ${figures.idleMb} MB, skeleton ${figures.skeletonMb} MB\n`);
  process.stdout.write(
    `idle, of one core        ${figures.idleCorePercent} %, skeleton ${figures.skeletonCorePercent} %\n`,
  );
  return { ...figures, aboveSkeletonMb: figures.idleMb - figures.skeletonMb };
}
