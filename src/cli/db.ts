import { isIP } from "node:net";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { loadConfig } from "../config.ts";
import { type EmbeddedOptions, startEmbedded } from "../embedded/embedded.ts";
import { createLogger } from "../log.ts";
import { CommandError, EXIT } from "./command-error.ts";

const USAGE = `usage: hypogeum db [--port N | --socket path] [--data dir] [--bind address]

  --port N        TCP on the loopback, 27017 by default; 0 takes a free port
  --socket path   a unix socket instead, for this user's processes only
  --data dir      where the data is: DATA_DIR by default
  --bind address  listen on this address of the machine, without authentication`;

const LOOPBACK = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/;

interface DatabaseWish {
  readonly dir: string;
  readonly listen: NonNullable<EmbeddedOptions["listen"]>;
}

/**
 * `hypogeum db`: the embedded database as a process of its own, for servers that find it by MONGODB_URI. Prints one
 * JSON line with the `uri` when it is ready, and serves until SIGTERM or SIGINT.
 *
 * @param args what stands after the verb
 * @returns what to print at the end
 * @throws CommandError for arguments it does not understand, a data directory or an address that is in use
 */
export async function serveDatabase(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const wish = readWish(args, env);
  if (wish === "help") return USAGE;
  // The socket is made with this mode: nobody can come in before it is protected.
  process.umask(0o077);
  const log = createLogger({ level: "info", pretty: false });
  const ended = Promise.withResolvers<void>();
  const database = await startEmbedded({
    ...{ ...wish, onDeath: ended.reject },
    log: (level, message, fields) => log[level](fields, message),
  }).catch(refuse);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => ended.resolve());
  warnOfStrangers(wish);
  log.info({ pid: process.pid, uri: database.uri, data: wish.dir }, "listening");
  await ended.promise;
  await database.close();
  return "";
}

function readWish(args: readonly string[], env: NodeJS.ProcessEnv): DatabaseWish | "help" {
  const { port, socket, data, bind, help } = parse(args);
  if (help) return "help";
  if (socket !== undefined && (port ?? bind) !== undefined) throw usage("--socket goes without --port and --bind");
  const dir = data ?? loadConfig(env).dataDir;
  const listen = socket === undefined ? { host: hostOf(bind), port: portOf(port) } : { socketFile: resolve(socket) };
  return { dir: dir === ":memory:" ? dir : resolve(dir), listen };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const options = { port: text, socket: text, data: text, bind: text, help: { type: "boolean", short: "h" } } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw usage((error as Error).message.split("\n")[0]!);
  }
}

function portOf(port = "27017"): number {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw usage("--port must be a number from 0 to 65535; an address other than the loopback is given by --bind");
  }
  return Number(port);
}

function hostOf(bind = "127.0.0.1"): string {
  if (isIP(bind) === 0) throw usage("--bind must be an IP address of this machine");
  return bind;
}

/** On a line of its own: the address was asked for, its consequence perhaps not. */
function warnOfStrangers({ listen }: DatabaseWish): void {
  if (!("host" in listen) || LOOPBACK.test(listen.host)) return;
  const warning = `the database listens on ${listen.host} without authentication: whoever reaches it has all data`;
  process.stderr.write(`hypogeum: ${warning}\n`);
}

function refuse(error: Error): never {
  if (error.name === "DataDirectoryInUse") throw new CommandError(EXIT.dataDirectoryInUse, error.message);
  throw new CommandError(EXIT.broken, `the database cannot start: ${error.message}`);
}

function usage(reason: string): CommandError {
  return new CommandError(EXIT.usage, `${reason}\n${USAGE}`);
}
