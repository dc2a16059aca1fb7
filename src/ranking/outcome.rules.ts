import type { Contestant } from "./ranking-types.rules.ts";

export interface Seated {
  readonly seat: number;
  readonly accountId: string;
}

/** How a session ended, as its journal says. */
export interface Ending {
  /** The data of the end entry. */
  readonly result: Readonly<Record<string, unknown>>;
  /** Players who sat there at the end. */
  readonly present: readonly Seated[];
  /** Players who left after the start and did not come back. */
  readonly left: readonly Seated[];
  /** Who was placed together by the matchmaker; without it everybody plays alone. */
  readonly teams?: readonly (readonly string[])[] | undefined;
}

/** Why a session that ended counts for nothing. */
export type Void = "no_result" | "no_opponents";

/** What a game says of one seat: who has a lower `place` did better. */
interface Finish {
  readonly place: number;
  readonly score: number | null;
}

/**
 * Who came out where, or why nobody did. A game's end entry says it in one of these ways:
 * `scores: [[seat, score, deaths?], ...]` with an optional `winner` (a seat), `seats` (of the winners), or `winner` alone.
 * Who abandoned the match stands alone below everybody who stayed, whatever was scored before.
 */
export function standingsOf(ending: Ending): readonly Contestant[] | Void {
  const finishOf = readResult(ending.result);
  if (!finishOf) return "no_result";
  const sides = sidesOf(ending);
  const ranked = sides.map(({ members }) => finishOfSide(members.map(({ seat }) => finishOf(seat))));
  const places = [...new Set(ranked.map(({ place }) => place))].sort((a, b) => a - b);
  const stayed = sides.flatMap(({ members }, side) =>
    members.map(({ accountId, seat }) => {
      const rank = places.indexOf(ranked[side]!.place);
      return {
        accountId,
        seat,
        side,
        rank: ranks(rank, ranked, places),
        score: finishOf(seat).score,
        abandoned: false,
      };
    }),
  );
  const last = stayed.length;
  const gone = ending.left.map(({ accountId, seat }, index) => {
    return { accountId, seat, side: sides.length + index, rank: last, score: finishOf(seat).score, abandoned: true };
  });
  const all = [...stayed, ...gone].sort((a, b) => a.side - b.side || a.seat - b.seat);
  return new Set(all.map(({ side }) => side)).size < 2 ? "no_opponents" : all;
}

/** As tournaments count: two who share the first rank leave no second. */
function ranks(place: number, ranked: readonly Finish[], places: readonly number[]): number {
  return ranked.filter((finish) => places.indexOf(finish.place) < place).length;
}

interface Side {
  readonly members: readonly Seated[];
}

function sidesOf({ present, teams }: Ending): Side[] {
  const bySeat = [...present].sort((a, b) => a.seat - b.seat);
  if (!teams) return bySeat.map((one) => ({ members: [one] }));
  const together = teams.map((ids) => ({ members: bySeat.filter(({ accountId }) => ids.includes(accountId)) }));
  // Somebody whom nobody placed, as a late joiner: plays alone.
  const placed = new Set(teams.flat());
  const alone = bySeat.filter(({ accountId }) => !placed.has(accountId)).map((one) => ({ members: [one] }));
  return [...together.filter(({ members }) => members.length > 0), ...alone];
}

/** A side is as good as all its scores together, and has won when one of it has. */
function finishOfSide(finishes: readonly Finish[]): Finish {
  const place = finishes.some((one) => one.place === WON) ? WON : finishes.reduce((sum, one) => sum + one.place, 0);
  return { place, score: null };
}

const WON = Number.NEGATIVE_INFINITY;
/** One kill outweighs every number of deaths. */
const SCORE_WEIGHT = 1_000_000;

function readResult({ winner, scores, seats }: Ending["result"]): ((seat: number) => Finish) | undefined {
  const won = typeof winner === "number" && winner >= 0 ? winner : undefined;
  if (Array.isArray(scores)) return byScores(scores as unknown[][], won);
  if (Array.isArray(seats)) return (seat) => ({ place: seats.includes(seat) ? WON : 0, score: null });
  if (won !== undefined) return (seat) => ({ place: seat === won ? WON : 0, score: null });
  return undefined;
}

function byScores(scores: readonly unknown[][], winner: number | undefined): (seat: number) => Finish {
  const known = new Map(
    scores.map(([seat, score, deaths]) => [Number(seat), [Number(score), Number(deaths ?? 0)] as const]),
  );
  return (seat) => {
    const [score, deaths] = known.get(seat) ?? [null, 0];
    const place = seat === winner ? WON : deaths - (score ?? 0) * SCORE_WEIGHT;
    return { place, score };
  };
}
