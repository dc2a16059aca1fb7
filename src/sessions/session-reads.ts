import { LRUCache } from "lru-cache";
import { refusal } from "../errors.ts";
import { readBody } from "../journal/batch.ts";
import type { CoreState } from "../journal/core.rules.ts";
import { type Entry, SPECTATOR, type Viewer } from "../journal/game.ts";
import type { JournalStore } from "../journal/journal.store.ts";
import type { Ledger } from "../journal/ledger.ts";
import { recover } from "../journal/recovery.ts";
import { toldTo } from "../journal/redact.ts";
import type { SnapshotStore } from "../journal/snapshots.store.ts";
import type { Member, SessionDocument, SessionFilter, SessionStore } from "./sessions.store.ts";
import type { Sessions } from "./sessions.ts";

export interface SessionReadsOptions {
  readonly sessions: Sessions;
  readonly store: SessionStore;
  readonly journalStore: JournalStore;
  readonly snapshots: SnapshotStore;
  /** False while this process's lease has run out. */
  readonly mayAnswer: () => boolean;
  readonly names: (accountIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
}

export interface SessionResource {
  readonly id: string;
  readonly type: string;
  readonly gameId: string;
  readonly mode: string;
  readonly status: CoreState["status"];
  readonly region: string;
  readonly hostId: string | null;
  readonly players: readonly PlayerResource[];
  readonly version: number;
  readonly seq: number;
  readonly epoch: number;
  readonly roomId?: string;
  readonly state?: unknown;
  /** Of an ended session: the reason, and whatever the game adds (winner, scores). */
  readonly result?: Readonly<Record<string, unknown>>;
  readonly metadata: Record<string, never>;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly lastUpdated: string;
}

interface PlayerResource {
  readonly seat: number;
  readonly playerId: string;
  readonly name: string;
  readonly connected: boolean;
  readonly role: Member["role"];
}

/** What the projection of a session says; from the live ledger, a recovered one, or the document alone. */
type Figures = Pick<SessionResource, "status" | "version" | "seq" | "epoch" | "state"> & {
  readonly result: SessionResource["result"] | null;
  /** True while a real-time game's clock runs; absent where only the document was read. */
  readonly runs?: boolean;
};

/** Ended sessions never change again, so their recovered ledgers may be kept. */
const ENDED_MAX = 200;

/** Reading sessions for the API: redacted for who asks, and never a seq that is not durable. */
export class SessionReads {
  readonly #options: SessionReadsOptions;
  readonly #ended = new LRUCache<string, Ledger>({ max: ENDED_MAX });

  constructor(options: SessionReadsOptions) {
    this.#options = options;
  }

  async list(filter: SessionFilter, viewerId: string, limit: number, cursor?: string) {
    const found = await this.#options.store.list(filter, viewerId, limit + 1, cursor);
    const page = found.slice(0, limit);
    const items = await Promise.all(page.map((document) => this.#resource(document, document)));
    return { items, nextCursor: found.length > limit ? page[page.length - 1]!._id : null };
  }

  /** @throws Refusal `session_not_found`, also for a private session of others */
  async get(sessionId: string, accountId: string): Promise<{ resource: SessionResource; runs: boolean }> {
    const document = await this.#visible(sessionId, accountId);
    const viewer = this.#viewer(document, accountId);
    const figures = await this.#figures(document, (ledger) => ({
      ...{ status: ledger.core.status, version: ledger.core.version, seq: ledger.seq, epoch: ledger.epoch },
      ...{ result: ledger.core.result, runs: ledger.runs },
      // A copy: the view of a real-time game may share what the next tick changes.
      state: structuredClone(ledger.view(viewer)),
    }));
    return { resource: await this.#resource(document, figures), runs: figures.runs === true };
  }

  /** Journal entries after `after`, as the caller may see them, in order. `nextCursor` is the next `after`. */
  async events(sessionId: string, accountId: string, after: number, limit: number) {
    const document = await this.#visible(sessionId, accountId);
    const viewer = this.#viewer(document, accountId);
    const game = this.#options.sessions.gameOf(document.type);
    // A batch holds at least one entry, so `limit` batches are enough for `limit` entries.
    const batches = await this.#options.journalStore.after(sessionId, after, limit + 1);
    const found = batches.flatMap((batch) => readBody(batch).entries).filter(({ seq }) => seq > after);
    const { items, last } = pageOf(found, limit, (entry) => toldTo(game, entry, viewer));
    const more = last < (found.at(-1)?.seq ?? 0) || batches.length > limit;
    return { items, nextCursor: more ? String(last) : null };
  }

  async #visible(sessionId: string, accountId: string): Promise<SessionDocument> {
    const document = await this.#options.store.find(sessionId);
    if (!document) throw refusal("session_not_found");
    const members = this.#members(document);
    if (document.private && !members.some((member) => member.accountId === accountId))
      throw refusal("session_not_found");
    return document;
  }

  #members(document: SessionDocument): readonly Member[] {
    return this.#options.sessions.held(document._id)?.members ?? document.members;
  }

  #viewer(document: SessionDocument, accountId: string): Viewer {
    const member = this.#members(document).find((candidate) => candidate.accountId === accountId);
    if (!member) return SPECTATOR;
    return { kind: member.role === "gm" ? "gm" : "seat", seat: member.seat };
  }

  /** The live ledger if this process holds it, else what the journal says; the document is only a projection. */
  async #figures(document: SessionDocument, read: (ledger: Ledger) => Figures): Promise<Figures> {
    const held = this.#options.sessions.held(document._id);
    if (held) {
      // L10: what is live here may be another process's by now.
      if (!this.#options.mayAnswer()) throw refusal("unavailable");
      return held.live.settled(read);
    }
    const ended = this.#ended.get(document._id);
    if (ended) return read(ended);
    const identity = {
      sessionId: document._id,
      game: this.#options.sessions.gameOf(document.type),
      seed: document.seed,
    };
    const { ledger } = await recover(identity, this.#options);
    if (ledger.core.status === "ended") this.#ended.set(document._id, ledger);
    return read(ledger);
  }

  async #resource(document: SessionDocument, figures: Figures): Promise<SessionResource> {
    const held = this.#options.sessions.held(document._id);
    const members = [...this.#members(document)].sort((a, b) => a.seat - b.seat);
    const names = await this.#options.names(members.map(({ accountId }) => accountId));
    const connected = held?.live.presenter?.connected();
    const { _id: id, type, gameId, mode, region } = document;
    return {
      ...{ id, type, gameId, mode, region, hostId: held?.hostId ?? document.hostId },
      ...{ status: figures.status, version: figures.version, seq: figures.seq, epoch: figures.epoch },
      players: members.map(({ seat, role, accountId }) => ({
        ...{ seat, role, playerId: accountId, name: names.get(accountId) ?? "Unknown" },
        connected: connected?.has(seat) ?? false,
      })),
      ...(held?.live.presenter ? { roomId: id } : {}),
      ...(figures.state === undefined ? {} : { state: figures.state }),
      ...(figures.result ? { result: figures.result } : {}),
      metadata: {},
      createdAt: document.createdAt.toISOString(),
      ...(document.startedAt ? { startedAt: document.startedAt.toISOString() } : {}),
      ...(document.endedAt ? { endedAt: document.endedAt.toISOString() } : {}),
      lastUpdated: document.lastUpdated.toISOString(),
    };
  }
}

/**
 * Up to `limit` of what a reader is told, and the seq of the last entry that was looked at. Counted by what is shown:
 * most ticks tell nothing. The facts of one tick share its seq and are never torn apart, however many they are.
 */
function pageOf(entries: readonly Entry[], limit: number, told: (entry: Entry) => Entry[]) {
  const items: Entry[] = [];
  let last = 0;
  for (const entry of entries) {
    const seen = told(entry);
    if (items.length > 0 && items.length + seen.length > limit) break;
    items.push(...seen);
    last = entry.seq;
  }
  return { items, last };
}
