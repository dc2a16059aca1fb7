import type { Caller } from "../accounts/tokens.ts";
import type { Audit } from "../audit/audit-event.ts";
import { refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import type { MatchStore } from "./matches.store.ts";
import type { Seasons } from "./seasons.ts";

export interface MatchesParts {
  readonly store: MatchStore;
  readonly seasons: Seasons;
  readonly audit: Audit;
  readonly clock: Clock;
}

/** What operators do to matches. */
export class Matches {
  readonly #parts: MatchesParts;

  constructor(parts: MatchesParts) {
    this.#parts = parts;
  }

  /**
   * Marks a match to be taken back; whoever has the duty of ranking does it. Again is no error.
   *
   * @throws Refusal `match_not_found`, `season_closed`
   */
  async reverse(id: string, reason: string, { principal, requestId }: Caller): Promise<void> {
    const { store, seasons, audit, clock } = this.#parts;
    const row = await store.find(id);
    if (!row || row.state === "pending") throw refusal("match_not_found");
    if (row.state !== "applied") return;
    const season = await seasons.open(row.ladder);
    if (season.n !== row.season) throw refusal("season_closed");
    const { accountId, deviceId } = principal;
    const reversal = { by: accountId, reason, at: new Date(clock.now()), done: 0, total: 0 };
    if (!(await store.condemn(id, reversal))) return;
    const subject = { kind: "match", id } as const;
    audit.record({ action: "match.reversed", subject, actor: { accountId, deviceId }, requestId, details: { reason } });
  }
}
