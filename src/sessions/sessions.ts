import { refusal } from "../errors.ts";
import { FlushGrid } from "../journal/flush-grid.ts";
import { type AnyGame, CORE, type Entry, type GameRegistry } from "../journal/game.ts";
import type { JournalStore } from "../journal/journal.store.ts";
import type { Journal } from "../journal/journal.ts";
import { Ledger, type LedgerIdentity } from "../journal/ledger.ts";
import { LiveSession } from "../journal/live-session.ts";
import type { CloseReason } from "../journal/presenter.ts";
import { recover, recoverAndClaim } from "../journal/recovery.ts";
import type { SnapshotStore } from "../journal/snapshots.store.ts";
import type { Clock } from "../lib/clock.ts";
import { newSeed } from "../lib/rng.ts";
import { uuid7 } from "../lib/uuid7.ts";
import type { Logger } from "../log.ts";
import { FaultCount } from "./fault-count.ts";
import { HeldSession, refIdBase } from "./held-session.ts";
import { Projector, projectionOf } from "./projector.ts";
import type { Member, SessionDocument, SessionStore } from "./sessions.store.ts";

export interface SessionsOptions {
  readonly games: GameRegistry;
  readonly store: SessionStore;
  readonly journal: Journal;
  readonly journalStore: JournalStore;
  readonly snapshots: SnapshotStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly processId: string;
  readonly region: string;
  readonly flushMs: number;
  /** How much play of a real-time game a crash may undo, in ms. */
  readonly tickMs: number;
  readonly onFault: (sessionId: string) => void;
}

export interface NewSession {
  readonly type: string;
  readonly mode?: string | undefined;
  readonly private?: boolean | undefined;
}

/** The mode of a session for which nobody asked for another; quick play looks for it. */
export const DEFAULT_MODE = "default";

/** A document this old whose journal never began is what a crash left of a session that nobody was told of. */
const UNBORN_MS = 60_000;
/** How long after a crash overdue turn timers wait for the players to come back. */
const RETURN_MS = 10_000;
/** More at once is an outage: after it, clients and the next start bring the rest back. */
const LOST_MAX = 10_000;
/** How much of what a crash may undo is spent waiting for the flush; the rest is for the write, and the one before it. */
const TICK_FLUSH_SHARE = 0.6;

/** The sessions this process holds, and how they come and go. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #held = new Map<string, HeldSession>();
  readonly #opening = new Map<string, Promise<HeldSession>>();
  readonly #releasing = new Map<string, Promise<void>>();
  /** Sessions lost by a fault or an unknown outcome: their documents still name this process, so it must look after them. */
  readonly #lost = new Set<string>();
  readonly #faults = new FaultCount();
  readonly #grid: FlushGrid;
  readonly projector: Projector;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.projector = new Projector(options);
    this.#grid = new FlushGrid(options.clock, options.tickMs * TICK_FLUSH_SHARE);
  }

  /** Sessions this process lost and nobody has brought back. */
  get lost(): ReadonlySet<string> {
    return this.#lost;
  }
  get heldCount(): number {
    return this.#held.size;
  }

  all(): IterableIterator<HeldSession> {
    return this.#held.values();
  }

  held(sessionId: string): HeldSession | undefined {
    return this.#held.get(sessionId);
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

  /** A new session, durable when this resolves. */
  async create({ type, mode = DEFAULT_MODE, private: hidden = false }: NewSession): Promise<HeldSession> {
    const { clock, store, journal, region, processId } = this.#options;
    const now = clock.now();
    const identity: LedgerIdentity = { sessionId: uuid7(now), game: this.gameOf(type), seed: newSeed() };
    const ledger = Ledger.open(identity, now);
    const document: SessionDocument = {
      ...{ _id: identity.sessionId, type, gameId: type, mode, region, private: hidden, hostId: null },
      ...{ seed: identity.seed, members: [], status: "waiting", seq: 1, version: 1, epoch: 1, owner: processId },
      ...{ createdAt: new Date(now), lastUpdated: new Date(now), startedAt: null, endedAt: null },
      ...{ wakeAt: ledger.wakeAt, result: null, quarantined: null },
    };
    // Document first: a journal whose seed was lost could never be acted upon again.
    await store.insert(document);
    const outcome = await journal.append(ledger.seal()!.batch, () => undefined);
    if (outcome !== "durable") throw refusal("unavailable"); // the document goes when nobody finds its journal
    return this.#hold(new HeldSession(this.#live(ledger), document, 0, 0));
  }

  /**
   * The session, recovered and owned by this process; callers that come together share one recovery.
   *
   * @throws Refusal `session_not_found`, `session_ended`, `session_quarantined`, `rules_unavailable`, `unavailable`
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
    const { store, processId, log } = this.#options;
    await this.#releasing.get(sessionId);
    const document = await store.find(sessionId);
    if (!document) throw refusal("session_not_found");
    if (document.quarantined) throw refusal("session_quarantined");
    const identity = { sessionId, game: this.gameOf(document.type), seed: document.seed };
    const { ledger, snapshot } = await recoverAndClaim(identity, this.#options, processId).catch((reason: unknown) =>
      this.#recoveryFailed(identity, reason),
    );
    // Somebody held it until a moment ago: its players are on their way back, and their turn has not been fair.
    const wakeNotBefore = document.owner === null ? 0 : this.#options.clock.now() + RETURN_MS;
    const live = this.#live(ledger, wakeNotBefore);
    const held = new HeldSession(live, document, refIdBase(ledger.epoch, snapshot), snapshot?.n ?? 0);
    this.#hold(held);
    await this.#repairMembers(held);
    log.info({ sessionId, epoch: ledger.epoch, seq: ledger.seq, fromSnapshot: snapshot?.n ?? 0 }, "session recovered");
    return held;
  }

  /** A journal that does not add up would fail again at every knock: an operator must see it. */
  async #recoveryFailed(identity: LedgerIdentity, reason: unknown): Promise<never> {
    const { store, log } = this.#options;
    const { sessionId } = identity;
    const code = (reason as { code?: unknown }).code;
    if (code === "session_ended") await this.#projectEnd(identity);
    if (code === "session_not_found")
      await store.removeUnborn(sessionId, new Date(this.#options.clock.now() - UNBORN_MS));
    if (code === "session_quarantined") await store.quarantine(sessionId, String(reason));
    if (code !== "session_ended") log.error({ sessionId, error: String(reason) }, "recovery failed");
    throw reason;
  }

  /** The process died between the end and its projection: repaired on read. */
  async #projectEnd(identity: LedgerIdentity): Promise<void> {
    const { store, clock } = this.#options;
    const document = await store.find(identity.sessionId);
    if (!document || document.status === "ended") return;
    const { ledger } = await recover(identity, this.#options);
    await store.project(identity.sessionId, projectionOf(ledger, null, clock.now()));
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
    const { journal, clock, log, flushMs, tickMs } = this.#options;
    const grid = this.#grid;
    return new LiveSession({
      ...{ ledger, journal, clock, flushMs, tickMs, grid, log, wakeNotBefore },
      onDurable: (live, entries) => this.#durable(live, entries),
      onClosed: (live, reason) => this.#closed(live, reason),
      onFault: (error) => this.#faulted(ledger.identity.sessionId, error),
    });
  }

  #hold(held: HeldSession): HeldSession {
    this.#lost.delete(held.live.id);
    this.#held.set(held.live.id, held);
    this.projector.mark(held, true);
    return held;
  }

  #durable(live: LiveSession, entries: readonly Entry[]): void {
    const held = this.#held.get(live.id);
    if (!held) return;
    const turned = entries.some(({ type }) => type === CORE.started || type === CORE.ended);
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
    if (!quarantine && reason !== "fenced" && this.#lost.size < LOST_MAX) this.#lost.add(live.id);
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

  /** Lets go of a session: settled, snapshot, document without an owner. The next knock or timer brings it back. */
  release(held: HeldSession): Promise<void> {
    const { id } = held.live;
    let releasing = this.#releasing.get(id);
    if (!releasing) {
      releasing = this.#release(held).finally(() => this.#releasing.delete(id));
      this.#releasing.set(id, releasing);
    }
    return releasing;
  }

  async #release(held: HeldSession): Promise<void> {
    await held.live.release(async () => {
      try {
        await this.projector.snapshot(held);
        await this.projector.write(held, null);
      } catch (error) {
        this.#options.log.warn({ sessionId: held.live.id, error: String(error) }, "released without a snapshot");
      }
    });
  }
}
