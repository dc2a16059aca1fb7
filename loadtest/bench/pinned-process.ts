import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { cpuSeconds } from "./proc.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Whether processes can be held on cores of their own here. */
export const canPin = availableParallelism() >= 2 && spawnSync("taskset", ["--version"]).status === 0;

/**
 * A part of a benchmark in a process of its own, held on one core with all its threads, and asked over its IPC channel:
 * one question at a time, each with one answer. It says hello with its first message.
 */
export class PinnedProcess<Hello> {
  readonly hello: Hello;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, hello: Hello) {
    this.#child = child;
    this.hello = hello;
  }

  /** @param program from the repository's root; @param core null: whichever the system gives it */
  static async start<Hello>(
    program: string,
    core: number | null,
    env: NodeJS.ProcessEnv = {},
  ): Promise<PinnedProcess<Hello>> {
    const node = [process.execPath, program];
    const [command, ...args] = canPin && core !== null ? ["taskset", "-c", String(core), ...node] : node;
    const { PATH, HOME, TMPDIR } = process.env;
    const child = spawn(command!, args, {
      ...{ cwd: ROOT, env: { PATH, HOME, TMPDIR, ...env } },
      // Its log goes to stderr: stdout is the benchmark's own.
      stdio: ["ignore", 2, 2, "ipc"],
    });
    return new PinnedProcess(child, await nextAnswer<Hello>(child));
  }

  /** Seconds of processor time used so far. */
  get cpuSeconds(): number {
    return cpuSeconds(this.#child.pid!);
  }

  async ask<Answer>(question: unknown): Promise<Answer> {
    const answer = nextAnswer<Answer>(this.#child);
    this.#child.send(question as object);
    return answer;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.disconnect();
    await gone;
  }
}

/** Libraries talk on the channel of whatever process they are loaded in: only what is marked as an answer counts. */
function nextAnswer<Answer>(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onMessage = ({ answer }: { answer?: Answer }) => {
      if (answer !== undefined) settle(() => resolve(answer));
    };
    const onExit = () => settle(() => reject(new Error("a process of the benchmark ended before it answered")));
    const settle = (how: () => void) => {
      child.off("message", onMessage as never).off("exit", onExit);
      how();
    };
    child.on("message", onMessage as never).once("exit", onExit);
  });
}

/** For the process itself: answers each question of its parent with what `answer` makes of it. */
export function answerParent<Question>(hello: object, answer: (question: Question) => object | Promise<object>): void {
  process.on("message", async (question: Question) => {
    process.send!({ answer: await answer(question) });
  });
  process.on("disconnect", () => process.exit());
  process.send!({ answer: hello });
}
