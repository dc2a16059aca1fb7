import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const READY_MS = 15_000;
const POLL_MS = 50;

/** The real server in a process of its own, so that it can be killed. Port and data directory outlive each run. */
export class ServerProcess {
  readonly port: number;
  readonly #dataDir: string;
  #child: ChildProcess | null = null;
  #output = "";

  constructor(port: number, dataDir: string) {
    this.port = port;
    this.#dataDir = dataDir;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Resolves when `GET /ready` says yes. */
  async start(): Promise<void> {
    const env = {
      ...process.env,
      PORT: String(this.port),
      HOST: "127.0.0.1",
      DATA_DIR: this.#dataDir,
      LOG_LEVEL: "warn",
    };
    const child = spawn(process.execPath, ["src/main.ts"], { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => this.#keep(String(chunk)));
    const deadline = performance.now() + READY_MS;
    while (!(await this.#isReady())) {
      if (child.exitCode !== null) throw new Error(`the server exited with ${child.exitCode}:\n${this.#output}`);
      if (performance.now() > deadline) throw new Error(`the server was not ready in time:\n${this.#output}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Takes connections and bytes, but answers nothing: what is sent now is lost with the kill that follows. */
  pause(): void {
    this.#child?.kill("SIGSTOP");
  }

  /** `kill -9`: no drain, no goodbye. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  async #isReady(): Promise<boolean> {
    const response = await fetch(`${this.url}ready`).catch(() => null);
    await response?.arrayBuffer();
    return response?.ok === true;
  }

  #keep(chunk: string): void {
    this.#output = (this.#output + chunk).slice(-8000);
  }
}

/** A port nobody listens on right now. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
