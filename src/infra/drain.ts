import type { Clock } from "../lib/clock.ts";
import { inParallel } from "../lib/in-parallel.ts";
import type { Logger } from "../log.ts";
import type { HeldSession } from "../sessions/held-session.ts";
import type { Owners } from "../sessions/owners.ts";
import type { SessionOwnersStore } from "../sessions/session-owners.store.ts";
import type { Sessions } from "../sessions/sessions.ts";
import { callPeer } from "./gateway-calls.ts";
import type { Peers } from "./gateway-peers.ts";
import type { Peer, ProcessWatch } from "./processes-watch.ts";

/** The name of the call by which a process is asked to take a session over. */
export const ADOPT = "adopt";

/** The stock SDK gives up on a connection that ends in its first five seconds. */
export const YOUNG_MS = 6000;
/** Rooms moved side by side: their clients come back a few at a time, and the next owner has air for others. */
const PARALLEL = 4;
/** Sessions without a room, which nobody waits for, released side by side. */
const RELEASE_TOGETHER = 16;
/** How long the next owner may take to restore a session before another one is asked. */
const ADOPT_MS = 3000;
/** Processes asked before a session is left to whoever wants it. */
const TARGETS_MAX = 3;
const LOOK_AGAIN_MS = 100;

/** `orphaned`: nobody took it, so it comes up where its clients knock. */
export type MoveOutcome = "moved" | "orphaned";

export interface DrainParts {
  readonly sessions: Sessions;
  readonly owners: Owners;
  readonly store: SessionOwnersStore;
  readonly watch: ProcessWatch;
  readonly peers: Peers;
  readonly region: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told of each room that left, and for how many seconds nobody could act in it. */
  readonly onMoved: (outcome: MoveOutcome, seconds: number) => void;
}

/** Gives what a process holds to others: all of it before it stops, so that players hardly notice. */
export class Drain {
  readonly #parts: DrainParts;
  /** Sessions that went to a process since its load was last told. */
  readonly #given = new Map<string, number>();
  readonly #freezes: number[] = [];
  #orphaned = 0;

  constructor(parts: DrainParts) {
    this.#parts = parts;
  }

  /** A process that may take more, undefined when there is none: of the region before others, the least loaded first. */
  target(region = this.#parts.region, except: ReadonlySet<string> = new Set()): Peer | undefined {
    const { watch, owners } = this.#parts;
    const open = watch.living().filter(({ name, row }) => {
      return name !== owners.self && !row.draining && row.addresses.internal !== null && !except.has(name);
    });
    const isFar = ({ row }: Peer) => Number(row.region !== region);
    const loadOf = ({ name, row }: Peer) => row.load.rooms + (this.#given.get(name) ?? 0);
    return open.sort((a, b) => isFar(a) - isFar(b) || loadOf(a) - loadOf(b))[0];
  }

  /**
   * Gives everything away. Rooms that somebody has just entered go last: the stock SDK gives up on a connection that ends
   * in its first seconds.
   *
   * @param isYoung whether a room is better left alone for a moment
   * @param until on the monotonic clock: from then on rooms go however young they are
   */
  async run(isYoung: (sessionId: string) => boolean, until: number): Promise<void> {
    const { sessions, clock, log } = this.#parts;
    for (;;) {
      const held = [...sessions.all()].filter(({ live }) => !live.isClosed);
      if (held.length === 0) return log.info(this.#tally(), "nothing is left to hand over");
      const isLate = clock.monotonic() >= until;
      const ready = held.filter(({ live }) => isLate || !isYoung(live.id));
      await inParallel(PARALLEL, ready.filter(isShown), (one) => this.#move(one));
      const rest = ready.filter((one) => !isShown(one));
      await inParallel(RELEASE_TOGETHER, rest, (one) => sessions.release(one));
      if (ready.length === 0) await new Promise((done) => setTimeout(done, LOOK_AGAIN_MS));
    }
  }

  /** A session that was made here goes to the region where it is wanted, if somebody is there to have it. */
  async place(held: HeldSession): Promise<void> {
    const { region } = held.document;
    if (region === this.#parts.region) return;
    const target = this.#targetIn(region) ?? (await this.#newcomerIn(region));
    if (!target) return;
    // Nobody is in it yet: it comes up there with its first player.
    await this.#parts.sessions.handOver(held, target.name, async () => undefined);
  }

  #targetIn(region: string): Peer | undefined {
    const target = this.target(region);
    return target?.row.region === region ? target : undefined;
  }

  /** One that has begun to listen since the registry was read last. */
  async #newcomerIn(region: string): Promise<Peer | undefined> {
    await this.#parts.watch.refresh().catch(() => undefined);
    return this.#targetIn(region);
  }

  async #move(held: HeldSession): Promise<void> {
    const { sessions, clock, onMoved } = this.#parts;
    const { ledger } = held.live;
    const first = this.target(held.document.region);
    const since = clock.monotonic();
    // Nobody looks at a result for long: it is read wherever it is asked for.
    if (!first || ledger.core.status === "ended") await sessions.release(held);
    else {
      await sessions.handOver(held, first.name, async () => {
        const outcome = await this.#giveTo(first, held);
        const ms = clock.monotonic() - since;
        if (outcome === "moved") this.#freezes.push(Math.round(ms));
        else this.#orphaned += 1;
        onMoved(outcome, ms / 1000);
      });
    }
  }

  /** Milliseconds, for those that moved. */
  #tally() {
    const sorted = this.#freezes.sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
    const freezeMs = { p50: at(0.5), p99: at(0.99), max: at(1) };
    return { moved: sorted.length, orphaned: this.#orphaned, freezeMs };
  }

  /** The document names `target` already, so it goes there as well if the answer is lost. */
  async #giveTo(target: Peer, { live, document }: HeldSession): Promise<MoveOutcome> {
    const { store, log } = this.#parts;
    const { id: sessionId, ledger } = live;
    const asked = new Set<string>();
    for (let peer: Peer | undefined = target; peer && asked.size < TARGETS_MAX; ) {
      asked.add(peer.name);
      if (await this.#adopts(peer, sessionId)) return "moved";
      const next: Peer | undefined = asked.size < TARGETS_MAX ? this.target(document.region, asked) : undefined;
      log.warn({ sessionId, from: peer.name, to: next?.name }, "not taken over");
      if (!(await store.pass(sessionId, peer.name, next?.name ?? null, ledger.epoch))) return "moved";
      peer = next;
    }
    return "orphaned";
  }

  async #adopts(peer: Peer, sessionId: string): Promise<boolean> {
    this.#given.set(peer.name, (this.#given.get(peer.name) ?? 0) + 1);
    const call = { name: ADOPT, body: {}, address: "" };
    const answer = await callPeer(this.#parts.peers, { peer, about: sessionId, call, ms: ADOPT_MS });
    return answer !== undefined && "value" in answer;
  }
}

/** Whether somebody may look at it in a room. */
function isShown({ live }: HeldSession): boolean {
  return live.presenter !== null;
}
