import { rate } from "openskill";
import type { Contestant, RatedContestant, Skill } from "./ranking-types.rules.ts";

/** Names the arithmetic in match rows; it changes with the library and its parameters. */
export const MODEL = "openskill-5/plackett-luce";

const MICRO = 1_000_000;

/**
 * Rates a match. Only integers go in and come out, so that a match that is rated again, from what is kept, is rated the
 * same.
 *
 * @param before everybody's rating, by account
 */
export function rated(contestants: readonly Contestant[], before: ReadonlyMap<string, Skill>): RatedContestant[] {
  const sides = [...new Set(contestants.map(({ side }) => side))];
  const teams = sides.map((side) => contestants.filter((one) => one.side === side));
  const given = teams.map((team) => team.map(({ accountId }) => fromMicro(before.get(accountId)!)));
  const results = rate(given, { rank: teams.map(([first]) => first!.rank) });
  return teams.flatMap((team, at) =>
    team.map((one, place) => ({ ...one, before: before.get(one.accountId)!, after: toMicro(results[at]![place]!) })),
  );
}

function fromMicro({ mu, sigma }: Skill): Skill {
  return { mu: mu / MICRO, sigma: sigma / MICRO };
}

function toMicro({ mu, sigma }: Skill): Skill {
  // An uncertainty of zero would never move again.
  // `+ 0`: there is no -0 in a database.
  return { mu: Math.round(mu * MICRO) + 0, sigma: Math.max(1, Math.round(sigma * MICRO)) };
}
