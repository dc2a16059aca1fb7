import { readBody } from "../journal/batch.ts";
import type { Entry, Viewer } from "../journal/game.ts";
import { toldTo } from "../journal/redact.ts";
import { type Asker, type SessionAccess, viewerOf } from "./session-access.ts";
import { figuresOf, heldFacts, projectedFacts, type SessionFacts } from "./session-facts.ts";
import { NOBODY, type Presence, resourceOf, type SessionResource } from "./session-resource.ts";
import { type Look, SessionTiers, type Tier, type TiersOptions } from "./session-tiers.ts";
import type { SessionDocument, SessionFilter } from "./sessions.store.ts";

export interface SessionReadsOptions extends TiersOptions {
  readonly onRead: (tier: Tier) => void;
  readonly access: SessionAccess;
  readonly names: (accountIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
}

/** What a reader may ask for besides the session itself. */
export interface Extras {
  /** The newest entries of the journal. */
  readonly logs?: boolean | undefined;
  readonly stats?: boolean | undefined;
}

/** A session as it is answered: `text` is the JSON of the resource. */
export interface SessionText {
  readonly text: string;
  readonly version: number;
  /** True while a real-time game's clock runs: then the state changes without a version. */
  readonly runs: boolean;
  /** True when the database does not answer and this is what was last known. */
  readonly stale: boolean;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** Where one of the caller's seats is. */
export interface MySeat
  extends Pick<SessionResource, "type" | "gameId" | "mode" | "status" | "roomId" | "lastUpdated"> {
  readonly sessionId: string;
  readonly seat: number;
  readonly role: string;
}

const LOGS_MAX = 100;

/** Reading sessions for the API: redacted for who asks, and never a seq that is not durable. */
export class SessionReads {
  readonly tiers: SessionTiers;
  readonly #options: SessionReadsOptions;

  constructor(options: SessionReadsOptions) {
    this.#options = options;
    this.tiers = new SessionTiers(options);
  }

  /** Newest first. Private sessions appear to those who sit there, and only when they ask for their own. */
  async list(filter: SessionFilter, asker: Asker, limit: number, cursor?: string): Promise<Page<SessionResource>> {
    await this.#options.sessions.projector.caughtUp();
    const found = await this.#options.store.list(filter, asker.accountId, limit + 1, cursor);
    const page = found.slice(0, limit);
    const facts = await Promise.all(page.map((document) => this.#factsOf(document)));
    const names = await this.#names(facts.flatMap(({ members }) => members));
    // The document follows the journal; what has moved on since does not match any more.
    const matching = facts.filter(({ figures }) => filter.status === undefined || figures.status === filter.status);
    const items = matching.map((known) => resourceOf(known, names, this.#presence(known.profile.id)));
    return { items, nextCursor: found.length > limit ? page.at(-1)!._id : null };
  }

  /** The newest sessions of a campaign; the private ones of others are left out. */
  readonly ofCampaign = async (campaignId: string, asker: Asker, limit: number): Promise<readonly SessionResource[]> =>
    (await this.list({ campaignId }, asker, limit)).items;

  /**
   * One session, as the asker may see it.
   *
   * @throws Refusal `session_not_found`, also for a private session of others; `unavailable`
   */
  async get(sessionId: string, asker: Asker, extras: Extras = {}): Promise<SessionText> {
    const look = await this.tiers.look(sessionId, asker);
    this.#options.onRead(look.tier);
    return this.#textOf(look, asker, extras);
  }

  async #textOf(look: Look, asker: Asker, { logs, stats }: Extras): Promise<SessionText> {
    const { facts, state, tier } = look;
    const { version, runs } = facts.figures;
    const names = await this.#names(facts.members);
    const resource = resourceOf(facts, names, this.#presence(facts.profile.id));
    const extra = {
      ...(logs ? { logs: await this.#newest(look, asker) } : {}),
      ...(stats ? { stats: statsOf(resource, this.#options.clock.now()) } : {}),
    };
    // The state is JSON already: to parse it only to write it again would be most of a read's work.
    const text = `${JSON.stringify({ ...resource, ...extra }).slice(0, -1)},"state":${state}}`;
    return { text, version, runs, stale: tier === "stale" };
  }

  /**
   * The session for somebody who has just changed it, under the version and seq that the change made. Another change may
   * have followed: its version is not this caller's to know as its own.
   */
  async changed(sessionId: string, asker: Asker, made: { version: number; seq: number }): Promise<SessionText> {
    const look = await this.tiers.look(sessionId, asker);
    const { version, seq } = made;
    const figures = { ...look.facts.figures, version, seq };
    return this.#textOf({ ...look, facts: { ...look.facts, figures } }, asker, {});
  }

  /** Journal entries after `after`, as the caller may see them, in order. `nextCursor` is the next `after`. */
  async events(sessionId: string, asker: Asker, after: number, limit: number): Promise<Page<Entry>> {
    const { access, sessions, journalStore } = this.#options;
    const { type, members } = await access.visible(sessionId, asker);
    const viewer = viewerOf(members, asker);
    const game = sessions.gameOf(type);
    // A batch holds at least one entry, so `limit` batches are enough for `limit` entries.
    const batches = await journalStore.after(sessionId, after, limit + 1);
    const found = batches.flatMap((batch) => readBody(batch).entries).filter(({ seq }) => seq > after);
    const { items, last } = pageOf(found, limit, (entry) => toldTo(game, entry, viewer));
    const more = last < (found.at(-1)?.seq ?? 0) || batches.length > limit;
    return { items, nextCursor: more ? String(last) : null };
  }

  /** Where the caller was playing: sessions that have not ended and hold a seat of theirs, newest first. */
  async seatsOf(asker: Asker, limit: number, cursor?: string): Promise<Page<MySeat>> {
    await this.#options.sessions.projector.caughtUp();
    const found = await this.#options.store.seatsOf(asker.accountId, limit + 1, cursor);
    const page = found.slice(0, limit);
    const facts = await Promise.all(page.map((document) => this.#factsOf(document)));
    const items = facts.flatMap((known) => this.#mySeat(known, asker.accountId));
    return { items, nextCursor: found.length > limit ? page.at(-1)!._id : null };
  }

  #mySeat({ profile, members, figures }: SessionFacts, accountId: string): MySeat[] {
    const mine = members.find((member) => member.accountId === accountId);
    if (!mine || figures.status === "ended") return [];
    const { id: sessionId, type, gameId, mode } = profile;
    const { seat, role } = mine;
    const at = { sessionId, type, gameId, mode, status: figures.status, seat, role };
    const lastUpdated = new Date(figures.updatedAt).toISOString();
    return [{ ...at, ...(this.#presence(sessionId).inRoom ? { roomId: sessionId } : {}), lastUpdated }];
  }

  /** Of a listed session: the live ledger if this process holds it, since the document lags behind it. */
  async #factsOf(document: Omit<SessionDocument, "seed">): Promise<SessionFacts> {
    const { sessions, mayAnswer } = this.#options;
    const held = sessions.held(document._id);
    if (!held || !mayAnswer()) return projectedFacts(document);
    const figures = await held.live.settled(figuresOf).catch(() => undefined);
    return figures ? heldFacts(held, figures) : projectedFacts(document);
  }

  async #newest({ facts }: Look, asker: Asker): Promise<readonly Entry[]> {
    const { sessions, journalStore } = this.#options;
    const viewer: Viewer = viewerOf(facts.members, asker);
    const game = sessions.gameOf(facts.profile.type);
    const after = Math.max(0, facts.figures.seq - LOGS_MAX);
    const batches = await journalStore.after(facts.profile.id, after, LOGS_MAX);
    const entries = batches.flatMap((batch) => readBody(batch).entries).filter(({ seq }) => seq > after);
    return entries.flatMap((entry) => toldTo(game, entry, viewer)).slice(-LOGS_MAX);
  }

  /** A name that cannot be found out is not worth a failed read. */
  async #names(members: SessionFacts["members"]): Promise<ReadonlyMap<string, string>> {
    if (members.length === 0) return NO_NAMES;
    return this.#options.names(members.map(({ accountId }) => accountId)).catch(() => NO_NAMES);
  }

  #presence(sessionId: string): Presence {
    const presenter = this.#options.sessions.held(sessionId)?.live.presenter;
    return presenter ? { inRoom: true, connected: presenter.connected() } : NOBODY;
  }
}

const NO_NAMES: ReadonlyMap<string, string> = new Map();

function statsOf({ players, seq, version, startedAt, endedAt }: SessionResource, now: number) {
  const started = startedAt === undefined ? null : Date.parse(startedAt);
  const ended = endedAt === undefined ? now : Date.parse(endedAt);
  return {
    ...{ entries: seq, changes: version, seats: players.length },
    connected: players.filter(({ connected }) => connected).length,
    durationMs: started === null ? 0 : Math.max(0, ended - started),
  };
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
