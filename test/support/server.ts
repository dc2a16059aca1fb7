import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** How a process ended: its exit code, or the signal that ended it. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServerOptions {
  /** Laid over the settings below; `undefined` unsets one. */
  readonly env?: NodeJS.ProcessEnv;
  /** A data directory of somebody else's, which `dispose` then leaves alone. */
  readonly dir?: string;
  /** Given to node before the program. */
  readonly nodeArgs?: readonly string[];
  /** The program to run instead of the server, from the repository's root. */
  readonly program?: string;
}

const ROOT = resolve(import.meta.dirname, "../..");
const READY_MS = 20_000;
const LOG_MAX = 1_000_000;
const live = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of live) child.kill("SIGKILL");
});

/**
 * The real server as a child process on a port and a data directory of its own, so that it can be killed and started
 * again under clients who know only its address. In-process servers cannot lose their memory.
 */
export class ServerProcess {
  readonly port: number;
  readonly dir: string;
  readonly #options: ServerOptions;
  readonly #ownsDir: boolean;
  #child: ChildProcess | undefined;
  #exit: Promise<Exit> = Promise.resolve({ code: null, signal: null });
  #stdout = "";
  #stderr = "";

  private constructor(port: number, options: ServerOptions) {
    this.port = port;
    this.#options = options;
    this.#ownsDir = options.dir === undefined;
    this.dir = options.dir ?? mkdtempSync(join(tmpdir(), "hypogeum-test-"));
  }

  /** A server that does not run yet. */
  static async create(options: ServerOptions = {}): Promise<ServerProcess> {
    return new ServerProcess(await freePort(), options);
  }

  /** A server that answers. */
  static async started(options: ServerOptions = {}): Promise<ServerProcess> {
    const server = await ServerProcess.create(options);
    await server.start();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }
  get stderr(): string {
    return this.#stderr;
  }
  get stdout(): string {
    return this.#stdout;
  }
  /** True while the process lives. */
  get alive(): boolean {
    return this.#child !== undefined;
  }
  /** Settles when the process that runs now has ended. */
  get exited(): Promise<Exit> {
    return this.#exit;
  }

  /** Starts the process and returns at once. */
  spawn(): void {
    if (this.#child) throw new Error("the server runs already");
    const env = { ...this.#settings(), ...this.#options.env };
    const args = [...(this.#options.nodeArgs ?? []), this.#options.program ?? "src/main.ts"];
    const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    live.add(child);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout = (this.#stdout + text).slice(-LOG_MAX);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-LOG_MAX);
    });
    this.#exit = new Promise((done) => {
      // "close" rather than "exit": its last words have been read by then.
      child.once("close", (code, signal) => {
        live.delete(child);
        if (this.#child === child) this.#child = undefined;
        done({ code, signal });
      });
    });
  }

  /** Nothing is inherited but what a process needs: a developer's own settings must not decide a test. */
  #settings(): NodeJS.ProcessEnv {
    const { PATH, HOME, TMPDIR } = process.env;
    return {
      ...{ PATH, HOME, TMPDIR, PORT: String(this.port), HOST: "127.0.0.1" },
      ...{ DATA_DIR: this.dir, LOG_LEVEL: "warn", RATE_LIMIT: "off" },
    };
  }

  async start(): Promise<void> {
    this.spawn();
    await this.ready();
  }

  /** Resolves when the server is ready for clients. Throws with its log when it is not in time. */
  async ready(): Promise<void> {
    const deadline = performance.now() + READY_MS;
    while (!(await isReady(this.url))) {
      if (!this.#child) throw new Error(`the server ended before it was ready\n${this.log()}`);
      if (performance.now() > deadline) throw new Error(`the server is not ready\n${this.log()}`);
      await pause(20);
    }
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Exit> {
    this.#child?.kill(signal);
    return this.#exit;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Everything the process wrote over all its lives, within bounds; for failure messages. */
  log(): string {
    return `--- server's stdout\n${this.#stdout}\n--- server's stderr\n${this.#stderr}`;
  }

  /** Log lines no healthy server writes: errors, and whatever reached stderr. */
  faults(): string[] {
    const errors = this.#stdout.split("\n").filter((line) => /"level":"(error|fatal)"/.test(line));
    return [...errors, ...this.#stderr.split("\n").filter((line) => line.trim() !== "")];
  }

  async dispose(): Promise<void> {
    await this.stop("SIGKILL");
    if (this.#ownsDir) rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Whether a server says that it is ready for clients. */
export async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(1000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** Polls until `condition` holds. @throws after `deadlineMs`, saying what did not happen */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`within ${deadlineMs} ms it did not happen that ${what}`);
    await pause(10);
  }
}

/**
 * A free port below the range from which the system takes ports for outgoing connections: a client that tries to reach
 * a killed server would else be given that very port sooner or later, and the server could not come back to it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 18_000);
    const free = await new Promise<boolean>((done) => {
      const probe = createServer();
      probe.once("error", () => done(false));
      probe.listen(port, "127.0.0.1", () => probe.close(() => done(true)));
    });
    if (free) return port;
  }
}
