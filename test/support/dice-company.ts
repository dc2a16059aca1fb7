import type { Bot } from "./bots.ts";
import { expecting, isWorthRenewing, type Watched, type WatchedCompany } from "./companies.ts";
import { type BotTable, seatTable } from "./crash-run.ts";
import type { Oracle } from "./oracle.ts";
import type { ServerProcess } from "./server.ts";

/** Tables of liar's dice, all watched by the oracle. */
export class DiceCompany implements WatchedCompany {
  readonly #server: Pick<ServerProcess, "url">;
  readonly #oracle: Oracle;
  readonly #sizes: readonly number[];
  readonly #thinkMs: number;
  readonly #tables: BotTable[] = [];
  readonly #everybody: Bot[] = [];

  /** @param sizes how many bots sit at each table; @param thinkMs the most a bot waits before a move */
  constructor(server: Pick<ServerProcess, "url">, oracle: Oracle, sizes: readonly number[], thinkMs: number) {
    this.#server = server;
    this.#oracle = oracle;
    this.#sizes = sizes;
    this.#thinkMs = thinkMs;
  }

  async renew(): Promise<void> {
    const places = [...this.#sizes.keys()].filter((at) => !this.#tables[at] || isOver(this.#tables[at]));
    if (!isWorthRenewing(places.length, this.#sizes.length)) return;
    for (const at of places) this.#tables[at] = await this.#open(this.#sizes[at]!);
  }

  isReady(): boolean {
    const seated = this.#tables.flatMap(({ bots, spectator }) => [...bots, spectator]);
    return seated.every(({ witness }) => witness.comesBack || witness.left !== null);
  }

  struck(): void {
    // What was acknowledged in the moment of a death is known from the acknowledgements themselves.
  }

  expectReturn(): Watched {
    return expecting(this.#oracle.expectReturn(), (missing) => this.#oracle.missed(missing));
  }

  /** Resolves when the moves at hand have come to their ends. */
  async stop(): Promise<void> {
    await Promise.all(this.#everybody.map((bot) => bot.stop()));
  }

  abandon(): void {
    for (const bot of this.#everybody) bot.abandon();
  }

  async #open(size: number): Promise<BotTable> {
    const table = await seatTable(this.#server, this.#oracle, size);
    for (const bot of table.bots) bot.play({ seats: size, thinkMs: this.#thinkMs });
    this.#everybody.push(...table.bots, table.spectator);
    return table;
  }
}

function isOver({ bots, spectator }: BotTable): boolean {
  return [...bots, spectator].some(({ witness }) => witness.left !== null || witness.lastState?.phase === "over");
}
