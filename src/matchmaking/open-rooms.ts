import { LRUCache } from "lru-cache";
import type { Clock } from "../lib/clock.ts";
import type { MatchSessions } from "./match-sessions.ts";
import type { OpenRoom, QueueRules } from "./matchmaking-types.rules.ts";
import { teamsThere } from "./placement.rules.ts";
import type { PlacementDocument, PlacementStore } from "./placement.store.ts";

/** Rooms of which it is known since when they have a free seat; of one that is forgotten it is known anew. */
const KNOWN_MAX = 10_000;
/** Tickets that come all the time make passes that follow each other closely; each look asks after every room. */
const LOOK_EVERY_MS = 250;

export interface OpenRoomsParts {
  readonly store: PlacementStore;
  readonly sessions: Pick<MatchSessions, "seated">;
  readonly clock: Clock;
}

/** The matches of queues with backfill that have seats free: because fewer began, did not come, or left. */
export class OpenRooms {
  readonly #parts: OpenRoomsParts;
  /** The last match that was looked at, by queue. */
  readonly #last = new Map<string, string>();
  /** When that was, in monotonic ms, by queue. */
  readonly #lookedAt = new Map<string, number>();
  /** Milliseconds, by session. In memory: another leader begins with a narrow window, which is never wrong. */
  readonly #freeSince = new LRUCache<string, number>({ max: KNOWN_MAX });

  constructor(parts: OpenRoomsParts) {
    this.#parts = parts;
  }

  /**
   * Those with a free seat among the next `atMost` matches that may have one. Whoever asks again and again sees all of
   * them: the same ones each time would leave the others unfilled where there are more. None for who asks too soon again.
   */
  async of(rules: QueueRules, atMost: number): Promise<OpenRoom[]> {
    const { store, clock } = this.#parts;
    const now = clock.monotonic();
    if (now - (this.#lookedAt.get(rules.id) ?? Number.NEGATIVE_INFINITY) < LOOK_EVERY_MS) return [];
    this.#lookedAt.set(rules.id, now);
    const open = await store.open(rules.id, clock.now(), atMost, this.#last.get(rules.id));
    this.#last.set(rules.id, open.length < atMost ? "" : open.at(-1)!._id);
    return (await Promise.all(open.map((placement) => this.#roomOf(placement, rules)))).flat();
  }

  async #roomOf({ sessionId, region }: PlacementDocument, { teams: count, teamSize }: QueueRules): Promise<OpenRoom[]> {
    const { store, sessions, clock } = this.#parts;
    const seated = await sessions.seated(sessionId);
    if (seated === null) await store.close(sessionId);
    const teams = seated === null ? [] : teamsThere(await store.ofSession(sessionId), seated, count);
    const players = teams.flat().length;
    if (players === 0 || players >= count * teamSize) {
      this.#freeSince.delete(sessionId);
      return [];
    }
    const since = this.#freeSince.get(sessionId) ?? clock.now();
    this.#freeSince.set(sessionId, since);
    return [{ sessionId, region, teams, since }];
  }
}
