import { Client, type Room } from "@colyseus/sdk";
import type { DiceState } from "../schema/dice.ts";
import { closingOf } from "./close-codes.ts";
import type { GameEvent } from "./game-log.ts";
import type { Guests } from "./identity.ts";
import { type JoinFailure, joinFailureOf } from "./join-failure.ts";
import { type Place, type Role, readPlace, writePlace } from "./place.ts";
import { readTable, type TableView } from "./table-view.ts";

export type LinkState = "idle" | "connecting" | "connected" | "reconnecting" | "resumed" | "ended" | "lost";

export interface LinkEvents {
  /** Something visible changed. */
  changed(): void;
  /** The matchmaker let us in; `another` unless this page sat at that very table before. */
  entered(another: boolean): void;
  event(event: GameEvent): void;
  /** We are back: what was known above `seq` did not happen. */
  resumed(seq: number): void;
  notice(text: string): void;
}

type DiceRoom = Room<unknown, DiceState>;
type Knock = (client: Client) => Promise<DiceRoom>;

const RESUMED_SHOWN_MS = 4000;
const ABNORMAL_CLOSURE = 1006;
/** Waits between tries to come back by the matchmaker, in ms: about half a minute in all. */
const RETURN_DELAYS_MS = [250, 500, 1000, 2000, 4000, 5000, 5000, 5000, 5000];

/** The connection to one table: the stock SDK with its defaults, and what its signals mean for the player. */
export class TableLink {
  readonly #guests: Guests;
  readonly #events: LinkEvents;
  #room: DiceRoom | null = null;
  #place: Place | null = readPlace();
  #waiters: (() => void)[] = [];
  #resumedTimer: ReturnType<typeof setTimeout> | undefined;
  /** Grows with every wish of the player, so that the late answer to a former one is dropped. */
  #wish = 0;
  state: LinkState = "idle";
  /** A sentence about a connection that was closed. */
  detail = "";
  canReturn = false;
  table: TableView | null = null;
  /** Ms since the epoch when this page's connection to the table was first established; 0 before. */
  joinedAt = 0;

  constructor(guests: Guests, events: LinkEvents) {
    this.#guests = guests;
    this.#events = events;
  }

  get place(): Place | null {
    return this.#place;
  }
  get room(): DiceRoom | null {
    return this.#room;
  }
  get isOpen(): boolean {
    return this.#room !== null && (this.state === "connected" || this.state === "resumed");
  }

  async quickPlay(): Promise<void> {
    const failure = await this.#enter("player", (client) => client.joinOrCreate<DiceState>("dice", {}));
    if (failure) this.#turnedAway(failure.text);
  }

  async join(id: string, role: Role): Promise<void> {
    const failure = await this.#enterById({ id, role });
    if (failure) this.#turnedAway(failure.text);
  }

  /**
   * Back to the table of this tab: the server gives the same account its seat back. Tries again while nobody answers,
   * for about half a minute.
   */
  async returnToTable(): Promise<void> {
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
    this.table = null;
    this.#sitAt(null);
    this.#set("idle");
  }

  /** True once no connection is to be expected without a wish of the player. */
  get isOver(): boolean {
    return this.state === "idle" || this.state === "ended";
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

  #enterById({ id, role }: Place): Promise<JoinFailure | null> {
    const options = role === "spectator" ? { role } : {};
    return this.#enter(role, (client) => client.joinById<DiceState>(id, options));
  }

  /** The reason why not, or null: the page sits at the table, or the player wants something else by now. */
  async #enter(role: Role, knock: Knock): Promise<JoinFailure | null> {
    this.#wish += 1;
    const wish = this.#wish;
    this.#set(this.state === "reconnecting" ? "reconnecting" : "connecting");
    try {
      const room = await this.#knock(knock);
      if (wish === this.#wish) this.#sit(room, role);
      else void room.leave(false);
      return null;
    } catch (error) {
      return wish === this.#wish ? joinFailureOf(error) : null;
    }
  }

  /** A stored token may belong to a former server: one more try as a new guest. */
  async #knock(knock: Knock): Promise<DiceRoom> {
    try {
      return await knock(await this.#client());
    } catch (error) {
      if (joinFailureOf(error).kind !== "unauthorised") throw error;
      this.#guests.forget();
      return knock(await this.#client());
    }
  }

  async #client(): Promise<Client> {
    const { accessToken } = await this.#guests.ensure();
    const client = new Client(location.origin);
    client.auth.token = accessToken;
    return client;
  }

  #sit(room: DiceRoom, role: Role): void {
    const another = this.#place?.id !== room.roomId || this.joinedAt === 0;
    this.#room = room;
    this.#sitAt({ id: room.roomId, role });
    this.joinedAt = Date.now();
    this.#listen(room);
    this.#set("connected");
    this.#events.entered(another);
  }

  #sitAt(place: Place | null): void {
    this.#place = place;
    writePlace(place);
  }

  #listen(room: DiceRoom): void {
    const whileHere =
      <A extends unknown[]>(act: (...args: A) => void) =>
      (...args: A): void => {
        if (this.#room === room) act(...args);
      };
    room.onStateChange(whileHere((state: DiceState) => this.#show(state)));
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

  #show(state: DiceState): void {
    this.table = readTable(state);
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
    if (tooYoung) return void this.returnToTable();
    if (closing.state === "ended") writePlace(null);
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
