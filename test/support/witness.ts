import type { Room } from "@colyseus/sdk";
import { Sightings } from "./sightings.ts";

/** A game event as a client received it. */
export interface SeenEvent {
  readonly epoch: number;
  readonly seq: number;
  readonly type: string;
  readonly data: Record<string, unknown>;
  readonly seat: number | null;
}

/** The server's word that an action took effect. */
export interface Acknowledgement {
  readonly actionId: string;
  readonly type: string;
  readonly data: Record<string, unknown>;
  readonly seq: number;
  readonly epoch: number;
}

/** The part of the dice table's state that a client can decode. */
export interface SeenState {
  readonly phase: string;
  readonly round: number;
  readonly turn: number;
  readonly bidSeat: number;
  readonly bidCount: number;
  readonly bidFace: number;
  readonly loser: number;
  readonly winner: number;
  readonly deadline: number;
  readonly seats: Readonly<Record<string, SeenSeat>>;
}

export interface SeenSeat {
  readonly seat: number;
  readonly name: string;
  readonly connected: boolean;
  readonly left: number;
  readonly dice?: readonly number[];
  readonly shown?: readonly number[];
}

/** The stock SDK gives up on rooms that were joined less than this many ms ago. */
const MIN_UPTIME_MS = 5000;
const ABNORMAL_CLOSURE = 1006;

/** Everything one client was told and shown in one session, in order, and what became of its connection. */
export class Witness {
  readonly sessionId: string;
  readonly accountId: string;
  readonly accessToken: string;
  /** Null for a spectator. */
  seat: number | null = null;
  readonly acknowledged: Acknowledgement[] = [];
  /** Actions that were refused for good: they must not be in the journal. */
  readonly refused: { actionId: string; code: string }[] = [];
  readonly events: SeenEvent[] = [];
  readonly states: SeenState[] = [];
  readonly resumed: { epoch: number; seq: number; seenBefore: number }[] = [];
  readonly notices: { code: string }[] = [];
  readonly drops: number[] = [];
  readonly sightings = new Sightings();
  /** When it was back each time, monotonic, in ms. */
  readonly reconnectedAt: number[] = [];
  /** The code of the close that ended the connection for good; null while it lasts. */
  left: number | null = null;
  /** Called in the very moment an acknowledgement has come. */
  onAcknowledgement: () => void = () => undefined;
  /** The SDK did not even try to come back, because it had joined too recently. */
  gaveUpYoung = false;
  readonly #joinedAt = performance.now();
  readonly #connectionId: string;
  readonly #room: Room;
  #lastState = "";
  /** Of the connection that stands; null until it is known. */
  #epoch: number | null = null;

  constructor(room: Room, who: { accountId: string; accessToken: string }) {
    this.sessionId = room.roomId;
    this.accountId = who.accountId;
    this.accessToken = who.accessToken;
    this.#room = room;
    this.#connectionId = room.sessionId;
    room.onStateChange(() => this.#sawState());
    room.onMessage("event", (event: SeenEvent) => {
      this.events.push(event);
      this.#heard(event.epoch);
    });
    room.onMessage("notice", (notice: { code: string }) => this.notices.push(notice));
    room.onMessage("resumed", (at: { epoch: number; seq: number }) => {
      this.resumed.push({ ...at, seenBefore: this.highestSeq });
      this.#heard(at.epoch);
    });
    room.onDrop((code) => this.drops.push(code));
    room.onReconnect(() => {
      this.reconnectedAt.push(performance.now());
      this.#epoch = null;
    });
    room.onLeave((code) => {
      this.left = code;
      this.gaveUpYoung = code === ABNORMAL_CLOSURE && this.#age < MIN_UPTIME_MS;
    });
    this.#sawState();
  }

  /** What is older than the owner who speaks is history that he tells. */
  #heard(epoch: number): void {
    this.#epoch = Math.max(epoch, this.#epoch ?? 0);
    this.sightings.saw(this.#epoch);
  }

  #sawState(): void {
    const text = JSON.stringify(this.#room.state ?? null);
    if (text === this.#lastState || text === "null") return;
    this.#lastState = text;
    this.sightings.saw(this.#epoch);
    const state = JSON.parse(text) as SeenState;
    if (state.seats) this.states.push(state);
  }

  get lastState(): SeenState | undefined {
    return this.states.at(-1);
  }

  get reconnects(): number {
    return this.reconnectedAt.length;
  }

  /** Asks the room itself for a sign of life. */
  probe(): Promise<boolean> {
    return answersPing(this.#room);
  }

  acknowledge(acknowledgement: Acknowledgement): void {
    // No sighting: an action that is asked for again is answered with the epoch in which it took effect.
    this.acknowledged.push(acknowledgement);
    this.onAcknowledgement();
  }

  /** The highest position in the journal that this client has been told about. */
  get highestSeq(): number {
    return Math.max(0, this.events.at(-1)?.seq ?? 0, this.acknowledged.at(-1)?.seq ?? 0);
  }

  get connected(): boolean {
    return this.left === null && !this.#room.reconnection.isReconnecting && this.#room.connection.isOpen;
  }

  /** Whether the stock SDK promises to bring this client back by itself. */
  get comesBack(): boolean {
    return this.left === null && this.#age >= MIN_UPTIME_MS;
  }

  /** How a fault names this client. */
  get name(): string {
    return `${this.sessionId.slice(-6)}/${this.seat === null ? "spectator" : `seat ${this.seat}`}`;
  }

  get #age(): number {
    return performance.now() - this.#joinedAt;
  }

  /** Whether the client is still the one that joined: same room, same connection id. */
  get sameIdentity(): boolean {
    return this.#room.roomId === this.sessionId && this.#room.sessionId === this.#connectionId;
  }
}

/** How long a room may take to answer a ping, in ms. */
const PONG_MS = 1000;

/** Whether a connection that looks open leads to somebody. */
export function answersPing(room: Pick<Room, "ping">): Promise<boolean> {
  return new Promise((settle) => {
    const late = setTimeout(() => settle(false), PONG_MS);
    room.ping(() => {
      clearTimeout(late);
      settle(true);
    });
  });
}
