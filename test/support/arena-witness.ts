import type { Room } from "@colyseus/sdk";
import type { ArenaState } from "../../schema/arena.ts";
import { type ShownMatch, shownToClient } from "./arena-shown.ts";
import type { Player } from "./bots.ts";
import { Sightings } from "./sightings.ts";
import { answersPing } from "./witness.ts";

export type ArenaRoom = Room<unknown, ArenaState>;

/** Through whose eyes a client sees: its own seat's or its player's, or nobody's in particular. */
export type Eyes = { readonly seat: number } | "spectator";

/** One moment of the match as a client was shown it. */
export interface Patch extends ShownMatch {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Monotonic, in ms. */
  readonly monotonic: number;
}

/** An event as a client received it. */
export interface ArenaEvent {
  readonly epoch: number;
  readonly seq: number;
  readonly type: string;
  /** Absent when nobody's seat did it. */
  readonly seat?: number;
  readonly data: Record<string, unknown>;
}

/** From the moment a connection stands until it breaks. */
export interface Life {
  readonly patches: Patch[];
  readonly events: ArenaEvent[];
  /** Which owner's word this was; null until it is known. */
  epoch: number | null;
  resumed: { readonly epoch: number; readonly seq: number } | null;
  /** Wall clock of the first patch that showed the match's clock move. */
  playedSince: number | null;
}

/** The stock SDK gives up on rooms that were joined less than this many ms ago. */
const MIN_UPTIME_MS = 5000;

/** Everything one client of an arena was told and shown, life by life, and what became of its connection. */
export class ArenaWitness {
  readonly sessionId: string;
  readonly player: Player;
  /** The seat it plays on; null for those who watch. */
  seat: number | null = null;
  eyes: Eyes;
  readonly lives: Life[] = [newLife(1)];
  readonly sightings = new Sightings();
  /** When it was back each time, monotonic, in ms. */
  readonly reconnectedAt: number[] = [];
  /** The code of the close that ended the connection for good; null while it lasts. */
  left: number | null = null;
  /** The client itself wanted to go, or was taken off: nobody needs to bring it back. */
  isDismissed = false;
  /** Called in the very moment the end of the session is told. */
  onEnd: () => void = () => undefined;
  readonly #joinedAt = performance.now();
  readonly #connectionId: string;
  readonly #room: ArenaRoom;

  constructor(room: ArenaRoom, player: Player, eyes: Eyes) {
    this.sessionId = room.roomId;
    this.player = player;
    this.eyes = eyes;
    this.#room = room;
    this.#connectionId = room.sessionId;
    room.onStateChange((state) => this.#sawState(state));
    room.onMessage("event", (event: ArenaEvent) => this.#sawEvent(event));
    room.onMessage("notice", () => undefined);
    room.onMessage("resumed", (at: { epoch: number; seq: number }) => {
      Object.assign(this.life, { epoch: at.epoch, resumed: at });
      this.sightings.saw(at.epoch);
    });
    room.onReconnect(() => {
      this.reconnectedAt.push(performance.now());
      this.lives.push(newLife(null));
    });
    room.onLeave((code) => {
      this.left = code;
    });
    if (room.state?.players) this.#sawState(room.state);
  }

  /** For a player, who learns its seat when it sits there already. */
  sitsAt(seat: number): void {
    this.seat = seat;
    this.eyes = { seat };
  }

  get reconnects(): number {
    return this.reconnectedAt.length;
  }

  /** Asks the room itself for a sign of life. */
  probe(): Promise<boolean> {
    return answersPing(this.#room);
  }

  get life(): Life {
    return this.lives.at(-1)!;
  }

  get lastPatch(): Patch | undefined {
    return this.lives.findLast(({ patches }) => patches.length > 0)?.patches.at(-1);
  }

  get connected(): boolean {
    return this.left === null && !this.#room.reconnection.isReconnecting && this.#room.connection.isOpen;
  }

  /** Whether the stock SDK promises to bring this client back by itself. */
  get comesBack(): boolean {
    return this.left === null && !this.isDismissed && performance.now() - this.#joinedAt >= MIN_UPTIME_MS;
  }

  /** Whether the client is still the one that joined: same room, same connection id. */
  get sameIdentity(): boolean {
    return this.#room.roomId === this.sessionId && this.#room.sessionId === this.#connectionId;
  }

  /** How a fault names this client. */
  get name(): string {
    const who = this.seat === null ? "" : "seat ";
    const eyes = this.eyes === "spectator" ? "spectator" : `${this.seat === null ? "coach of " : ""}${this.eyes.seat}`;
    return `${this.sessionId.slice(-6)}/${who}${eyes}`;
  }

  #sawState(state: ArenaState): void {
    const { life } = this;
    const patch = { ...shownToClient(state), at: Date.now(), monotonic: performance.now() };
    const before = life.patches.at(-1);
    if (before && before.tick < patch.tick) life.playedSince ??= patch.at;
    life.patches.push(patch);
    this.sightings.saw(life.epoch, patch.monotonic);
  }

  #sawEvent(event: ArenaEvent): void {
    this.life.events.push(event);
    this.life.epoch ??= event.epoch;
    this.sightings.saw(Math.max(event.epoch, this.life.epoch));
    if (event.type === "session.ended") this.onEnd();
  }
}

function newLife(epoch: number | null): Life {
  return { patches: [], events: [], epoch, resumed: null, playedSince: null };
}
