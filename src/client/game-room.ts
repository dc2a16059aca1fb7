import type { Room } from "@colyseus/sdk";
import type { Action, Attempt, Outcome } from "./action.ts";
import { ActionQueue } from "./action-queue.ts";
import { actByApi, actBySocket } from "./action-route.ts";
import { nothing } from "./clock.ts";
import type { ConnectionState } from "./closing.ts";
import type { Code } from "./error-codes.ts";
import { EventLog, type GameEvent, type Position } from "./event-log.ts";
import { type Offer, offerHandoff } from "./handoff.ts";
import { missedEvents } from "./history.ts";
import { Lifeline, type LifelineParts } from "./lifeline.ts";
import { type Observable, Signal } from "./observable.ts";
import { isOfSession, type Place, type Role } from "./way-back.ts";

export interface RoomParts extends LifelineParts {
  /** Actions that may wait. */
  readonly queueMax: number;
}

/** Something the server says besides the game. */
export interface Notice {
  readonly code: Code;
  readonly message: string;
  readonly retryable: boolean;
}

/** How long an action waits for a connection before it goes by the API. */
const CONNECTION_MS = 3000;
const THROTTLED_MS = 1000;

/**
 * A place in a session, for as long as the session lasts: over dropped connections, other processes and devices. The
 * stock SDK's room behind it (`sdk`) may be another one after a while; what hangs on this object stays.
 */
export class GameRoom<State = unknown> {
  /** The session's; of a lobby that of the first one, since each process has its own. */
  readonly id: string;
  /** The room's, which is the session's type. */
  readonly name: string;
  readonly role: Role;
  /** The action ids this client made, and what became of them. */
  readonly actions: Observable<readonly Action[]>;
  readonly #parts: RoomParts;
  readonly #queue: ActionQueue;
  readonly #lifeline: Lifeline<State>;
  readonly #log = new EventLog();
  readonly #handlers: (readonly [type: string, handler: (payload: never) => void])[] = [];
  readonly #states = new Signal<[State]>();
  readonly #events = new Signal<[GameEvent]>();
  readonly #resumptions = new Signal<[Position]>();
  readonly #notices = new Signal<[Notice]>();
  #position: Position | null = null;
  /** Events after it may be missing; null when none are. */
  #missedAfter: number | null = 0;

  constructor(parts: RoomParts, room: Room<unknown, State>, { role, code }: Omit<Place, "id">) {
    this.id = room.roomId;
    this.name = room.name;
    this.role = role;
    this.#parts = parts;
    const route = { attempt: (action: Action) => this.#attempt(action), serverNow: () => parts.auth.serverNow() };
    this.#queue = new ActionQueue({ route, clock: parts.clock, max: parts.queueMax });
    this.actions = this.#queue.actions;
    const place = { id: this.id, role, ...(code === undefined ? {} : { code }) };
    this.#lifeline = new Lifeline<State>(parts, place, room, {
      attached: (fresh) => this.#listen(fresh),
      dropped: () => this.#missed(this.#log.lastSeq),
      open: () => this.#queue.nudge(),
      arrived: (epoch) => this.#newOwner(epoch, this.#log.certainBefore(epoch), 0),
    });
  }

  /** `connected | reconnecting | rerouting | moved | ended | lost`. */
  get connection(): Observable<ConnectionState> {
    return this.#lifeline.state;
  }

  /** Why it is moved, ended or lost; null otherwise. */
  get reason(): Code | null {
    return this.#lifeline.reason;
  }

  /** The stock SDK's room, as long as there is one; another instance after a reroute. */
  get sdk(): Room<unknown, State> {
    return this.#lifeline.room;
  }

  get state(): State {
    return this.sdk.state;
  }

  /** The newest of what is known to be so; null before anything was told. */
  get position(): Position | null {
    return this.#position;
  }

  /** The newest events, ascending; at most `EventLog.MAX`. */
  get events(): readonly GameEvent[] {
    return this.#log.all;
  }

  /**
   * Does something in the game, exactly once, whatever the network does meanwhile. Actions are sent in the order in
   * which they were made, each when the one before has its answer.
   *
   * @returns how it ended; never rejects. `queue_full` when too many wait, `action_expired` after ten minutes
   */
  act(type: string, data: object = {}): Promise<Outcome> {
    return this.#queue.act(type, data);
  }

  /** Each of these returns what ends it. */
  onStateChange(changed: (state: State) => void): () => void {
    return this.#states.on(changed);
  }

  onEvent(happened: (event: GameEvent) => void): () => void {
    return this.#events.on(happened);
  }

  /** We are back: what a former owner told above `seq` did not happen, and is gone from `events`. */
  onResumed(resumed: (position: Position) => void): () => void {
    return this.#resumptions.on(resumed);
  }

  onNotice(noticed: (notice: Notice) => void): () => void {
    return this.#notices.on(noticed);
  }

  /** A game's own message; also of the connections to come, for as long as the room lasts. */
  onMessage<Payload>(type: string, handler: (payload: Payload) => void): void {
    this.#handlers.push([type, handler]);
    this.sdk.onMessage(type, handler);
  }

  /**
   * Puts into `events` what this client did not see, at most five hundred at a time. False when the server does not
   * tell; what was known stays.
   */
  async catchUp(): Promise<boolean> {
    const after = this.#missedAfter ?? this.#log.lastSeq;
    const missed = await missedEvents(this.#parts.auth, this.id, after);
    if (!missed) return false;
    for (const event of missed.events) this.#log.add(event);
    if (this.#missedAfter === after) this.#missedAfter = missed.more;
    return true;
  }

  /** A code that moves this seat to another device of the account. @throws HypogeumError */
  offerHandoff(): Promise<Offer> {
    return offerHandoff(this.#parts.auth, this.id);
  }

  /** Back into the seat after `lost` or `moved`, also from another device that has it by now. */
  async comeBack(): Promise<void> {
    if (this.reason !== null) await this.#lifeline.reroute(true);
  }

  /** Gives the seat up, if there still is one and the server can be told. */
  leave(): void {
    this.#queue.close();
    const state = this.connection.value;
    const isOpen = state === "connected" && this.sdk.connection.isOpen;
    this.#lifeline.close(isOpen);
    const isSeated = isOfSession(this.name) && (this.role === "player" || this.role === "gm");
    // After a move the seat is another device's, and after the end nobody's.
    if (isOpen || !isSeated || state === "moved" || state === "ended") return;
    const path = `v1/sessions/${encodeURIComponent(this.id)}/leave`;
    this.#parts.auth.call({ method: "POST", path }).catch(() => undefined);
  }

  /** Disconnects and keeps the seat. */
  close(): void {
    this.#queue.close();
    this.#lifeline.close(false);
  }

  async #attempt(action: Action): Promise<Attempt> {
    await this.#lifeline.settled(CONNECTION_MS);
    if (!this.#isOpen) return actByApi(this.#parts.auth, this.id, action);
    const found = await this.#attemptBySocket(action);
    if (found.status === "acknowledged") this.#seen(found.epoch!, found.seq);
    // After a cut there is no need for a pause: what comes next waits for the connection anyway.
    return found.status === "again" && !this.#isOpen ? { status: "again", pauseMs: 0 } : found;
  }

  #attemptBySocket(action: Action): Promise<Attempt> {
    // The server drops what a connection sends too fast, and tells so by a notice alone.
    let end = nothing;
    const throttled = new Promise<Attempt>((resolve) => {
      end = this.#notices.on(
        ({ code }) => code === "rate_limited" && resolve({ status: "again", pauseMs: THROTTLED_MS }),
      );
    });
    return Promise.race([actBySocket(this.sdk, action), throttled]).finally(() => end());
  }

  get #isOpen(): boolean {
    return this.connection.value === "connected";
  }

  #listen(room: Room<unknown, State>): void {
    room.onStateChange((state) => this.#states.emit(state));
    room.onMessage("event", (event: GameEvent) => this.#happened(event));
    room.onMessage("resumed", (position: Position) => this.#newOwner(position.epoch, position.seq, position.seq));
    room.onMessage("notice", (notice: Notice) => this.#notices.emit(notice));
    for (const [type, handler] of this.#handlers) room.onMessage(type, handler);
  }

  #happened(event: GameEvent): void {
    this.#seen(event.epoch ?? 0, event.seq);
    if (this.#log.add(event)) this.#events.emit(event);
  }

  #seen(epoch: number, seq: number): void {
    const known = this.#position ?? { epoch, seq: 0 };
    // The first sign of another owner, when the connection is a new one that was not told where play goes on.
    if (epoch > known.epoch) this.#newOwner(epoch, Math.min(this.#log.certainBefore(epoch), seq - 1), 0);
    this.#position = { epoch: Math.max(epoch, known.epoch), seq: Math.max(seq, known.seq) };
  }

  /** @param undoAbove where acknowledgements of the former owner may not have become durable */
  #newOwner(epoch: number, seq: number, undoAbove: number): void {
    const isAnother = this.#position !== null && epoch > this.#position.epoch;
    this.#log.forget({ epoch, seq });
    this.#missed(seq);
    this.#position = isAnother || !this.#position ? { epoch, seq } : this.#position;
    if (isAnother) this.#queue.undo(epoch, undoAbove, this.#lifeline.lostAt);
    this.#resumptions.emit({ epoch, seq });
  }

  #missed(after: number): void {
    this.#missedAfter = Math.min(after, this.#missedAfter ?? after);
  }
}
