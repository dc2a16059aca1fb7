import { ArenaCompany } from "./arena-company.ts";
import { ArenaOracle, type ArenaVerdict } from "./arena-oracle.ts";
import { readStored } from "./arena-stored.ts";
import type { Planned } from "./chaos-schedule.ts";
import { type Kind, type Random, type Strike, strikeWith } from "./cluster-faults.ts";
import type { Watched, WatchedCompany } from "./companies.ts";
import { DiceCompany } from "./dice-company.ts";
import type { FaultCluster, Member } from "./fault-cluster.ts";
import { type Idle, idleOf, leaked, misListed } from "./leaks.ts";
import { Oracle, type Verdict } from "./oracle.ts";
import { eventually, pause } from "./server.ts";
import { twoOwners } from "./sightings.ts";

const THINK_MS = 100;
/** How long clients may take to be back: the stock SDK's pauses between attempts grow to 5 s. */
const RETURN_MS = 30_000;
const END_MS = 20_000;
const RENEW_MS = 10_000;
/** Within this time somebody makes a move, while anybody plays. */
const CUE_MS = 2000;
/** How many of those moments are the end of a match. */
const ENDINGS = 0.25;
/** How long it takes from a wish to leave until the result is durable, in ms, and some more. */
const WRITING_MS = 15;

/** How long each client was away after one fault. */
export interface Return {
  readonly kinds: readonly Kind[];
  /** From the strike to the moment in which a client was back, in ms; of those that had lost their connection. */
  readonly ms: readonly number[];
}

/** What was found; every list of texts is empty when all promises were kept. */
export interface ChaosVerdict {
  readonly dice: Verdict;
  readonly arena: ArenaVerdict;
  /** Moments in which two owners of one session were visible. */
  readonly owners: readonly string[];
  /** What was left when everybody had gone. */
  readonly leaks: readonly string[];
  /** What did not end well. */
  readonly ends: readonly string[];
}

/** Bots of both games on a cluster that breaks, and the oracles that watch them. */
export class ClusterChaos {
  readonly returns: Return[] = [];
  readonly #cluster: FaultCluster;
  readonly #random: Random;
  readonly #dice = new Oracle();
  readonly #arena = new ArenaOracle();
  readonly #diceCompany: DiceCompany;
  readonly #arenaCompany: ArenaCompany;
  readonly #idle: Idle;
  readonly #missing: string[] = [];

  private constructor(cluster: FaultCluster, random: Random, idle: Idle, tables: Tables) {
    this.#cluster = cluster;
    this.#random = random;
    this.#idle = idle;
    this.#diceCompany = new DiceCompany(cluster, this.#dice, tables.dice, THINK_MS);
    this.#arenaCompany = new ArenaCompany(cluster, this.#arena, tables.arena);
  }

  /** @param cluster on which nobody plays yet */
  static async on(cluster: FaultCluster, random: Random, tables: Tables): Promise<ClusterChaos> {
    await cluster.isWhole();
    return new ClusterChaos(cluster, random, await idleOf(cluster), tables);
  }

  get #companies(): readonly WatchedCompany[] {
    return [this.#diceCompany, this.#arenaCompany];
  }

  /** Lets one fault happen under play. Resolves when everybody is back, or noted as missing. */
  async suffer(planned: Planned): Promise<void> {
    try {
      await this.#suffer(planned);
    } catch (error) {
      const before = this.returns.map(({ kinds }) => kinds.join(" and ")).join(", ");
      throw new Error(`the run broke off in ${planned.kinds.join(" and ")}, after ${before}`, { cause: error });
    }
  }

  async #suffer({ kinds, after, onAcknowledgement }: Planned): Promise<void> {
    for (const company of this.#companies) await renewed(company);
    await eventually("the stock SDK would bring everybody back", () => this.#companies.every((one) => one.isReady()));
    await pause(after);
    const expected = this.#companies.map((company) => company.expectReturn());
    let struckAt = performance.now();
    const victims = await this.#victims();
    const blows = kinds.map((kind, index) =>
      strikeWith(kind, {
        ...{ cluster: this.#cluster, member: victims[index]!, random: this.#random },
        cue: async () => {
          if (onAcknowledgement) await this.#cue();
        },
        onStrike: (strike) => {
          struckAt = performance.now();
          this.#struck(strike, kinds);
        },
      }),
    );
    await Promise.all(blows);
    await this.#settle(expected);
    this.returns.push({ kinds, ms: expected.flatMap((one) => one.backAt()).map((at) => at - struckAt) });
  }

  /** The moment of an acknowledgement, or that in which the result of a match is just being written. */
  async #cue(): Promise<void> {
    if (this.#random() < ENDINGS) return this.#arenaCompany.nextEnd(WRITING_MS);
    // Not for ever: all games may just have come to their ends.
    await Promise.race([this.#dice.nextAcknowledgement(), pause(CUE_MS)]);
  }

  /** Servers in the order in which they are hit. One that has just been up again has nothing to lose: most are spared. */
  async #victims(): Promise<Member[]> {
    const lots = await Promise.all(
      this.#cluster.members.map(async (member) => {
        const { size } = await this.#cluster.heldBy(member.server);
        return { member, lot: this.#random() * (size + 1) };
      }),
    );
    return lots.sort((a, b) => b.lot - a.lot).map(({ member }) => member);
  }

  /** What a death cost is known only when nothing else happened. */
  #struck({ drained, sessions }: Strike, kinds: readonly Kind[]): void {
    if (kinds.length === 1) this.#arenaCompany.struck(Date.now(), drained, sessions);
  }

  /** Everybody has a connection that answers, and the processes know of each other again. */
  async #settle(expected: readonly Watched[]): Promise<void> {
    let silent: string[] = [];
    const isSettled = async () => {
      silent = (await Promise.all(expected.map((one) => one.silent()))).flat();
      return silent.length === 0;
    };
    await eventually("everybody is back", isSettled, RETURN_MS).catch(() => {
      this.#missing.push(...silent.map((name) => `${name} has no connection that answers`));
    });
    await this.#cluster.isWhole();
  }

  /** Ends all games, stops everything, and judges. */
  async judge(): Promise<ChaosVerdict> {
    await this.#diceCompany.stop();
    await this.#dice.readApi(this.#cluster.url);
    await this.#arena.readApi();
    const wronglyListed = await misListed(this.#cluster);
    const notEnded = await this.#endAll();
    this.abandon();
    const leaks = [...wronglyListed, ...notEnded, ...(await leaked(this.#cluster, this.#idle))];
    const ends = await this.#cluster.stop();
    const dice = await this.#dice.judge(this.#cluster.data);
    const arena = this.#arena.judge(await readStored(this.#cluster.data));
    const owners = [...this.#dice.witnesses().values(), ...this.#arena.witnesses().values()].flatMap(twoOwners);
    return { dice: { ...dice, stranded: [...dice.stranded, ...this.#missing] }, arena, owners, leaks, ends };
  }

  abandon(): void {
    for (const company of [this.#diceCompany, this.#arenaCompany]) company.abandon();
  }

  async #endAll(): Promise<string[]> {
    const hosts = [
      ...[...this.#dice.witnesses().values()].map((there) => there.find(({ seat }) => seat === 0)!),
      ...[...this.#arena.witnesses().values()].map((there) => there.find(({ seat }) => seat === 0)!),
    ].map((host) => ({ ...tokenOf(host), sessionId: host.sessionId }));
    const left = await Promise.all(hosts.map((host) => this.#end(host)));
    return left.flat();
  }

  async #end({ sessionId, accessToken }: { sessionId: string; accessToken: string }): Promise<string[]> {
    let status = 0;
    const headers = { authorization: `Bearer ${accessToken}` };
    const isEnded = async () => {
      const url = `${this.#cluster.url}/v1/sessions/${sessionId}`;
      const answer = await fetch(url, { method: "DELETE", headers }).catch(() => undefined);
      status = answer?.status ?? 0;
      return status === 200 || status === 409;
    };
    return eventually("it ends", isEnded, END_MS).then(
      () => [],
      () => [`${sessionId} could not be ended: ${status}`],
    );
  }
}

/** How many sit at each table. */
export interface Tables {
  readonly dice: readonly number[];
  readonly arena: readonly number[];
}

/** As any client, bots ask again for a table while they are told to. */
async function renewed(company: WatchedCompany): Promise<void> {
  for (const until = performance.now() + RENEW_MS; ; await pause(200)) {
    try {
      return await company.renew();
    } catch (error) {
      if (performance.now() > until) throw error;
    }
  }
}

function tokenOf(host: { accessToken: string } | { player: { accessToken: string } }): { accessToken: string } {
  return "player" in host ? host.player : host;
}

/** All that was promised and not kept, by the kind of promise. */
export function violations({ dice, arena, owners, leaks, ends }: ChaosVerdict): Record<string, readonly string[]> {
  return {
    ...{ lost: dice.lost, twice: dice.twice, owners, stranded: [...dice.stranded, ...arena.stranded], leaks, ends },
    ...{ contradicted: [...dice.contradicted, ...arena.contradicted], broken: [...dice.broken, ...arena.broken] },
    ...{ seen: [...dice.leaks, ...arena.leaks], phantoms: arena.phantoms, tooOld: arena.tooOld },
  };
}
