import type { Crash } from "./crash-run.ts";
import { eventually, pause, type ServerProcess } from "./server.ts";

/** How long clients may take to be back after a restart: the stock SDK's pauses between attempts grow to 5 s. */
const RETURN_MS = 30_000;

/** The clients of one game in a fault run. Several games may share the server. */
export interface Company {
  /** Opens tables in the place of those whose game is over, once these are worth the wait for their clients to age. */
  renew(): Promise<void>;
  /** True when the stock SDK would bring back everybody who is there. */
  isReady(): boolean;
  /** Called in the very moment of the (first) signal. @param at in ms since the epoch; @param affected sessions; all */
  struck(at: number, drained: boolean, affected?: ReadonlySet<string>): void;
  /** Who must come back by themselves if the server dies now. */
  expectReturn(): Expected;
}

/** What a company's witnesses know of themselves. */
interface Returning {
  readonly reconnects: number;
  /** When it was back each time, monotonic, in ms. */
  readonly reconnectedAt: readonly number[];
  readonly connected: boolean;
  /** How a fault names it. */
  readonly name: string;
  /** Asks the room for a sign of life. */
  probe(): Promise<boolean>;
  /** The code of the close that ended it for good. */
  readonly left: number | null;
}

/** Clients that a restart must bring back. */
export interface Expected {
  /** How many are back by now. */
  back(): number;
  /** True when nobody is missing who was not told that there is nothing to come back to. */
  isComplete(): boolean;
  /** Notes who is missing. */
  missed(): void;
}

/** Clients whose connections can be asked about. */
export interface Watched extends Expected {
  /** When those who had to come back first did, monotonic, in ms. */
  backAt(): number[];
  /** Who has no connection that answers, and was not told that there is nothing to come back to. */
  silent(): Promise<string[]>;
}

/** One whose clients need not all lose their connection in a fault. */
export interface WatchedCompany extends Company {
  expectReturn(): Watched;
}

/** The stock SDK brings back no client that has just joined: so it is cheaper to open several tables at a time. */
export function isWorthRenewing(over: number, all: number): boolean {
  return over * 3 >= all;
}

/** Must be asked for before the server dies. */
export function expecting<Witness extends Returning>(
  witnesses: readonly Witness[],
  missed: (witnesses: readonly Witness[]) => void,
): Watched {
  const before = witnesses.map(({ reconnects }) => reconnects);
  const isBack = (index: number) => witnesses[index]!.reconnects > before[index]! && witnesses[index]!.connected;
  return {
    back: () => witnesses.filter((_, index) => isBack(index)).length,
    isComplete: () => witnesses.every(({ left }, index) => isBack(index) || left !== null),
    backAt: () =>
      witnesses.flatMap(({ reconnectedAt }, index) => reconnectedAt.slice(before[index]!, before[index]! + 1)),
    async silent() {
      const there = witnesses.filter(({ left }) => left === null);
      const signs = await Promise.all(there.map(async (one) => one.connected && (await one.probe())));
      return there.filter(({ left }, index) => !signs[index] && left === null).map(({ name }) => name);
    },
    missed: () => missed(witnesses),
  };
}

/** A death of the server, and the moment to wait for before it. */
export interface CuedCrash extends Omit<Crash, "onAcknowledgement"> {
  readonly cue?: (() => Promise<void>) | undefined;
}

/** Lets companies play on one server that is killed and started again. How often a client came back by itself. */
export async function runCompanies(
  server: ServerProcess,
  companies: readonly Company[],
  crashes: readonly CuedCrash[],
  onCrash: (index: number) => void = () => undefined,
): Promise<number> {
  let resumed = 0;
  for (const [index, crash] of crashes.entries()) {
    for (const company of companies) await company.renew();
    await eventually("the stock SDK would bring everybody back", () => companies.every((one) => one.isReady()));
    await pause(crash.after);
    await crash.cue?.();
    resumed += await crashOnce(server, companies, crash);
    onCrash(index);
  }
  return resumed;
}

async function crashOnce(server: ServerProcess, companies: readonly Company[], crash: CuedCrash): Promise<number> {
  const expected = companies.map((company) => company.expectReturn());
  await strike(server, companies, crash);
  if (crash.again !== undefined) await dieEarly(server, crash.again);
  await server.start();
  const settled = () => expected.every((one) => one.isComplete());
  await eventually("everybody is back", settled, RETURN_MS).catch(() => expected.forEach((one) => void one.missed()));
  return expected.reduce((sum, one) => sum + one.back(), 0);
}

/** Sends the signal, and resolves when the process has ended. */
export async function strike(
  server: ServerProcess,
  companies: readonly Company[],
  { signal, finish }: Pick<CuedCrash, "signal" | "finish">,
): Promise<void> {
  const { exited } = server;
  const drains = signal === "SIGTERM" && finish === undefined;
  const at = Date.now();
  server.signal(signal);
  for (const company of companies) company.struck(at, drains);
  if (finish !== undefined) {
    await pause(finish);
    server.signal("SIGKILL");
  }
  const exit = await exited;
  if (drains && exit.code !== 0) throw new Error(`the drain ended with ${JSON.stringify(exit)}`);
}

async function dieEarly(server: ServerProcess, afterMs: number): Promise<void> {
  server.spawn();
  await pause(afterMs);
  await server.stop("SIGKILL");
}
