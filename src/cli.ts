#!/usr/bin/env node
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { CommandError, EXIT, finish } from "./cli/command-error.ts";
import { loadConfig } from "./config.ts";

const USAGE = `usage: hypogeum <verb>

  verify <sessionId>   check the journal of a session, entry by entry
  backup <file>        copy the embedded database
  admin create <username>
                       make an administrator; the password comes from standard input, or is made and printed
  db                   the embedded database as a process of its own; db --help tells its options
  simulate matchmaking
                       arrivals through a queue's rules: waits and qualities; --help tells its options
  simulate combat      fights of autopilots, and who wins them; simulate --help tells its options

The environment says where the data is, as for the server: DATA_DIR, MONGODB_URI.
The embedded database has one owner at a time: stop the server first.`;

/** Returns what to print. Verbs are loaded when they are used, so that a usage error needs no database code. */
async function run(args: readonly string[]): Promise<string> {
  if (args[0] === "db") return (await import("./cli/db.ts")).serveDatabase(args.slice(1), process.env);
  if (args[0] === "simulate" && args[1] === "matchmaking") {
    return (await import("./cli/simulate-matchmaking.ts")).simulateMatchmaking(args.slice(2));
  }
  if (args[0] === "simulate") return (await import("./cli/simulate.ts")).simulate(args.slice(1));
  const { values, positionals } = parse(args);
  if (values.help) return USAGE;
  const [verb, operand, ...rest] = positionals;
  if (verb === "admin" && operand === "create" && rest.length === 1) return createAdmin(rest[0]!);
  if (operand === undefined || rest.length > 0) throw new CommandError(EXIT.usage, USAGE);
  const config = loadConfig(process.env);
  if (verb === "verify") return (await import("./cli/verify.ts")).verify(config, operand);
  if (verb === "backup") return (await import("./cli/backup.ts")).backup(config, operand);
  throw new CommandError(EXIT.usage, USAGE);
}

async function createAdmin(username: string): Promise<string> {
  const config = loadConfig(process.env);
  // Never an argument: every user of the machine can read those.
  const password = process.stdin.isTTY ? "" : (await text(process.stdin)).replace(/\r?\n$/, "");
  return (await import("./cli/admin.ts")).createAdminAccount(config, username, password);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: { help: { type: "boolean", short: "h" } }, allowPositionals: true });
  } catch (error) {
    throw new CommandError(EXIT.usage, `${(error as Error).message.split("\n")[0]}\n${USAGE}`);
  }
}

async function tell(args: readonly string[]): Promise<void> {
  const said = await run(args);
  if (said !== "") process.stdout.write(`${said}\n`);
}

await finish(tell(process.argv.slice(2)));
