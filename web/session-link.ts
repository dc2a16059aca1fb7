import type { Room } from "@colyseus/sdk";
import { closingOf } from "./close-codes.ts";
import type { GameEvent } from "./game-event.ts";
import type { Reservation } from "./handoff.ts";
import type { Identity } from "./identity.ts";
import { type JoinFailure, joinFailureOf } from "./join-failure.ts";
import { type Knock, knockAt } from "./knock.ts";
import { type Place, readPlace, writePlace } from "./place.ts";

export type LinkState = "idle" | "connecting" | "connected" | "reconnecting" | "resumed" | "ended" | "lost" | "moved";

export interface LinkEvents {
  /** Something visible changed. */
  changed(): void;
  /** The matchmaker let us in; `another` unless this page was in that very session before. */
  entered(another: boolean): void;
  event(event: GameEvent): void;
  /** We are back: what was known above `seq` did not happen. */
  resumed(seq: number): void;
  notice(text: string): void;
}

/** What the connection must know about a game. */
export interface GameOnPage<State, View> {
  /** The room it is played in. */
  readonly room: string;
  /**
   * A plain copy of what the server shows. The page does not keep decoded objects for its picture: after a recovery
   * all of them are new instances, and after the room is left they are torn down while the last picture stays.
   */
  read(state: State): View;
}

const RESUMED_SHOWN_MS = 4000;
const ABNORMAL_CLOSURE = 1006;
/** Waits between tries to come back by the matchmaker, in ms: about half a minute in all. */
const RETURN_DELAYS_MS = [250, 500, 1000, 2000, 4000, 5000, 5000, 5000, 5000];

/** The connection to one session: the stock SDK with its defaults, and what its signals mean for the player. */
export class SessionLink<State, View> {
  readonly #game: GameOnPage<State, View>;
  readonly #identity: Identity;
  readonly #events: LinkEvents;
  #room: Room<unknown, State> | null = null;
  #place: Place | null;
  #waiters: (() => void)[] = [];
  #resumedTimer: ReturnType<typeof setTimeout> | undefined;
  /** Grows with every wish of the player, so that the late answer to a former one is dropped. */
  #wish = 0;
  state: LinkState = "idle";
  /** A sentence about a connection that was closed. */
  detail = "";
  canReturn = false;
  /** The last picture of the session; null when there is none, as before the first patch. */
  view: View | null = null;
  /** Ms since the epoch when this page's connection to the session was first established; 0 before. */
  joinedAt = 0;

  constructor(game: GameOnPage<State, View>, identity: Identity, events: LinkEvents) {
    this.#game = game;
    this.#identity = identity;
    this.#events = events;
    this.#place = readPlace(game.room);
  }

  get game(): string {
    return this.#game.room;
  }
  get place(): Place | null {
    return this.#place;
  }
  get room(): Room<unknown, State> | null {
    return this.#room;
  }
  get isOpen(): boolean {
    return this.#room !== null && (this.state === "connected" || this.state === "resumed");
  }

  async quickPlay(): Promise<void> {
    const as = { role: "player" } as const;
    const failure = await this.#enter(as, (client) => client.joinOrCreate<State>(this.#game.room, {}));
    if (failure) this.#turnedAway(failure.text);
  }

  async join(place: Place): Promise<void> {
    const failure = await this.#enterById(place);
    if (failure) this.#turnedAway(failure.text);
  }

  /** Into the seat of this account's other device. A reservation that has lapsed leaves the way by the matchmaker. */
  async arrive(seat: Reservation): Promise<void> {
    const as = { role: "player" } as const;
    const failure = await this.#enter(as, (client) => client.consumeSeatReservation<State>(seat));
    if (!failure) return;
    this.#sitAt({ id: seat.roomId, ...as });
    await this.comeBack();
  }

  /**
   * Back to the session of this tab: the server gives the same account its seat back. Tries again while nobody answers,
   * for about half a minute.
   */
  async comeBack(): Promise<void> {
    const place = this.#place;
    if (!place) return;
    for (const delay of RETURN_DELAYS_MS) {
      const failure = await this.#enterById(place);
      if (!failure) return;
      if (failure.kind === "gone") return this.#turnedAway(failure.text);
      if (failure.kind !== "later") return this.#lost(failure.text);
      const wish = this.#wish;
      this.#set("reconnecting");
      await new Promise((resolve) => setTimeout(resolve, delay));
      if (wish !== this.#wish) return;
    }
    this.#lost("The server could not be reached again. Your seat is kept.");
  }

  /** Gives the seat up, if the server can be told. */
  leave(): void {
    const room = this.#room;
    this.forget();
    if (!room) return;
    room.reconnection.enabled = false;
    if (room.connection.isOpen) void room.leave(true);
  }

  /** Back to the start page. */
  forget(): void {
    this.#wish += 1;
    this.#room = null;
    this.view = null;
    this.#sitAt(null);
    this.#set("idle");
  }

  /** True once no connection is to be expected without a wish of the player. */
  get isOver(): boolean {
    return this.state === "idle" || this.state === "ended" || this.state === "moved";
  }

  /** Resolves when the connection is open or the game over, or after `ms`. */
  settled(ms: number): Promise<void> {
    if (this.isOpen || this.isOver) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#waiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #enterById({ id, ...as }: Place): Promise<JoinFailure | null> {
    const options = as.role === "player" ? {} : as;
    return this.#enter(as, (client) => client.joinById<State>(id, options));
  }

  /** The reason why not, or null: the page is in the session, or the player wants something else by now. */
  async #enter(as: Omit<Place, "id">, knock: Knock<State>): Promise<JoinFailure | null> {
    this.#wish += 1;
    const wish = this.#wish;
    this.#set(this.state === "reconnecting" ? "reconnecting" : "connecting");
    try {
      const room = await knockAt(this.#identity, knock);
      if (wish === this.#wish) this.#sit(room, as);
      else void room.leave(false);
      return null;
    } catch (error) {
      return wish === this.#wish ? joinFailureOf(error) : null;
    }
  }

  #sit(room: Room<unknown, State>, as: Omit<Place, "id">): void {
    const another = this.#place?.id !== room.roomId || this.joinedAt === 0;
    this.#room = room;
    this.#sitAt({ id: room.roomId, ...as });
    this.joinedAt = Date.now();
    this.#listen(room);
    this.#set("connected");
    this.#events.entered(another);
  }

  #sitAt(place: Place | null): void {
    this.#place = place;
    writePlace(this.#game.room, place);
  }

  #listen(room: Room<unknown, State>): void {
    const whileHere =
      <A extends unknown[]>(act: (...args: A) => void) =>
      (...args: A): void => {
        if (this.#room === room) act(...args);
      };
    room.onStateChange(whileHere((state: State) => this.#show(state)));
    room.onMessage(
      "event",
      whileHere((event: GameEvent) => this.#events.event(event)),
    );
    room.onMessage(
      "resumed",
      whileHere(({ seq }: { seq: number }) => this.#resumed(seq)),
    );
    room.onMessage(
      "notice",
      whileHere(({ message }: { message: string }) => this.#events.notice(message)),
    );
    // Fires at every failed attempt, not only at the first cut.
    room.onDrop(whileHere(() => this.#set("reconnecting")));
    room.onReconnect(whileHere(() => this.#set("connected")));
    room.onLeave(whileHere((code: number, reason?: string) => this.#left(code, reason)));
  }

  #show(state: State): void {
    this.view = this.#game.read(state);
    this.#events.changed();
  }

  #resumed(seq: number): void {
    this.#events.resumed(seq);
    this.#set("resumed");
    clearTimeout(this.#resumedTimer);
    this.#resumedTimer = setTimeout(() => this.state === "resumed" && this.#set("connected"), RESUMED_SHOWN_MS);
  }

  #left(code: number, reason: string | undefined): void {
    this.#room = null;
    const closing = closingOf(code);
    // The SDK does not reconnect in the first seconds after a join; the way by the matchmaker works then too.
    const tooYoung = code === ABNORMAL_CLOSURE && reason !== undefined;
    if (tooYoung) return void this.comeBack();
    // After a move a reload of this page must not take the seat back from the other device.
    if (closing.state !== "lost") writePlace(this.#game.room, null);
    if (closing.state === "moved") this.view = null;
    this.detail = closing.text;
    this.canReturn = closing.again;
    this.#set(closing.state);
  }

  #turnedAway(text: string): void {
    this.forget();
    this.#events.notice(text);
  }

  #lost(text: string): void {
    this.detail = text;
    this.canReturn = true;
    this.#set("lost");
  }

  #set(state: LinkState): void {
    this.state = state;
    if (this.isOpen || this.isOver) for (const waiter of this.#waiters.splice(0)) waiter();
    this.#events.changed();
  }
}
