import { LRUCache } from "lru-cache";
import { Refusal, refusal } from "../errors.ts";
import type { Viewer } from "../journal/game.ts";
import type { JournalStore } from "../journal/journal.store.ts";
import type { Ledger } from "../journal/ledger.ts";
import { type Recovered, recover } from "../journal/recovery.ts";
import type { SnapshotStore } from "../journal/snapshots.store.ts";
import type { Clock } from "../lib/clock.ts";
import { Flights } from "../lib/flights.ts";
import { within } from "../lib/within.ts";
import { type Asker, maySee, viewerOf } from "./session-access.ts";
import type { SessionCache } from "./session-cache.ts";
import { figuresOf, heldFacts, projectedFacts, type SessionFacts } from "./session-facts.ts";
import type { SessionDocument, SessionStore } from "./sessions.store.ts";
import type { Sessions } from "./sessions.ts";

/** Where a read was answered from; `stale` is the memory of a process whose database does not answer. */
export type Tier = "live" | "l1" | "l2" | "l3" | "stale";

/** One look at a session. `state` is the JSON of the game's view for who looked. */
export interface Look {
  readonly facts: SessionFacts;
  readonly state: string;
  readonly tier: Tier;
}

export interface TiersOptions {
  readonly sessions: Sessions;
  readonly store: SessionStore;
  readonly journalStore: JournalStore;
  readonly snapshots: SnapshotStore;
  readonly cache: SessionCache;
  readonly clock: Clock;
  /** False while this process's lease has run out. */
  readonly mayAnswer: () => boolean;
}

/** What is kept of a session. */
interface Kept {
  readonly stamp: string;
  readonly facts: SessionFacts;
  /** The state's JSON by who looks. */
  readonly states: Map<string, string>;
}

/** How long another process's change of a name or a device may stay unseen, and how long what is not asked for is kept. */
const KEPT_MS = 60_000;
/** Bounds L1, counted as below. */
const L1_BYTES = 256 * 1024 * 1024;
/** Bounds what is kept for the time when nothing better can be had: of those that were read last. */
const TOLD_MAX = 10_000;
const TOLD_BYTES = 32 * 1024 * 1024;
/** What a session costs beside its texts. */
const KEPT_BYTES = 1500;
/** More sessions than come to be held while one is read. */
const OPENINGS_MAX = 10_000;
/** A database that did not answer is not asked again for so long by those who can be told something older. */
const AWAY_MS = 1000;
/** How long somebody who can be told something older waits for the database. */
const PATIENCE_MS = 1000;
/** The same where there is nothing older to tell. */
const SETTLED_WITHIN_MS = 2000;

/**
 * Reads of sessions in three tiers: what this process holds or remembers, what the processes share, the database.
 * Nobody is told anything older than what was acknowledged to anybody, but for those whose answer says that it is stale.
 */
export class SessionTiers {
  readonly #options: TiersOptions;
  /** What no process holds, and has not changed since under its stamp. */
  readonly #kept = new LRUCache<string, Kept>({
    ...{ maxSize: L1_BYTES, sizeCalculation: sizeOf, ttl: KEPT_MS },
    ...{ allowStale: true, noDeleteOnStaleGet: true },
  });
  /** What was told of sessions that may have changed since. Never of one that is in the other. */
  readonly #told = new LRUCache<string, Kept>({ max: TOLD_MAX, maxSize: TOLD_BYTES, sizeCalculation: sizeOf });
  readonly #finding = new Flights<SessionDocument | null>();
  readonly #loading = new Flights<Recovered>();
  /** Which sessions came to be held of late, by a running number: a read that began before must not be kept. */
  readonly #openings = new LRUCache<string, number>({ max: OPENINGS_MAX });
  #opened = 0;
  /** What began to be read before this number names persons who may be gone. */
  #forgotten = 0;
  #awayUntil = 0;

  constructor(options: TiersOptions) {
    this.#options = options;
  }

  /** From now on this process's ledger is the truth, and what was read before may grow old. */
  held(sessionId: string): void {
    this.#finding.forget(sessionId);
    this.#loading.forget(sessionId);
    this.#opened += 1;
    this.#openings.set(sessionId, this.#opened);
    const kept = this.#kept.peek(sessionId, { allowStale: true });
    if (!kept) return;
    this.#kept.delete(sessionId);
    this.#told.set(sessionId, kept);
  }

  /** Forgets everything that names a person; accounts are erased rarely. */
  forgetAll(): void {
    this.#kept.clear();
    this.#told.clear();
    this.#finding.forgetAll();
    this.#loading.forgetAll();
    this.#opened += 1;
    this.#forgotten = this.#opened;
  }

  /** @throws Refusal `session_not_found`, also for a private session of others; `unavailable` */
  async look(sessionId: string, asker: Asker): Promise<Look> {
    return (await this.#live(sessionId, asker)) ?? this.#stored(sessionId, asker);
  }

  /** From the ledger that this process holds; undefined when it holds none. */
  async #live(sessionId: string, asker: Asker): Promise<Look | undefined> {
    const held = this.#options.sessions.held(sessionId);
    if (!held) return undefined;
    if (!maySee({ ...held.document, members: held.members, hostId: held.hostId }, asker))
      throw refusal("session_not_found");
    this.#options.sessions.touch(held);
    const viewer = viewerOf(held.members, asker);
    // L10: what is live here may be another process's by now.
    const known = this.#older(sessionId, asker);
    if (!this.#options.mayAnswer()) {
      if (known) return known;
      throw refusal("unavailable");
    }
    const told = this.#told.get(sessionId);
    const settled = held.live.settled((ledger) => seen(ledger, viewer, told));
    const found = await within(known ? PATIENCE_MS : SETTLED_WITHIN_MS, settled).catch((reason: unknown) => {
      // The session was let go of, or lost: whoever holds it next, the journal knows it.
      if ((reason as { code?: unknown }).code === "session_moved") return undefined;
      if (reason instanceof Refusal) throw reason;
      if (known) return known;
      throw refusal("unavailable");
    });
    if (!found || "tier" in found) return found;
    const facts = heldFacts(held, found.figures);
    if (!isKept(told, facts, viewer)) keep(this.#told, { stamp: "", facts }, viewer, found.state);
    return { facts, state: found.state, tier: "live" };
  }

  async #stored(sessionId: string, asker: Asker): Promise<Look> {
    const { cache } = this.#options;
    const stamp = await cache.stamp(sessionId);
    const kept = this.#kept.get(sessionId, { allowStale: false });
    if (kept?.stamp === stamp) {
      const state = kept.states.get(keyOf(viewerFor(kept.facts, asker)));
      if (state !== undefined) return { facts: kept.facts, state, tier: "l1" };
    }
    const shared = stamp === null ? undefined : await this.#shared(sessionId, stamp, asker);
    return shared ?? this.#fromDatabase(sessionId, stamp, asker);
  }

  async #shared(sessionId: string, stamp: string, asker: Asker): Promise<Look | undefined> {
    const text = await this.#options.cache.get(sessionId, stamp);
    if (text === undefined) return undefined;
    const { facts, states } = JSON.parse(text) as { facts: SessionFacts; states: [string, string][] };
    const viewer = viewerFor(facts, asker);
    const state = new Map(states).get(keyOf(viewer));
    if (state === undefined) return undefined;
    keep(this.#kept, { stamp, facts }, viewer, state);
    this.#told.delete(sessionId);
    return { facts, state, tier: "l2" };
  }

  async #fromDatabase(sessionId: string, stamp: string | null, asker: Asker): Promise<Look> {
    const known = this.#older(sessionId, asker);
    if (known && this.#options.clock.monotonic() < this.#awayUntil) return known;
    const loaded = this.#load(sessionId, stamp, asker);
    try {
      return await (known ? within(PATIENCE_MS, loaded) : loaded);
    } catch (reason) {
      if (isRefused(reason)) throw reason;
      this.#awayUntil = this.#options.clock.monotonic() + AWAY_MS;
      if (known) return known;
      throw reason;
    }
  }

  async #load(sessionId: string, stamp: string | null, asker: Asker): Promise<Look> {
    const { store, cache, sessions } = this.#options;
    const opened = this.#opened;
    const document = await this.#finding.join(sessionId, stamp, () => store.find(sessionId));
    if (!document) throw refusal("session_not_found");
    const projected = projectedFacts(document);
    // Asked first: a stranger's knock is not worth a recovery.
    const viewer = viewerFor(projected, asker);
    const game = sessions.gameOf(document.type);
    const identity = { sessionId, game, seed: document.seed };
    const { ledger } = await this.#loading.join(sessionId, stamp, () => recover(identity, this.#options));
    const { figures, state } = seen(ledger, viewer);
    const { mode = projected.profile.mode, maxPlayers = projected.profile.maxPlayers } = ledger.core;
    const facts = { ...projected, profile: { ...projected.profile, mode, maxPlayers }, figures };
    if (stamp === null) keep(this.#told, { stamp: "", facts }, viewer, state);
    else if (opened >= this.#forgotten && opened >= (this.#openings.get(sessionId) ?? 0)) {
      this.#told.delete(sessionId);
      const kept = keep(this.#kept, { stamp, facts }, viewer, state);
      void cache.put(sessionId, stamp, JSON.stringify({ facts, states: [...kept.states] })).catch(() => undefined);
    }
    return { facts, state, tier: "l3" };
  }

  /** What was last told to such a viewer, however long ago. */
  #older(sessionId: string, asker: Asker): Look | undefined {
    const kept = this.#told.peek(sessionId) ?? this.#kept.peek(sessionId, { allowStale: true });
    // Whoever sat down since was a stranger then: what is known of the session now decides.
    if (!kept || !maySee({ ...kept.facts, ...kept.facts.profile }, asker)) return undefined;
    const state = kept.states.get(keyOf(viewerOf(kept.facts.members, asker)));
    return state === undefined ? undefined : { facts: kept.facts, state, tier: "stale" };
  }
}

/** Adds what one viewer saw to what others saw of the same. */
function keep(
  cache: LRUCache<string, Kept>,
  { stamp, facts }: Omit<Kept, "states">,
  viewer: Viewer,
  state: string,
): Kept {
  const { id } = facts.profile;
  const before = cache.peek(id);
  const isSame = before?.stamp === stamp && before.facts.figures.seq === facts.figures.seq;
  const states = new Map(isSame ? before.states : []);
  states.set(keyOf(viewer), state);
  const kept = { stamp, facts, states };
  // What has ended never changes again.
  cache.set(id, kept, facts.figures.status === "ended" ? { ttl: 0 } : {});
  return kept;
}

/** @param told what was told before: with no entry since, the state is what it was */
function seen(ledger: Ledger, viewer: Viewer, told?: Kept) {
  const figures = figuresOf(ledger);
  const before = told?.facts.figures.seq === figures.seq ? told.states.get(keyOf(viewer)) : undefined;
  // As text at once: the view of a game may share what the next entry changes.
  return { figures, state: before ?? JSON.stringify(ledger.view(viewer)) };
}

/** Whether keeping it would change nothing: most reads find what the one before found. */
function isKept(kept: Kept | undefined, { figures, members, hostId, profile }: SessionFacts, viewer: Viewer): boolean {
  if (!kept?.states.has(keyOf(viewer)) || kept.facts.figures.seq !== figures.seq) return false;
  const { facts } = kept;
  return facts.members === members && facts.hostId === hostId && facts.profile.metadata === profile.metadata;
}

/** @throws Refusal `session_not_found` */
function viewerFor({ profile, members, hostId }: Omit<SessionFacts, "figures">, asker: Asker): Viewer {
  if (!maySee({ ...profile, members, hostId }, asker)) throw refusal("session_not_found");
  return viewerOf(members, asker);
}

function keyOf(viewer: Viewer): string {
  return "seat" in viewer ? `${viewer.kind}/${viewer.seat}` : viewer.kind;
}

function sizeOf({ states, facts }: Kept): number {
  let bytes = KEPT_BYTES + JSON.stringify(facts.profile.metadata).length;
  for (const text of states.values()) bytes += text.length;
  return bytes;
}

/** An answer about the session, not about the database. */
function isRefused(reason: unknown): boolean {
  return reason instanceof Refusal && reason.code !== "unavailable";
}
