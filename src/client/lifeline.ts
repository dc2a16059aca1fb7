import type { Room } from "@colyseus/sdk";
import type { Auth } from "./auth.ts";
import { after, type ClientClock, nothing } from "./clock.ts";
import { type Closing, type ConnectionState, closingFor, closingOf } from "./closing.ts";
import type { Code } from "./error-codes.ts";
import { HypogeumError } from "./hypogeum-error.ts";
import { watchOver } from "./liveness.ts";
import { Changeable, type Observable } from "./observable.ts";
import { findWayBack, type Knock, type Place } from "./way-back.ts";

export interface LifelineParts {
  readonly auth: Auth;
  readonly clock: ClientClock;
  /** Attempts of the stock reconnection before another way is looked for. */
  readonly reconnectTries: number;
  /** Opens a connection as whoever this is. @throws HypogeumError */
  readonly knock: <State>(knock: Knock<State>) => Promise<Room<unknown, State>>;
}

export interface LifelineEvents<State> {
  /** A new room of the SDK, to be listened to. */
  attached(room: Room<unknown, State>): void;
  /** The connection is gone; the first sign of it. */
  dropped(): void;
  /** Actions can be sent. */
  open(): void;
  /** Back on a new connection, of an owner with this epoch. */
  arrived(epoch: number): void;
}

/** Waits before the tries to find another way, in ms: about a minute in all, without what the tries take. */
const REROUTE_DELAYS_MS = [0, 250, 500, 1000, 2000, 4000, ...Array.from({ length: 10 }, () => 5000)];
/** The server misses a connection that went silent after 6 to 9 seconds; who still sits there then is somebody else. */
const GHOST_MS = 12_000;
/** A connection that held for less has not been one: the next try waits longer. */
const STABLE_MS = 5000;
const QUICK_DROPS_MAX = 6;
const PAUSE_MAX_MS = 5000;
const RETRY_MS = 100;

/** The connection to one place: the stock reconnection first, and when it gives up, another way to the same seat. */
export class Lifeline<State> {
  readonly #parts: LifelineParts;
  readonly #place: Place;
  readonly #events: LifelineEvents<State>;
  readonly #state = new Changeable<ConnectionState>("connected");
  #room: Room<unknown, State>;
  #reason: Code | null = null;
  #endWatch = nothing;
  #connectedAt = 0;
  #lostAt = 0;
  #quickDrops = 0;
  /** Grows with every wish, so that the late answer to a former one is dropped. */
  #wish = 0;
  #isClosed = false;
  readonly #waiters = new Set<() => void>();

  constructor(parts: LifelineParts, place: Place, room: Room<unknown, State>, events: LifelineEvents<State>) {
    this.#parts = parts;
    this.#place = place;
    this.#events = events;
    this.#room = room;
    this.#attach(room);
  }

  get state(): Observable<ConnectionState> {
    return this.#state;
  }
  get reason(): Code | null {
    return this.#reason;
  }
  get room(): Room<unknown, State> {
    return this.#room;
  }
  /** When the connection was lost last, on the monotonic clock. */
  get lostAt(): number {
    return this.#lostAt;
  }

  /** Resolves when the connection is open or not to be expected, or after `ms`. */
  settled(ms: number): Promise<void> {
    if (this.#isSettled) return Promise.resolve();
    return new Promise((resolve) => {
      const settle = () => {
        cancel();
        this.#waiters.delete(settle);
        resolve();
      };
      const cancel = after(ms, settle);
      this.#waiters.add(settle);
    });
  }

  /**
   * Looks for another way to the same place, sixteen times at most. Resolves when there is one, or none.
   *
   * @param takeOver also from another device
   */
  async reroute(takeOver: boolean): Promise<void> {
    if (this.#isClosed) return;
    this.#wish += 1;
    const wish = this.#wish;
    const { clock } = this.#parts;
    const isObsolete = () => wish !== this.#wish;
    let takenSince: number | null = null;
    this.#set("rerouting");
    for (const delay of REROUTE_DELAYS_MS) {
      await pause(Math.min(PAUSE_MAX_MS, delay + RETRY_MS * (this.#patience - 1)));
      if (isObsolete()) return;
      const found = await this.#try(takeOver, isObsolete);
      if (isObsolete() || found === "back") return;
      if (typeof found === "object") return this.#end(found);
      takenSince = found === "taken" ? (takenSince ?? clock.monotonic()) : null;
      if (takenSince !== null && clock.monotonic() - takenSince > GHOST_MS) return this.#end(MOVED);
    }
    this.#end({ state: "lost", reason: "unreachable" });
  }

  /** @param consented gives the seat up */
  close(consented: boolean): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#wish += 1;
    this.#endWatch();
    const room = this.#room;
    room.reconnection.enabled = false;
    if (room.connection.isOpen) void room.leave(consented);
    this.#end({ state: "ended", reason: "left" });
  }

  async #try(takeOver: boolean, isObsolete: () => boolean): Promise<"back" | "later" | "taken" | Closing> {
    const way = await findWayBack<State>(this.#parts.auth, this.#room.name, this.#place, takeOver);
    if (way.kind === "over") return way.closing;
    if (way.kind !== "open" || isObsolete()) return way.kind === "taken" ? "taken" : "later";
    try {
      const room = await this.#parts.knock(way.knock);
      if (isObsolete()) {
        void room.leave(false);
        return "later";
      }
      this.#room = room;
      this.#attach(room);
      if (way.epoch !== null) this.#events.arrived(way.epoch);
      this.#set("connected");
      return "back";
    } catch (error) {
      // A reservation that lapsed or was lost says nothing about the next one.
      const { code, retryable } = error as HypogeumError;
      const isFinal = error instanceof HypogeumError && !retryable && code !== "join_refused";
      return isFinal ? closingFor(code) : "later";
    }
  }

  #attach(room: Room<unknown, State>): void {
    const { clock, reconnectTries } = this.#parts;
    const { reconnection } = room;
    // The stock SDK gives up on a connection of less than five seconds, for fear of a server that throws everybody out
    // again; here the pauses grow instead.
    reconnection.minUptime = 0;
    reconnection.delay = RETRY_MS;
    reconnection.maxRetries = reconnectTries;
    reconnection.backoff = (attempt, delay) => 2 ** attempt * delay * this.#patience;
    this.#connectedAt = clock.monotonic();
    this.#endWatch();
    this.#endWatch = watchOver(room, clock);
    const whileHere =
      <A extends unknown[]>(act: (...args: A) => void) =>
      (...args: A): void => {
        if (this.#room === room && !this.#isClosed) act(...args);
        // A try of the stock reconnection that was under way when nobody wanted it any more.
        else if (room.connection.isOpen) room.connection.close();
      };
    // Fires at every failed attempt, not only at the first cut.
    room.onDrop(whileHere(() => this.#dropped()));
    room.onReconnect(whileHere(() => this.#reconnected()));
    room.onLeave(whileHere((code: number) => this.#left(code)));
    room.onError(() => undefined);
    this.#events.attached(room);
  }

  #dropped(): void {
    if (this.#state.value !== "connected") return;
    this.#noteLoss();
    this.#set("reconnecting");
  }

  #noteLoss(): void {
    this.#lostAt = this.#parts.clock.monotonic();
    this.#quickDrops = this.#lostAt - this.#connectedAt < STABLE_MS ? this.#quickDrops + 1 : 0;
    this.#events.dropped();
  }

  #reconnected(): void {
    this.#connectedAt = this.#parts.clock.monotonic();
    this.#set("connected");
  }

  #left(code: number): void {
    if (this.#state.value === "connected") this.#noteLoss();
    this.#endWatch();
    const closing = closingOf(code);
    if (closing) this.#end(closing);
    else void this.reroute(false);
  }

  #end({ state, reason }: Closing): void {
    this.#set(state, reason);
  }

  /** By how much pauses are longer, since connections did not hold. */
  get #patience(): number {
    return 2 ** Math.min(this.#quickDrops, QUICK_DROPS_MAX);
  }

  get #isSettled(): boolean {
    return this.#state.value !== "reconnecting" && this.#state.value !== "rerouting";
  }

  #set(state: ConnectionState, reason: Code | null = null): void {
    this.#reason = reason;
    this.#state.set(state);
    if (state === "connected") this.#events.open();
    if (this.#isSettled) for (const settle of [...this.#waiters]) settle();
  }
}

const MOVED: Closing = { state: "moved", reason: "moved_to_other_device" };

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
