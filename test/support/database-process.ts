import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

const ROOT = resolve(import.meta.dirname, "../..");
const live = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of live) child.kill("SIGKILL");
});

/** `hypogeum db` as a child process that can be killed and started again under its clients. */
export class DatabaseProcess {
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  #closed: Promise<number | null> = Promise.resolve(null);
  #stderr = "";
  #uri = "";

  /** @param args of the verb; `--data` is wanted, else it is the working directory's */
  constructor(args: readonly string[]) {
    this.#args = args;
  }

  /** A database that answers. */
  static async started(args: readonly string[]): Promise<DatabaseProcess> {
    const database = new DatabaseProcess(args);
    await database.start();
    return database;
  }

  get uri(): string {
    return this.#uri;
  }
  get port(): number {
    return Number(new URL(this.#uri).port);
  }
  get pid(): number {
    return this.#child!.pid!;
  }
  get stderr(): string {
    return this.#stderr;
  }
  /** Settles with the exit code when the process that runs now has ended. */
  get ended(): Promise<number | null> {
    return this.#closed;
  }

  /** Resolves when it is ready. @throws with what it said when it ends before */
  async start(): Promise<void> {
    const child = spawn(process.execPath, ["src/cli.ts", "db", ...this.#args], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    live.add(child);
    this.#stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    this.#closed = once(child, "close").then(([code]) => {
      live.delete(child);
      return code as number | null;
    });
    const lines = createInterface({ input: child.stdout });
    const first = await Promise.race([once(lines, "line").then(([line]) => line as string), this.#closed]);
    if (typeof first !== "string") throw new Error(`the database ended with ${first}: ${this.#stderr}`);
    this.#uri = (JSON.parse(first) as { uri: string }).uri;
  }

  /** Sends a signal and answers the exit code. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    this.#child?.kill(signal);
    return this.#closed;
  }
}
