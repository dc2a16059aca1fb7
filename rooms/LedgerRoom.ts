import { CloseCode, type MessageContext, Room, ServerError } from "@colyseus/core";
import type { Schema, StateView } from "@colyseus/schema";
import { CLOSE, refusal } from "../src/errors.ts";
import type { Entry, Viewer } from "../src/journal/game.ts";
import type { HeldSession } from "../src/sessions/held-session.ts";
import { Acting } from "./acting.ts";
import { admits } from "./admission.ts";
import { announce } from "./announce.ts";
import { dropHeld, forgetQueuedMessages, guardReservations, nextRefId, prepareEncoder } from "./colyseus-internals.ts";
import { dismiss, enter, resume } from "./entering.ts";
import { closeRoom, fateOf } from "./lifetime.ts";
import type { RoomDeps } from "./room-deps.ts";
import type { JoinOptions } from "./room-messages.ts";
import { type Auth, type LedgerClient, type Person, type RoomTypes, Table } from "./table.ts";
import { Views } from "./views.ts";

const WATCHER_HOLD_S = 60;

/**
 * The room of a durable session: Colyseus's side of a LiveSession. It decides nothing and keeps nothing: every action
 * goes through `commit`, every output comes from `release`, and the schema state is written from views alone, so that
 * what a viewer may not see is not even there.
 */
export abstract class LedgerRoom<State extends Schema, View, Input = unknown> extends Room<RoomTypes<State, Input>> {
  override autoDispose = false;
  override maxClients = 200;
  declare deps: RoomDeps;
  /** Settles when the room has closed; null while it stands. */
  closed: Promise<void> | null = null;
  table!: Table;
  protected held!: HeldSession;
  #acting!: Acting;
  readonly #views = new Views((view, viewer) => this.reveal?.(view, viewer));
  #quietSeconds = 0;

  override messages = {
    act: (client: LedgerClient, payload: unknown, ctx: MessageContext) => this.#acting.act(client, payload, ctx),
    coach: (client: LedgerClient, _: unknown, ctx: MessageContext) => this.#acting.inviteCoach(client, this.table, ctx),
    "*": (client: LedgerClient, ...rest: unknown[]) => this.#acting.refuseUnknown(client, rest),
  };

  /** Writes the schema state from what viewers may see. Called again with the same views it must change nothing. */
  protected abstract project(view: (viewer: Viewer) => View, people: ReadonlyMap<number, Person>): void;

  /** Adds to a client's view what only this viewer may see; by default nothing. Called again it must do no harm. */
  protected reveal?(view: StateView, viewer: Viewer): void;

  override async onCreate({ mode, private: hidden }: JoinOptions): Promise<void> {
    const { sessions, clock } = this.deps;
    const held = sessions.held(this.roomId) ?? (await sessions.create({ type: this.roomName, mode, private: hidden }));
    this.held = held;
    this.#acting = new Acting(held, this.deps);
    this.table = await Table.of(held, this.deps);
    if (held.live.isClosed) throw refusal("session_moved"); // nobody would ever close this room
    this.roomId = held.live.id;
    this.clock.elapsedTime = clock.now() - held.live.ledger.core.openedAt;
    prepareEncoder(this, held.refIdBase);
    guardReservations(this, (...who) => held.expect(admits(this, held, ...who), clock.monotonic()), this.#list);
    this.startClock();
    this.patchRate = null; // after the clock was started: without one Colyseus would arm its own, at 60 Hz
    held.live.present({
      release: (entries) => this.#release(entries),
      closed: (reason) => {
        this.closed = Promise.resolve(); // before clients are closed, so that their leaving changes nothing
        this.closed = closeRoom(this, held, reason);
      },
      connected: () => this.table.connected(),
      nextRefId: () => nextRefId(this.state),
    });
    this.show();
    this.#list();
  }

  override async onJoin(client: LedgerClient, options: JoinOptions, auth: Auth): Promise<void> {
    const replaced = await enter(client, options, auth, { held: this.held, table: this.table, deps: this.deps });
    this.#welcome(client);
    if (!replaced) return;
    this.clients.getById(replaced.connectionId)?.leave(CLOSE.movedToOtherDevice);
    dropHeld(this, this.table.tokenOf(replaced));
  }

  override onDrop(client: LedgerClient): void {
    this.#absent(client);
    if (this.closed || !client.userData!.welcome || this.table.isStale(client)) return;
    forgetQueuedMessages(client);
    this.allowReconnection(client, this.table.memberOf(client) ? "manual" : WATCHER_HOLD_S).catch(() => undefined);
  }

  override onReconnect(client: LedgerClient): void {
    this.#welcome(client);
    resume(client, this.held, this.table);
  }

  override async onLeave(client: LedgerClient, code: number): Promise<void> {
    this.#absent(client);
    const member = this.table.memberOf(client);
    const over = this.closed || this.held.live.ledger.core.status === "ended";
    if (!over && member && code === CloseCode.CONSENTED) await this.deps.seats.leave(this.held, member);
  }

  /** One room's fault stays in that room; its clients come back to what the journal says. */
  override onUncaughtException(error: Error, method: string): void {
    const cause = error.cause instanceof Error ? error.cause : error;
    if (cause instanceof ServerError) return; // a refusal to join: Colyseus tells the client, and nobody else cares
    this.deps.metrics.roomFaults.inc({ method });
    this.deps.log.error({ sessionId: this.roomId, method, stack: cause.stack }, "room fault");
  }

  /** Drain: lets go of the session; its clients are sent away to come back wherever it comes up again. */
  override onBeforeShutdown(): void {
    void this.deps.sessions.release(this.held);
  }

  /** A game without a clock of its own needs no more than this, and no patch interval. */
  protected startClock(): void {
    this.setTimestep(() => this.everySecond(), 1000);
  }

  /** While something critical is not durable nothing is shown; `release` follows and shows it all. */
  protected show(): void {
    const { live } = this.held;
    if (this.closed || !live.showable) return;
    this.project((viewer) => live.ledger.view(viewer) as View, this.table.people);
    this.broadcastPatch();
  }

  protected everySecond(): void {
    this.#list(); // a reservation may have lapsed
    this.#quietSeconds = this.clients.length > 0 ? 0 : this.#quietSeconds + 1;
    const fate = fateOf(this.held, this.#quietSeconds, this.deps.clock.now());
    if (fate === "release") void this.deps.sessions.release(this.held);
    if (fate === "end") void this.held.live.commit({ kind: "end", reason: "abandoned" }).catch(() => undefined);
  }

  #welcome(client: LedgerClient): void {
    client.userData!.welcome = true;
    client.reconnectionToken = this.table.token(client);
    this.table.mark(client, true);
    this.show();
    this.#views.give(client);
  }

  #absent(client: LedgerClient): void {
    this.#views.take(client);
    if (!this.closed && this.table.mark(client, false)) this.show();
  }

  #release(entries: readonly Entry[]): void {
    const seatsChanged = this.table.seat(entries);
    if (seatsChanged) dismiss(this, entries, this.held, this.table);
    announce(this.clients, this.held, entries, () => {
      this.show();
      if (seatsChanged) this.#views.refresh(this.clients);
    });
    this.#list();
  }

  /** Quick play looks only among rooms that are not private: one that would say no must not be found. */
  readonly #list = (): void => void this.setPrivate(this.held.document.private || !admits(this, this.held));
}
