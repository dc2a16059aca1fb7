import { CloseCode, type MessageContext, Room } from "@colyseus/core";
import { type Schema, StateView } from "@colyseus/schema";
import { CLOSE, Refusal, refusal } from "../src/errors.ts";
import type { Entry, Viewer } from "../src/journal/game.ts";
import type { HeldSession } from "../src/sessions/held-session.ts";
import { admits } from "./admission.ts";
import * as colyseus from "./colyseus-internals.ts";
import type { RoomDeps } from "./room-deps.ts";
import { type JoinOptions, joinError, parseAct } from "./room-messages.ts";
import { type Auth, announce, type LedgerClient, type Person, Table } from "./table.ts";

/** Seconds without any connection until the session leaves memory, and until an ended or never used room closes. */
const HIBERNATE_AFTER_S = 60;
const LINGER_S = 30;
const SPECTATOR_HOLD_S = 60;

/**
 * The room of a durable session: Colyseus's side of a LiveSession. It decides nothing and keeps nothing: every action
 * goes through `commit`, every output comes from `release`, and the schema state is written from views alone, so that
 * what a viewer may not see is not even there.
 */
export abstract class LedgerRoom<State extends Schema, View> extends Room<{ state: State; client: LedgerClient }> {
  override autoDispose = false;
  override maxClients = 200;
  declare deps: RoomDeps;
  #held!: HeldSession;
  #table!: Table;
  #quietSeconds = 0;
  /** Settles when the room has closed; null while it stands. */
  closed: Promise<void> | null = null;

  override messages = {
    act: (client: LedgerClient, payload: unknown, ctx: MessageContext) => this.#act(client, payload, ctx),
    "*": (client: LedgerClient) => this.#refuse(client, refusal("unknown_message")),
  };

  /** Writes the schema state from what viewers may see. Called again with the same views it must change nothing. */
  protected abstract project(view: (viewer: Viewer) => View, people: ReadonlyMap<number, Person>): void;

  /** Adds to a client's view what only this viewer may see. */
  protected abstract reveal(view: StateView, viewer: Viewer): void;

  override async onCreate({ mode, private: hidden }: JoinOptions): Promise<void> {
    const { sessions, names, clock, reconnectKey } = this.deps;
    const held = sessions.held(this.roomId) ?? (await sessions.create({ type: this.roomName, mode, private: hidden }));
    this.#held = held;
    this.roomId = held.live.id;
    this.#table = new Table(held, reconnectKey);
    this.clock.elapsedTime = clock.now() - held.live.ledger.core.openedAt;
    colyseus.startRefIdsAt(this.state, held.refIdBase);
    colyseus.guardReservations(this, (options, auth) => admits(this, held, options as JoinOptions, auth as Auth));
    const known = await names(held.members.map(({ accountId }) => accountId));
    for (const { seat, accountId } of held.members) this.#table.meet(seat, known.get(accountId) ?? "Unknown", false);
    this.setTimestep(() => this.#everySecond(), 1000);
    this.patchRate = null; // after the timestep: without one Colyseus would arm a 60 Hz clock
    held.live.present({
      release: (entries) => this.#release(entries),
      closed: () => this.#close(),
      connected: () => this.#table.connected,
      nextRefId: () => colyseus.nextRefId(this.state),
    });
    this.#show();
  }

  /** After a recovery: every seat waits for its player, with the token the player has. */
  holdSeats(): void {
    for (const member of this.#held.members) {
      const auth = { accountId: member.accountId, name: this.#table.people.get(member.seat)!.name };
      this.#hold(member.connectionId, this.#table.tokenOf(member), this.#table.userData(member), auth);
    }
  }

  /** A spectator of this room's former life comes back: its token proves that it was admitted. */
  holdSpectator(sessionId: string, token: string): void {
    if (token !== this.#table.spectatorToken(sessionId)) return;
    if (this.clients.getById(sessionId) || colyseus.isHeld(this, token)) return;
    this.#hold(sessionId, token, this.#table.userData(undefined));
  }

  #hold(sessionId: string, token: string, userData: LedgerClient["userData"], auth?: Auth): void {
    colyseus.holdConnection(this, { sessionId, token, auth, userData: { ...userData, welcome: true } });
  }

  override async onJoin(client: LedgerClient, { role = "player" }: JoinOptions, auth: Auth): Promise<void> {
    client.userData = this.#table.userData(undefined);
    if (role === "spectator") return this.#welcome(client);
    const seated = await this.deps.seats.take(this.#held, auth.accountId, role, client.sessionId).catch((reason) => {
      throw joinError(reason);
    });
    client.userData = this.#table.userData(seated.member);
    this.#welcome(client);
    if (!seated.replaced) return;
    this.clients.getById(seated.replaced.connectionId)?.leave(CLOSE.movedToOtherDevice);
    colyseus.dropHeld(this, this.#table.tokenOf(seated.replaced));
  }

  override onDrop(client: LedgerClient): void {
    this.#absent(client);
    if (this.closed || !client.userData!.welcome || this.#table.isStale(client)) return;
    colyseus.forgetQueuedMessages(client);
    this.allowReconnection(client, this.#table.memberOf(client) ? "manual" : SPECTATOR_HOLD_S).catch(() => undefined);
  }

  override onReconnect(client: LedgerClient): void {
    this.#welcome(client);
    client.send("resumed", { epoch: this.#held.live.ledger.epoch, seq: this.#held.live.durableSeq });
  }

  override async onLeave(client: LedgerClient, code: number): Promise<void> {
    this.#absent(client);
    const member = this.#table.memberOf(client);
    if (this.closed || code !== CloseCode.CONSENTED || !member || this.#table.isStale(client)) return;
    if (this.#held.live.ledger.core.status === "ended") return;
    await this.deps.seats.leave(this.#held, member.seat).catch((reason) => {
      this.deps.log.info({ sessionId: this.roomId, reason: String(reason) }, "seat kept");
    });
  }

  /** One room's fault stays in that room; its clients come back to what the journal says. */
  override onUncaughtException(error: Error, method: string): void {
    const { metrics, log } = this.deps;
    metrics.roomFaults.inc({ method });
    const cause = error.cause instanceof Error ? error.cause : error;
    log.error({ sessionId: this.roomId, method, stack: cause.stack }, "room fault");
  }

  /** Drain: lets go of the session; `closed` then sends the clients to wherever it comes up again. */
  override onBeforeShutdown(): void {
    void this.deps.sessions.release(this.#held);
  }

  async #act(client: LedgerClient, payload: unknown, ctx: MessageContext): Promise<unknown> {
    const act = parseAct(payload);
    if (act instanceof Refusal) return this.#refuse(client, act, ctx);
    const { viewer } = client.userData!;
    if (!("seat" in viewer)) return this.#refuse(client, refusal("not_seated"), ctx);
    try {
      const { epoch, seq } = await this.#held.live.commit({ kind: "act", seat: viewer.seat, ...act });
      this.deps.metrics.actions.inc({ outcome: "ok" });
      return { epoch, seq };
    } catch (reason) {
      return this.#refuse(client, reason instanceof Refusal ? reason : refusal("internal_error"), ctx);
    }
  }

  /** Answers the request, or sends a notice where no answer was asked for. Too many useless messages end it. */
  #refuse(client: LedgerClient, reason: Refusal, ctx?: MessageContext): void {
    this.deps.metrics.actions.inc({ outcome: reason.code });
    if (ctx?.id !== undefined) ctx.reject(reason.toReply());
    else client.send("notice", reason.toReply());
    if (reason.status !== 400 || !client.userData!.strikes.add(this.deps.clock.monotonic())) return;
    client.leave(CLOSE.rateLimited, "rate_limited");
  }

  #welcome(client: LedgerClient): void {
    client.userData!.welcome = true;
    client.reconnectionToken = this.#table.token(client);
    const member = this.#table.memberOf(client);
    if (member) this.#table.meet(member.seat, client.auth!.name, true);
    this.#show();
    if (!member) return;
    client.view = new StateView();
    this.reveal(client.view, client.userData!.viewer);
  }

  #absent(client: LedgerClient): void {
    client.view?.dispose();
    delete client.view;
    const member = this.#table.memberOf(client);
    if (this.closed || !member || this.#table.isStale(client)) return;
    this.#table.meet(member.seat, client.auth!.name, false);
    this.#show();
  }

  /** While something critical is not durable nothing is shown; `release` follows and shows it all. */
  #show(): void {
    const { live } = this.#held;
    if (this.closed || !live.showable) return;
    this.project((viewer) => live.ledger.view(viewer) as View, this.#table.people);
    this.broadcastPatch();
  }

  #release(entries: readonly Entry[]): void {
    this.#show();
    announce(this.clients, this.#held, entries);
    void this.setPrivate(this.#held.document.private || !admits(this, this.#held));
  }

  #everySecond(): void {
    const { live, members } = this.#held;
    this.#quietSeconds = this.clients.length > 0 ? 0 : this.#quietSeconds + 1;
    const { status, endedAt } = live.ledger.core;
    if (status === "ended") {
      const over = endedAt! + LINGER_S * 1000 < this.deps.clock.now();
      if (over || this.#quietSeconds > 0) void this.deps.sessions.release(this.#held);
    } else if (members.length === 0 && status === "waiting" && this.#quietSeconds >= LINGER_S) {
      void live.commit({ kind: "end", reason: "abandoned" }).catch(() => undefined);
    } else if (this.#quietSeconds >= HIBERNATE_AFTER_S) void this.deps.sessions.release(this.#held);
  }

  #close(): void {
    const ended = this.#held.live.ledger.core.status === "ended";
    this.closed = Promise.resolve(); // before clients are closed: their leaving then changes nothing
    this.closed = this.disconnect(ended ? CLOSE.sessionEnded : CLOSE.reconnect);
  }
}
