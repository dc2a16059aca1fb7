import type { Client } from "@colyseus/sdk";
import { Bot, newPlayer } from "./bots.ts";
import { Oracle, type Verdict } from "./oracle.ts";
import { eventually, pause, type ServerProcess } from "./server.ts";

/** How long clients may take to be back after a restart: the stock SDK's pauses between attempts grow to 5 s. */
const RETURN_MS = 30_000;

/** How long it may take until all tables are old enough and none is over. */
const AGED_MS = 60_000;

/** A table of bots and one spectator, all watched by the oracle. */
export interface BotTable {
  readonly bots: readonly Bot[];
  readonly spectator: Bot;
}

export async function seatTable(server: Pick<ServerProcess, "url">, oracle: Oracle, seats: number): Promise<BotTable> {
  const watched = async (joining: Promise<Bot>) => {
    const bot = await joining;
    oracle.add(bot.witness);
    return bot;
  };
  const player = () => newPlayer(server.url);
  const create = (client: Client) => client.joinOrCreate("dice", { private: true });
  const first = await watched(Bot.join(await player(), create));
  const { roomId } = first.room;
  // Somebody comes and goes, so that the objects of the client's state are not numbered in the order of their seats.
  await (await (await player()).client.joinById(roomId)).leave();
  const others: Bot[] = [];
  while (others.length < seats - 1) {
    others.push(await watched(Bot.join(await player(), (client) => client.joinById(roomId))));
  }
  const spectator = await watched(Bot.spectate(await player(), roomId));
  return { bots: [first, ...others], spectator };
}

/** One death of the server. */
export interface Crash {
  readonly signal: NodeJS.Signals;
  /** Milliseconds of play before it. */
  readonly after: number;
  /** Then waits for the next acknowledgement, and strikes at once. */
  readonly onAcknowledgement?: boolean;
  /** Ends the next process this many ms after its start, before anybody can be back; undefined lets it come up. */
  readonly again?: number | undefined;
  /** Follows a SIGTERM by a SIGKILL this many ms later, while the drain may still be going on. */
  readonly finish?: number | undefined;
}

export interface CrashPlan {
  /** How many bots sit at each table. */
  readonly tables: readonly number[];
  /** The most a bot waits before a move. */
  readonly thinkMs: number;
  readonly crashes: readonly Crash[];
  readonly onCrash?: (index: number) => void;
}

export interface CrashRun {
  readonly verdict: Verdict;
  /** How often a client came back by itself. */
  readonly resumed: number;
}

/**
 * Lets bots play while the server is killed and started again, and judges what came of it. Tables whose game is over
 * are replaced.
 */
export async function runCrashes(server: ServerProcess, options: CrashPlan): Promise<CrashRun> {
  const { thinkMs } = options;
  const oracle = new Oracle();
  const everybody: Bot[] = [];
  const open = async (seats: number) => {
    const table = await seatTable(server, oracle, seats);
    for (const bot of table.bots) bot.play({ seats, thinkMs });
    everybody.push(...table.bots, table.spectator);
    return table;
  };
  try {
    const resumed = await playThrough(server, oracle, { ...options, open });
    await Promise.all(everybody.map((bot) => bot.stop()));
    await oracle.readApi(server.url);
    await server.stop("SIGKILL");
    return { verdict: await oracle.judge(server.dir), resumed };
  } finally {
    for (const bot of everybody) bot.abandon();
  }
}

async function playThrough(
  server: ServerProcess,
  oracle: Oracle,
  plan: CrashPlan & { readonly open: (seats: number) => Promise<BotTable> },
): Promise<number> {
  const tables: BotTable[] = [];
  for (const seats of plan.tables) tables.push(await plan.open(seats));
  // Of a table that is over nobody comes back; the slower the machine, the more games end meanwhile.
  const replaced = async () => {
    for (const [at, table] of tables.entries()) if (isOver(table)) tables[at] = await plan.open(table.bots.length);
    return tables.every(isOldEnough);
  };
  let resumed = 0;
  for (const [index, crash] of plan.crashes.entries()) {
    do {
      await eventually("the stock SDK would bring everybody back", replaced, AGED_MS);
      await pause(crash.after);
    } while (tables.some(isOver));
    if (crash.onAcknowledgement) await oracle.nextAcknowledgement();
    resumed += await crashOnce(server, oracle, crash);
    plan.onCrash?.(index);
  }
  return resumed;
}

function isOldEnough({ bots, spectator }: BotTable): boolean {
  return [...bots, spectator].every(({ witness }) => witness.comesBack || witness.left !== null);
}

async function crashOnce(server: ServerProcess, oracle: Oracle, crash: Crash): Promise<number> {
  const expected = oracle.expectReturn();
  const before = expected.map((witness) => witness.reconnects);
  const back = () => expected.map((witness, index) => witness.reconnects > before[index]! && witness.connected);
  await strike(server, crash);
  const { again } = crash;
  if (again !== undefined) await dieEarly(server, again);
  await server.start();
  const settled = () => back().every((is, index) => is || expected[index]!.left !== null);
  await eventually("everybody is back", settled, RETURN_MS).catch(() => oracle.missed(expected));
  return back().filter(Boolean).length;
}

async function strike(server: ServerProcess, { signal, finish }: Crash): Promise<void> {
  const { exited } = server;
  server.signal(signal);
  if (finish !== undefined) {
    await pause(finish);
    server.signal("SIGKILL");
  }
  const exit = await exited;
  const drained = signal !== "SIGTERM" || finish !== undefined || exit.code === 0;
  if (!drained) throw new Error(`the drain ended with ${JSON.stringify(exit)}`);
}

async function dieEarly(server: ServerProcess, afterMs: number): Promise<void> {
  server.spawn();
  await pause(afterMs);
  await server.stop("SIGKILL");
}

function isOver({ bots, spectator }: BotTable): boolean {
  return [...bots, spectator].some(({ witness }) => witness.left !== null || witness.lastState?.phase === "over");
}
