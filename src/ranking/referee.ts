import type { JournalStore } from "../journal/journal.store.ts";
import type { DepartureStore } from "./departures.store.ts";
import type { EndedSession } from "./ended-sessions.store.ts";
import type { MatchRow } from "./match-row.ts";
import { standingsOf } from "./outcome.rules.ts";
import type { Contestant, Ladder } from "./ranking-types.rules.ts";
import { type Story, storyOf } from "./story.ts";

/** A match that counts, before it is rated. */
export type Verdict = Pick<
  MatchRow,
  "_id" | "ladder" | "gameId" | "mode" | "region" | "rules" | "reason" | "startedAt" | "endedAt"
> & {
  readonly contestants: readonly Contestant[];
};

/** Why an ended session counts for nothing; kept with the session. */
export type Uncounted =
  | "unranked"
  | "no_ladder"
  | "not_matched"
  | "altered"
  | "not_started"
  | "bent"
  | "no_result"
  | "no_opponents";

export interface RefereeParts {
  readonly ladders: readonly Ladder[];
  readonly journalStore: Pick<JournalStore, "batches">;
  readonly departures: DepartureStore;
  /** Who the matchmaker placed together in a session; null where it placed nobody. */
  readonly teamsOf: (sessionId: string) => Promise<readonly (readonly string[])[] | null>;
}

/** Judges ended sessions: whether they count for a ladder, and who came out where. By the journal, and nothing else. */
export class Referee {
  readonly #parts: RefereeParts;

  constructor(parts: RefereeParts) {
    this.#parts = parts;
  }

  async judge(session: EndedSession): Promise<Verdict | Uncounted> {
    const { type, gameId, mode, region, _id } = session;
    if (session.unranked || session.quarantined) return "unranked";
    const ladder = this.#parts.ladders.find((one) => one.type === type && one.gameId === gameId && one.mode === mode);
    if (!ladder) return "no_ladder";
    const teams = await this.#parts.teamsOf(_id);
    if (ladder.counts === "matched" && !teams) return "not_matched";
    const story = await storyOf(_id, this.#parts.journalStore);
    if (typeof story === "string") return story;
    if (story.wasBent || story.rules.game !== type) return "bent";
    const contestants = await this.#standings(session, story, teams);
    if (typeof contestants === "string") return contestants;
    const times = { startedAt: new Date(story.startedAt), endedAt: new Date(story.endedAt) };
    const reason = String(story.result.reason ?? "");
    return { _id, ladder: ladder.id, gameId, mode, region, rules: story.rules, reason, ...times, contestants };
  }

  async #standings({ _id, members }: EndedSession, story: Story, teams: readonly (readonly string[])[] | null) {
    const present = members.filter(({ role }) => role === "player");
    const stayed = new Set(present.map(({ accountId }) => accountId));
    // By account: who left twice is one who left.
    const left = new Map(
      (await this.#parts.departures.of(_id))
        .filter(({ seq, seat, accountId }) => story.left.get(seq) === seat && !stayed.has(accountId))
        .map(({ seat, accountId }) => [accountId, { seat, accountId }]),
    );
    return standingsOf({ result: story.result, present, left: [...left.values()], teams: teams ?? undefined });
  }
}
