import { Balancer } from "../../test/support/balancer.ts";
import type { Bot } from "../../test/support/bots.ts";
import { type BotTable, seatTable } from "../../test/support/crash-run.ts";
import { Oracle } from "../../test/support/oracle.ts";
import { eventually, type ServerProcess } from "../../test/support/server.ts";
import { BenchCluster } from "./bench-cluster.ts";

/** The most a bot waits before a move: people at a table are slower, and so are not all busy at once. */
const THINK_MS = 1500;
const RETURN_MS = 30_000;

/** When one client lost its connection, and when it had it again; monotonic, in ms. */
export interface Return {
  readonly client: Bot["room"];
  readonly droppedAt: number;
  readonly backAt: number;
}

/** Bots on the stock SDK at dice tables of a cluster, whom a plain balancer brings in. */
export class ClusterCrowd {
  readonly cluster: BenchCluster;
  readonly balancer: Balancer;
  readonly #oracle = new Oracle();
  readonly #tables: BotTable[] = [];
  #returns: Return[] = [];
  #gone = 0;

  private constructor(cluster: BenchCluster, balancer: Balancer) {
    this.cluster = cluster;
    this.balancer = balancer;
  }

  /** @param settings of every server */
  static async gather(processes: number, settings: NodeJS.ProcessEnv = {}): Promise<ClusterCrowd> {
    const cluster = await BenchCluster.start(processes, undefined, settings);
    return new ClusterCrowd(cluster, await Balancer.start(cluster.servers.map(({ port }) => port)));
  }

  get everybody(): readonly Bot[] {
    return this.#tables.flatMap(({ bots, spectator }) => [...bots, spectator]);
  }

  /** Clients that have no connection, for good or still. */
  get lost(): number {
    return this.#gone + this.everybody.filter(({ witness }) => !witness.connected).length;
  }

  /** Seats a table whose room this server makes; whoever comes back later may come through any. */
  async open(server: ServerProcess, seats: number): Promise<void> {
    this.balancer.prefer(server.port);
    const table = await seatTable({ url: this.balancer.url }, this.#oracle, seats);
    this.balancer.prefer(undefined);
    this.#tables.push(table);
    for (const bot of [...table.bots, table.spectator]) this.#watch(bot);
    for (const bot of table.bots) bot.play({ seats, thinkMs: THINK_MS });
  }

  /** Whoever is connected now or was a moment ago would be brought back by the stock SDK. */
  async settled(): Promise<void> {
    const isSettled = ({ witness }: Bot) => witness.left !== null || witness.comesBack;
    await eventually("everybody is settled", () => this.everybody.every(isSettled), RETURN_MS);
  }

  /** Resolves when everybody is connected who has not left for good. */
  async allBack(): Promise<void> {
    const isBack = ({ witness }: Bot) => witness.left !== null || witness.connected;
    await eventually("everybody is back", () => this.everybody.every(isBack), RETURN_MS).catch(() => undefined);
  }

  /** Waits until each of these has come back or left for good, and tells the first return of each. */
  async returned(bots: readonly Bot[]): Promise<readonly Return[]> {
    const first = ({ room }: Bot) => this.#returns.find(({ client }) => client === room);
    const isSettled = (bot: Bot) => bot.witness.left !== null || first(bot) !== undefined;
    await eventually("everybody is back", () => bots.every(isSettled), RETURN_MS).catch(() => undefined);
    return bots.flatMap((bot) => first(bot) ?? []);
  }

  /** The returns since this was last asked. */
  takeReturns(): readonly Return[] {
    return this.#returns.splice(0);
  }

  /** Everybody goes, so that the next come to tables of their own. */
  async dismiss(): Promise<void> {
    const leaving = this.everybody;
    this.#gone += this.lost;
    this.#tables.length = 0;
    await Promise.all(leaving.map((bot) => bot.stop()));
    for (const bot of leaving) bot.abandon();
  }

  async leave(): Promise<void> {
    for (const bot of this.everybody) bot.abandon();
    await this.cluster.stop();
    await this.balancer.close();
  }

  #watch({ room }: Bot): void {
    let droppedAt: number | undefined;
    // Told once for every attempt that fails.
    room.onDrop(() => {
      droppedAt ??= performance.now();
    });
    room.onReconnect(() => {
      if (droppedAt !== undefined) this.#returns.push({ client: room, droppedAt, backAt: performance.now() });
      droppedAt = undefined;
    });
  }
}
