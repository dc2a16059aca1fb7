import type { Room } from "@colyseus/sdk";
import type {
  Action,
  GameEvent,
  GameRoom,
  Hypogeum,
  HypogeumError,
  Offer,
  Outcome,
  Place,
  Reservation,
} from "../src/client/client.ts";
import { closingWords } from "./closing-words.ts";
import { joinFailureOf } from "./join-failure.ts";
import { readPlace, writePlace } from "./place.ts";

export type LinkState = "idle" | "connecting" | "connected" | "reconnecting" | "resumed" | "ended" | "lost" | "moved";

export interface LinkEvents {
  /** Something visible changed. */
  changed(): void;
  /** This page is in a session that it was not in before. */
  entered(): void;
  /** The connection is open, for the first time or again: what happened meanwhile may be unknown. */
  open(): void;
  event(event: GameEvent): void;
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

const PLAYER = { role: "player" } as const;
const RESUMED_SHOWN_MS = 4000;

/** This tab's place in one session, as the player sees it: how it was entered, what its end means, the way back. */
export class SessionLink<State, View> {
  readonly #game: GameOnPage<State, View>;
  readonly #hypogeum: Hypogeum;
  readonly #events: LinkEvents;
  #seat: GameRoom<State> | null = null;
  /** As long as there is no seat. */
  #outside: "idle" | "connecting" | "reconnecting" | "lost" = "idle";
  #turnedAway = "";
  #place: Place | null;
  /** The session of the last picture. */
  #shownId: string | null = null;
  #resumedTimer: ReturnType<typeof setTimeout> | undefined;
  #isResumed = false;
  /** Grows with every wish of the player, so that the late answer to a former one is dropped. */
  #wish = 0;
  /** The last picture of the session; null when there is none, as before the first patch. */
  view: View | null = null;

  constructor(game: GameOnPage<State, View>, hypogeum: Hypogeum, events: LinkEvents) {
    this.#game = game;
    this.#hypogeum = hypogeum;
    this.#events = events;
    this.#place = readPlace(game.room);
  }

  get game(): string {
    return this.#game.room;
  }
  get place(): Place | null {
    return this.#place;
  }

  get state(): LinkState {
    if (!this.#seat) return this.#outside;
    const state = this.#seat.connection.value;
    if (state === "connected") return this.#isResumed ? "resumed" : "connected";
    return state === "rerouting" ? "reconnecting" : state;
  }

  get isOpen(): boolean {
    return this.#seat?.connection.value === "connected";
  }

  /** A sentence about a connection that was closed. */
  get detail(): string {
    return this.#seat ? closingWords(this.#seat.reason).text : this.#turnedAway;
  }
  get canReturn(): boolean {
    return this.#seat ? closingWords(this.#seat.reason).again : this.#outside === "lost";
  }

  /** The SDK's room while its state is alive. */
  get room(): Room<unknown, State> | null {
    const state = this.#seat?.connection.value;
    return this.#seat && (state === "connected" || state === "reconnecting") ? this.#seat.sdk : null;
  }

  /** What happened, as far as this page knows; ascending. */
  get events(): readonly GameEvent[] {
    return this.#seat?.events ?? [];
  }

  /** The player's move that is on its way, if one is. */
  get pending(): Action | null {
    return this.#seat?.actions.value.find(({ status }) => status === "pending") ?? null;
  }

  /** Null when there is no session to do it in. */
  async act(type: string, data: object): Promise<Outcome | null> {
    return this.#seat ? this.#seat.act(type, data) : null;
  }

  /** Fills `events` with what this page did not see. The log is an extra: without an answer it stays as it is. */
  async catchUp(): Promise<void> {
    if (await this.#seat?.catchUp()) this.#events.changed();
  }

  /** A code that moves this seat to another device of the account. @throws HypogeumError */
  offerHandoff(): Promise<Offer> | null {
    return this.#seat?.offerHandoff() ?? null;
  }

  async quickPlay(): Promise<void> {
    await this.#enter(PLAYER, "connecting", () => this.#hypogeum.joinOrCreate<State>(this.#game.room));
  }

  async join({ id, ...as }: Place): Promise<void> {
    await this.#enter(as, "connecting", () => this.#hypogeum.joinById<State>(id, as));
  }

  /** Into the seat of this account's other device. A reservation that has lapsed leaves the way by the matchmaker. */
  async arrive(seat: Reservation): Promise<void> {
    const place = { id: seat.roomId, ...PLAYER };
    this.#sitAt(place);
    await this.#enter(PLAYER, "reconnecting", (isWanted) =>
      this.#hypogeum.consume<State>(seat).catch(() => this.#hypogeum.returnTo<State>(place, isWanted)),
    );
  }

  /** Back to the session of this tab: the server gives the same account its seat back. */
  async comeBack(): Promise<void> {
    if (this.#seat) return this.#seat.comeBack();
    const place = this.#place;
    if (!place) return;
    await this.#enter(place, "reconnecting", (isWanted) => this.#hypogeum.returnTo<State>(place, isWanted));
  }

  /** Gives the seat up, if the server can be told. */
  leave(): void {
    this.#seat?.leave();
    this.forget();
  }

  /** Back to the start page. */
  forget(): void {
    this.#wish += 1;
    const seat = this.#seat;
    this.#seat = null;
    seat?.close();
    this.view = null;
    this.#sitAt(null);
    this.#wait("idle");
  }

  async #enter(
    { role, code }: Omit<Place, "id">,
    meanwhile: "connecting" | "reconnecting",
    ask: (isWanted: () => boolean) => Promise<GameRoom<State>>,
  ): Promise<void> {
    this.#wish += 1;
    const wish = this.#wish;
    const isWanted = () => wish === this.#wish;
    this.#wait(meanwhile);
    try {
      const seat = await ask(isWanted);
      if (isWanted()) this.#sit(seat, { id: seat.id, role, ...(code === undefined ? {} : { code }) });
      else seat.close();
    } catch (error) {
      if (isWanted()) this.#refused(error as HypogeumError, meanwhile === "reconnecting");
    }
  }

  #refused(error: HypogeumError, wasHere: boolean): void {
    const { kind, text } = joinFailureOf(error);
    if (wasHere && kind !== "gone") {
      this.#turnedAway = kind === "later" ? closingWords("unreachable").text : text;
      this.#wait("lost");
    } else {
      this.forget();
      this.#events.notice(text);
    }
  }

  #sit(seat: GameRoom<State>, place: Place): void {
    this.#seat = seat;
    this.#isResumed = false;
    this.#sitAt(place);
    if (this.#shownId !== place.id) this.#events.entered();
    this.#shownId = place.id;
    const here =
      <A extends unknown[]>(act: (...args: A) => void) =>
      (...args: A): void => {
        if (this.#seat === seat) act(...args);
      };
    seat.onStateChange(here((state) => this.#show(state)));
    seat.onEvent(here((event) => this.#events.event(event)));
    seat.onResumed(here(() => this.#resumed()));
    seat.onNotice(here(({ message }) => this.#events.notice(message)));
    seat.actions.subscribe(here(() => this.#events.changed()));
    seat.connection.subscribe(here(() => this.#connectionChanged()));
    this.#connectionChanged();
  }

  #sitAt(place: Place | null): void {
    this.#place = place;
    writePlace(this.#game.room, place);
  }

  #show(state: State): void {
    this.view = this.#game.read(state);
    this.#events.changed();
  }

  #resumed(): void {
    this.#isResumed = true;
    clearTimeout(this.#resumedTimer);
    this.#resumedTimer = setTimeout(() => {
      this.#isResumed = false;
      this.#events.changed();
    }, RESUMED_SHOWN_MS);
    this.#connectionChanged();
  }

  #connectionChanged(): void {
    const state = this.#seat?.connection.value;
    if (state === "connected") {
      writePlace(this.#game.room, this.#place);
      this.#events.open();
    }
    // After a move a reload of this page must not take the seat back from the other device.
    if (state === "moved" || state === "ended") writePlace(this.#game.room, null);
    if (state === "moved") this.view = null;
    this.#events.changed();
  }

  #wait(state: "idle" | "connecting" | "reconnecting" | "lost"): void {
    this.#outside = state;
    this.#events.changed();
  }
}
