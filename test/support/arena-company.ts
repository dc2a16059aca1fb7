import { type ArenaTable, seatArena } from "./arena-bots.ts";
import type { ArenaOracle } from "./arena-oracle.ts";
import { expecting, isWorthRenewing, type Watched, type WatchedCompany } from "./companies.ts";
import { eventually, type ServerProcess } from "./server.ts";

/** A score this close to the limit is worth waiting for the end. */
const NEARLY = 11;
/** A kill takes bots a few seconds. */
const WON_MS = 15_000;
const END_MS = 5000;

/** Matches of bots that are played to their ends and replaced, all watched by the oracle. */
export class ArenaCompany implements WatchedCompany {
  readonly #server: Pick<ServerProcess, "url">;
  readonly #oracle: ArenaOracle;
  readonly #sizes: readonly number[];
  #tables: ArenaTable[] = [];
  /** Whose clients were seen to the end: they stay, to see what becomes of an ended session. */
  readonly #former: ArenaTable[] = [];

  /** @param sizes how many players each match has */
  constructor(server: Pick<ServerProcess, "url">, oracle: ArenaOracle, sizes: readonly number[]) {
    this.#server = server;
    this.#oracle = oracle;
    this.#sizes = sizes;
  }

  async renew(): Promise<void> {
    const running = this.#tables.filter((table) => !isOver(table));
    if (!isWorthRenewing(this.#sizes.length - running.length, this.#sizes.length)) return;
    this.#former.push(...this.#tables.filter(isOver));
    for (const { bots } of this.#former) for (const bot of bots) bot.stop();
    const missing = [...this.#sizes];
    for (const { bots } of running) missing.splice(missing.indexOf(bots.length), 1);
    this.#tables = running;
    for (const size of missing) this.#tables.push(await this.#open(size));
  }

  isReady(): boolean {
    return this.#tables.every(({ everybody }) =>
      everybody.every(({ witness }) => witness.comesBack || isGone(witness)),
    );
  }

  struck(at: number, drained: boolean, affected?: ReadonlySet<string>): void {
    this.#oracle.struck(at, drained, affected);
  }

  expectReturn(): Watched {
    return expecting(this.#oracle.expectReturn(), (missing) => this.#oracle.missed(missing));
  }

  /**
   * Resolves when the end of a match is told: of one that is nearly won, else of a match of two, by a forfeit. Or a
   * little earlier, while the result may just be decided or written, if that takes longer than `patienceMs`.
   */
  async nextEnd(patienceMs = END_MS): Promise<void> {
    const running = this.#tables.filter((table) => !isOver(table));
    const nearlyWon = running.find((table) => topScore(table) >= NEARLY);
    if (nearlyWon) return atMost(WON_MS, endOf(nearlyWon));
    const duel = running.find(({ bots }) => bots.length === 2);
    if (!duel) return;
    const end = endOf(duel);
    duel.bots[1]!.leave();
    await atMost(patienceMs, end);
  }

  abandon(): void {
    for (const { everybody } of [...this.#tables, ...this.#former]) for (const client of everybody) client.abandon();
  }

  async #open(size: number): Promise<ArenaTable> {
    const table = await seatArena(this.#server.url, size);
    for (const { witness } of table.everybody) this.#oracle.add(witness);
    await eventually("the match has begun", () => table.bots.every(({ witness }) => witness.lastPatch?.tick));
    return table;
  }
}

/** Waits, but not longer than so many ms; resolves in the very moment. */
async function atMost(ms: number, done: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([done, late]);
  clearTimeout(timer);
}

function endOf({ everybody }: ArenaTable): Promise<void> {
  return new Promise((done) => {
    for (const { witness } of everybody) witness.onEnd = done;
  });
}

function topScore({ bots }: ArenaTable): number {
  return Math.max(...bots.flatMap(({ witness }) => witness.lastPatch?.scores.map(([, score]) => score) ?? []));
}

function isOver({ everybody }: ArenaTable): boolean {
  return everybody.some(({ witness }) => isGone(witness) || witness.lastPatch?.phase === "over");
}

function isGone({ left, isDismissed }: { left: number | null; isDismissed: boolean }): boolean {
  return left !== null || isDismissed;
}
