import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { CommandError, EXIT } from "./command-error.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const READY_MS = 60_000;
/** Characters of the last that a child said which are shown when it cannot start. */
const KEPT = 2000;

export interface ChildOptions {
  /** As messages call it. */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /**
   * `lines`: read by the command. `kept`: shown only if it cannot start. By default it goes where the command's own
   * errors go.
   */
  readonly stdout?: "lines" | "kept";
  /** With a channel for messages. */
  readonly channel?: boolean;
}

/** One process that the command started. It has a pipe as its standard input, and ends when that does. */
export class Child {
  readonly name: string;
  /** How it ended, in words; never rejects. */
  readonly ended: Promise<string>;
  readonly #process: ChildProcess;
  #hasEnded = false;
  #lastWords = "";

  constructor({ name, file, args, env, stdout, channel }: ChildOptions) {
    this.name = name;
    this.#process = spawn(file, args, {
      ...{ cwd: ROOT, env },
      // A group of its own: the terminal sends Ctrl-C to the whole group of the command, and all would end at once.
      detached: true,
      stdio: ["pipe", stdout ? "pipe" : 2, 2, ...(channel ? ["ipc" as const] : [])],
    });
    if (stdout === "kept") {
      this.#process.stdout!.setEncoding("utf8").on("data", (text: string) => {
        this.#lastWords = (this.#lastWords + text).slice(-KEPT);
      });
    }
    // Writing to nobody is no news: that it has ended is.
    this.#process.stdin!.on("error", () => undefined);
    this.ended = new Promise((settle) => {
      const end = (how: string) => {
        this.#hasEnded = true;
        this.#process.stdin!.destroy();
        settle(how);
      };
      this.#process.once("error", (error) => end(error.message));
      this.#process.once("exit", (code, signal) => end(signal ?? `code ${code}`));
    });
  }

  /** Of a process that has started. */
  get pid(): number {
    return this.#process.pid!;
  }
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The first line that it prints; what follows goes where the command's own errors go. */
  firstLine(): Promise<string> {
    const first = Promise.withResolvers<string>();
    let seen = 0;
    createInterface({ input: this.#process.stdout! }).on("line", (line) => {
      if (seen++ === 0) first.resolve(line);
      else process.stderr.write(`${line}\n`);
    });
    return this.before(first.promise);
  }

  /** Resolves when it says `ready` by its channel; libraries say other things by it. */
  ready(): Promise<void> {
    const said = new Promise<void>((resolve) => {
      this.#process.on("message", (message) => message === "ready" && resolve());
    });
    return this.before(said);
  }

  /**
   * Waits for what shows that it has started.
   *
   * @throws CommandError when it ends first, with its own exit code, or takes too long
   */
  async before<T>(event: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(this.#failed("is not ready in time")), READY_MS);
    const gone = this.ended.then((how) => Promise.reject(this.#failed(`ended with ${how} before it was ready`)));
    try {
      return await Promise.race([event, gone, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  #failed(how: string): CommandError {
    return new CommandError(this.#process.exitCode || EXIT.broken, `${this.name} ${how}\n${this.#lastWords}`.trim());
  }

  /** Asks it to end, and after `patienceMs` ends it. */
  async end(patienceMs: number): Promise<void> {
    if (this.#hasEnded) return;
    this.#process.kill("SIGTERM");
    const impatient = setTimeout(() => {
      process.stderr.write(`hypogeum: ${this.name} did not end in time and was killed\n`);
      this.#process.kill("SIGKILL");
    }, patienceMs);
    await this.ended;
    clearTimeout(impatient);
  }
}
