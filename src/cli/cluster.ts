import { parseArgs } from "node:util";
import { generatedSecret } from "../accounts/secret.ts";
import { type Config, loadConfig } from "../config.ts";
import type { Child } from "./cluster-child.ts";
import { ClusterFamily } from "./cluster-family.ts";
import { CommandError, EXIT, finish } from "./command-error.ts";

/*
 * `npm run cluster`: redis-server, the embedded database and several servers on this machine, for development and
 * demonstrations. One line says where they are; one Ctrl-C ends them in order.
 */
const USAGE = `usage: npm run cluster -- [--processes N] [--port first]

  --processes N   how many servers, from 1 to 16; 3 by default
  --port first    where to look for their ports: PORT by default`;

const PROCESSES_MAX = 16;

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const { processes, port } = readWish(args);
  // The command brings what these two name.
  const config = loadConfig({ ...env, MONGODB_URI: "", REDIS_URL: "", ...(port ? { PORT: port } : {}) });
  if (config.port === 0) throw new CommandError(EXIT.usage, `PORT must be the first of several ports\n${USAGE}`);
  const family = new ClusterFamily({ ...env, ...(await secrets(config)) }, config);
  const stop = Promise.withResolvers<void>();
  // `npm run` passes on the signal that the terminal has sent already: any number of them is one wish.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.resolve());
  try {
    await Promise.race([stop.promise, live(family, processes)]);
  } finally {
    await family.end();
  }
}

/** Resolves when nothing is left to go on with, never as long as all is well. */
async function live(family: ClusterFamily, processes: number): Promise<void> {
  const addresses = await family.start(processes);
  process.stdout.write(`${JSON.stringify({ msg: "cluster ready", ...addresses })}\n`);
  const lost = family.servers.map((server) => server.ended.then((how) => tell(family, server, how)));
  const backends = family.backends.map(({ name, ended }) =>
    ended.then((how) => Promise.reject(new CommandError(EXIT.broken, `${name} ended with ${how}`))),
  );
  await Promise.race([...backends, Promise.all(lost)]);
  throw new CommandError(EXIT.broken, "no server is left");
}

/** That one is killed and the others go on is what the command is there to show. */
function tell({ isEnding }: ClusterFamily, { name, pid }: Child, how: string): void {
  if (!isEnding) process.stderr.write(`hypogeum: ${name} (${pid}) ended with ${how}\n`);
}

/** All servers need the same one, and the next start as well: the one that a lone server keeps in this directory. */
async function secrets({ jwtSecret, jwtPrivateKeyFile, dataDir }: Config): Promise<NodeJS.ProcessEnv> {
  const hasOwn = (jwtSecret ?? jwtPrivateKeyFile) !== undefined;
  return hasOwn ? {} : { JWT_SECRET: await generatedSecret(dataDir) };
}

function readWish(args: readonly string[]): { processes: number; port: string | undefined } {
  const { processes, port } = parse(args);
  if (!/^\d{1,2}$/.test(processes) || Number(processes) < 1 || Number(processes) > PROCESSES_MAX) {
    throw new CommandError(EXIT.usage, `--processes must be a number from 1 to ${PROCESSES_MAX}\n${USAGE}`);
  }
  return { processes: Number(processes), port };
}

function parse(args: readonly string[]) {
  const options = { processes: { type: "string", default: "3" }, port: { type: "string" } } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new CommandError(EXIT.usage, `${(error as Error).message.split("\n")[0]}\n${USAGE}`);
  }
}

await finish(run(process.argv.slice(2), process.env));
