import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The product itself, in a process of its own. */
export interface BenchServer {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts the server without rate limits on a free port of the loopback. */
export async function startServer(dataDir: string, nodeArgs: readonly string[] = []): Promise<BenchServer> {
  const settings = { PORT: "0", HOST: "127.0.0.1", DATA_DIR: dataDir, LOG_LEVEL: "info", RATE_LIMIT: "off" };
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...settings };
  const child = spawn(process.execPath, [...nodeArgs, "src/main.ts"], {
    ...{ cwd: ROOT, env, stdio: ["ignore", "pipe", "inherit"] },
  });
  const kill = () => void child.kill("SIGKILL"); // a benchmark that fails must not leave its server behind
  process.once("exit", kill);
  const lines = createInterface({ input: child.stdout! });
  const address = await new Promise<string>((done, fail) => {
    lines.on("line", (line) => {
      const [, url] = /"address":"([^"]+)"/.exec(line) ?? [];
      if (line.includes("listening") && url) done(url);
    });
    child.once("exit", (code) => fail(new Error(`the server ended with ${code} before it listened`)));
  });
  // Whoever measures has better to do than to read a line for every request.
  lines.close();
  child.stdout!.resume();
  return {
    ...{ child, pid: child.pid!, port: Number(new URL(address).port) },
    async stop() {
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
      process.off("exit", kill);
    },
  };
}
