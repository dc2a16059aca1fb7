import { refusal } from "../errors.ts";
import type { CoreState } from "../journal/core.rules.ts";
import { FlushGrid } from "../journal/flush-grid.ts";
import { type AnyGame, CORE, type Entry, type GameRegistry } from "../journal/game.ts";
import type { JournalStore } from "../journal/journal.store.ts";
import type { Journal } from "../journal/journal.ts";
import type { Ledger } from "../journal/ledger.ts";
import type { LiveParts } from "../journal/live-parts.ts";
import { LiveSession } from "../journal/live-session.ts";
import type { CloseReason } from "../journal/presenter.ts";
import type { SnapshotStore } from "../journal/snapshots.store.ts";
import type { Clock } from "../lib/clock.ts";
import { newSeed } from "../lib/rng.ts";
import { uuid7 } from "../lib/uuid7.ts";
import type { Logger } from "../log.ts";
import { FaultCount } from "./fault-count.ts";
import { HeldSession, refIdBase } from "./held-session.ts";
import { HeldElsewhere, type Owners } from "./owners.ts";
import { Projector } from "./projector.ts";
import { bornDocument, bornLedger, type NewSession } from "./session-birth.ts";
import { SessionRecovery } from "./session-recovery.ts";
import type { Member, SessionDocument, SessionStore } from "./sessions.store.ts";

export interface SessionsOptions {
  readonly games: GameRegistry;
  readonly store: SessionStore;
  readonly journal: Journal;
  readonly journalStore: JournalStore;
  readonly snapshots: SnapshotStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly owners: Owners;
  readonly region: string;
  readonly flushMs: number;
  /** How much play of a real-time game a crash may undo, in ms. */
  readonly tickMs: number;
  readonly onFault: (sessionId: string) => void;
  /** What was read of a session before this process held it may grow old from now on. */
  readonly onHold?: (sessionId: string) => void;
  /** A session whose owner died, or lost it, is held here now. */
  readonly onRecovered?: (recovered: RecoveredSession) => void;
}

export interface RecoveredSession {
  readonly sessionId: string;
  /** Who had it before. */
  readonly from: string;
  readonly epoch: number;
  readonly seq: number;
  readonly seconds: number;
}

/** How long after a crash overdue turn timers wait for the players to come back. */
const RETURN_MS = 10_000;
/** More at once is an outage: after it, clients and the next start bring the rest back. */
const LOST_MAX = 10_000;
/** A session that no room presents stays in memory for this long; one that clients of the API ask for stays longer. */
export const KEEP_MS = 5000;
const KEEP_ASKED_MS = 10 * 60_000;
/** Beyond this those without a room are let go of as soon as they are quiet, and new ones are not held. */
const HELD_MAX = 150_000;
/** How much of what a crash may undo is spent waiting for the flush; the rest is for the write, and the one before it. */
const TICK_FLUSH_SHARE = 0.6;

/** After these entries lists should show the session differently. */
const TURNS: ReadonlySet<string> = new Set([CORE.started, CORE.paused, CORE.resumed, CORE.ended]);

/** The sessions this process holds, and how they come and go. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #held = new Map<string, HeldSession>();
  readonly #opening = new Map<string, Promise<HeldSession>>();
  readonly #releasing = new Map<string, Promise<void>>();
  /** Sessions lost by a fault or an unknown outcome: their documents still name this process, so it must look after them. */
  readonly #lost = new Set<string>();
  readonly #faults = new FaultCount();
  readonly #parts: LiveParts;
  readonly #recovery: SessionRecovery;
  readonly projector: Projector;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.projector = new Projector(options);
    this.#recovery = new SessionRecovery({ ...options, gameOf: (type) => this.gameOf(type) });
    const { journal, clock, log, flushMs, tickMs } = options;
    this.#parts = {
      ...{ journal, clock, log, flushMs, tickMs, grid: new FlushGrid(clock, tickMs * TICK_FLUSH_SHARE) },
      onDurable: (live, entries) => this.#durable(live, entries),
      onClosed: (live, reason) => this.#closed(live, reason),
      onFault: (live, error) => this.#faulted(live.id, error),
    };
  }

  /** Sessions this process lost and nobody has brought back. */
  get lost(): ReadonlySet<string> {
    return this.#lost;
  }
  get heldCount(): number {
    return this.#held.size;
  }

  /** True when this process holds more sessions than it should. */
  get isCrowded(): boolean {
    return this.#held.size >= HELD_MAX;
  }

  all(): IterableIterator<HeldSession> {
    return this.#held.values();
  }

  held(sessionId: string): HeldSession | undefined {
    return this.#held.get(sessionId);
  }

  /** Whether sessions of this type can be made here. */
  offers(type: string): boolean {
    return this.#options.games.has(type);
  }

  gameOf(type: string): AnyGame {
    const game = this.#options.games.get(type);
    if (!game) throw refusal("rules_unavailable");
    return game;
  }

  /** Who sits in a session, held or not; null when there is no such session. */
  async membersOf(sessionId: string): Promise<readonly Member[] | null> {
    const held = this.#held.get(sessionId);
    return held ? held.members : ((await this.#options.store.find(sessionId))?.members ?? null);
  }

  /** Somebody asks for it who has no connection: it stays for when they ask again. */
  touch(held: HeldSession): void {
    held.keepUntil = this.#options.clock.monotonic() + KEEP_ASKED_MS;
  }

  /**
   * A new session, durable when this resolves.
   *
   * @throws Refusal what the game says to its first seat and its first command, `unavailable`
   */
  async create(wish: NewSession): Promise<HeldSession> {
    const { clock, store, journal, owners, region } = this.#options;
    const now = clock.now();
    const self = this.#self();
    const { id: sessionId = uuid7(now), type, seed = newSeed() } = wish;
    const identity = { sessionId, game: this.gameOf(type), seed };
    const ledger = bornLedger(identity, wish, now);
    const unheld = identity.game.roomless === true && this.isCrowded;
    const owner = unheld || (identity.game.roomless && owners.alone) ? null : self;
    const document = bornDocument(ledger, wish, region, owner);
    // Document first: a journal whose seed was lost could never be acted upon again.
    await store.insert(document);
    const outcome = await journal.append(ledger.seal()!.batch, () => undefined);
    if (outcome !== "durable") throw refusal("unavailable"); // the document goes when nobody finds its journal
    const held = new HeldSession(this.#live(ledger), document, 0, 0);
    held.projectedVersion = document.version;
    return unheld ? held : this.#hold(held, self);
  }

  #self(): string {
    const { self } = this.#options.owners;
    if (self === null) throw refusal("unavailable");
    return self;
  }

  /**
   * The session, recovered and owned by this process; callers that come together share one recovery.
   *
   * @throws Refusal `session_not_found`, `session_ended`, `session_quarantined`, `rules_unavailable`, `unavailable`;
   *   HeldElsewhere when another process that lives has it
   */
  open(sessionId: string): Promise<HeldSession> {
    const held = this.#held.get(sessionId);
    if (held && !held.live.isClosed) return Promise.resolve(held);
    let opening = this.#opening.get(sessionId);
    if (!opening) {
      opening = this.#recover(sessionId).finally(() => this.#opening.delete(sessionId));
      this.#opening.set(sessionId, opening);
    }
    return opening;
  }

  async #recover(sessionId: string): Promise<HeldSession> {
    const { clock, log, onRecovered } = this.#options;
    await this.#releasing.get(sessionId);
    const since = clock.monotonic();
    const self = this.#self();
    const wasLost = this.#lost.has(sessionId);
    const { ledger, snapshot, document, from } = await this.#recovery.claim(sessionId, self).catch((reason) => {
      if (reason instanceof HeldElsewhere) this.#lost.delete(sessionId);
      throw reason;
    });
    // Somebody held it until a moment ago: its players are on their way back, and their turn has not been fair.
    const live = this.#live(ledger, from === null ? 0 : clock.now() + RETURN_MS);
    const held = new HeldSession(live, document, refIdBase(ledger.epoch, snapshot), snapshot?.n ?? 0);
    this.#hold(held, self);
    await this.#repairMembers(held);
    const { epoch, seq } = ledger;
    log.info({ sessionId, epoch, seq, fromSnapshot: snapshot?.n ?? 0 }, "session recovered");
    const wasGiven = from === self && !wasLost;
    if (from !== null && !wasGiven)
      onRecovered?.({ sessionId, from, epoch, seq, seconds: (clock.monotonic() - since) / 1000 });
    return held;
  }

  /**
   * A crash between the journal and the document leaves a seat without a person, or a person without a seat. The
   * journal is right about the seats, the document about the persons; neither had been acknowledged.
   */
  async #repairMembers(held: HeldSession): Promise<void> {
    const seated = new Set(held.live.ledger.core.seats.map(({ seat }) => seat));
    held.members = held.members.filter(({ seat }) => seated.has(seat));
    for (const seat of seated) {
      if (!held.memberAt(seat)) await held.live.commit({ kind: "leave", seat });
    }
  }

  #live(ledger: Ledger, wakeNotBefore = 0): LiveSession {
    return new LiveSession(ledger, this.#parts, wakeNotBefore);
  }

  /** @throws Refusal `session_moved` when the process was declared dead since it began as `self` */
  #hold(held: HeldSession, self: string): HeldSession {
    if (this.#options.owners.self !== self) {
      held.live.discard("deposed");
      throw refusal("session_moved");
    }
    this.#lost.delete(held.live.id);
    this.#held.set(held.live.id, held);
    this.#options.onHold?.(held.live.id);
    held.keepUntil = this.#options.clock.monotonic() + KEEP_MS;
    if (held.projectedVersion !== held.live.ledger.core.version) this.projector.mark(held, true);
    return held;
  }

  #durable(live: LiveSession, entries: readonly Entry[]): void {
    const held = this.#held.get(live.id);
    if (!held) return;
    const edited = entries.some(({ type }) => type === CORE.edited);
    if (edited) held.document = { ...held.document, ...editsOf(live.ledger.core) };
    const turned = edited || entries.some(({ type }) => TURNS.has(type));
    this.projector.mark(held, turned);
  }

  #closed(live: LiveSession, reason: CloseReason): void {
    const { log, store } = this.#options;
    const held = this.#held.get(live.id);
    if (held) this.projector.forget(held);
    this.#held.delete(live.id);
    if (reason === "released") return;
    log.warn({ sessionId: live.id, reason }, "live session discarded");
    const quarantine = reason === "refused" || (reason === "fault" && this.#faults.isTooMany(live.id));
    const isOurs = reason !== "fenced" && reason !== "deposed";
    if (!quarantine && isOurs && this.#lost.size < LOST_MAX) this.#lost.add(live.id);
    if (quarantine) {
      void store
        .quarantine(live.id, reason)
        .catch((error: unknown) => log.error({ error: String(error) }, "quarantine"));
    }
  }

  #faulted(sessionId: string, error: unknown): void {
    const { clock, log, onFault } = this.#options;
    this.#faults.add(sessionId, clock.now());
    log.error({ sessionId, stack: error instanceof Error ? error.stack : String(error) }, "the game's code threw");
    onFault(sessionId);
  }

  /**
   * The cluster has declared this process dead: others may have everything it holds, so it shows none of that to anybody
   * any more.
   */
  discardAll(): void {
    for (const { live } of [...this.#held.values()]) live.discard("deposed");
    this.#lost.clear();
  }

  /** Settles when a session that is being let go of is gone from here; undefined for one that stays. */
  releasing(sessionId: string): Promise<void> | undefined {
    return this.#releasing.get(sessionId);
  }

  /** Lets go of a session: settled, snapshot, document without an owner. The next knock or timer brings it back. */
  release(held: HeldSession): Promise<void> {
    return this.#once(held, () => this.#release(held, null));
  }

  /**
   * Gives a session to another owner. Nobody is sent away before `ready` settles: until then the other one restores it,
   * and nothing is shown here any more.
   *
   * @param ready must not reject
   */
  handOver(held: HeldSession, next: string, ready: () => Promise<void>): Promise<void> {
    return this.#once(held, () => this.#release(held, next, ready));
  }

  #once({ live: { id } }: HeldSession, release: () => Promise<void>): Promise<void> {
    let releasing = this.#releasing.get(id);
    if (!releasing) {
      releasing = release().finally(() => this.#releasing.delete(id));
      this.#releasing.set(id, releasing);
    }
    return releasing;
  }

  async #release(held: HeldSession, next: string | null, then?: () => Promise<void>): Promise<void> {
    await held.live.release(async () => {
      try {
        await this.projector.snapshotForSleep(held);
        await this.projector.letGo(held, next);
        await then?.();
      } catch (error) {
        this.#options.log.warn({ sessionId: held.live.id, error: String(error) }, "released without a snapshot");
      }
    });
  }
}

function editsOf({ mode, maxPlayers }: CoreState): Partial<Pick<SessionDocument, "mode" | "maxPlayers">> {
  return { ...(mode === undefined ? {} : { mode }), ...(maxPlayers === undefined ? {} : { maxPlayers }) };
}
