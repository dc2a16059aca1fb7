import type { MatchRow } from "./match-row.ts";
import type { MatchStore } from "./matches.store.ts";
import type { Skill } from "./ranking-types.rules.ts";
import type { RatingBook } from "./rating-book.ts";
import { rated } from "./skill.ts";

/** Matches looked at between two notes of how far it has come. */
const PAGE = 200;

/**
 * Takes a match back, and everything that depended on it: whoever played in it is rated anew for every later match of the
 * season, and so is whoever met them. Every step can be repeated, so that a job that was cut short begins again; the
 * ladder rates nothing else meanwhile.
 *
 * @param row in the state `reversing`
 */
export async function reverse(
  row: MatchRow,
  { matches, book }: { matches: MatchStore; book: RatingBook },
): Promise<void> {
  const last = await matches.lastPlace(row.ladder);
  const total = last - row.n;
  /** What everybody is rated at who may be rated otherwise than before. */
  const skills = new Map<string, Skill>(row.players.map(({ accountId, before }) => [accountId, before]));
  for (let n = row.n; n < last; ) {
    const page = await matches.after(row.ladder, n, PAGE);
    if (page.length === 0) break;
    for (const later of page) if (later.state !== "reversed") await rateAnew(later, skills, matches);
    n = page.at(-1)!.n;
    await matches.progress(row._id, n - row.n, total);
  }
  for (const accountId of skills.keys()) await book.remake(row, accountId, last);
  await matches.move(row._id, "reversing", "reversed");
}

async function rateAnew(row: MatchRow, skills: Map<string, Skill>, matches: MatchStore): Promise<void> {
  if (!row.players.some(({ accountId }) => skills.has(accountId))) return;
  const before = new Map(row.players.map((one) => [one.accountId, skills.get(one.accountId) ?? one.before]));
  const players = rated(row.players, before);
  // Also of a match that comes out as it is kept: an attempt that was cut short may have been here.
  for (const { accountId, after } of players) skills.set(accountId, after);
  const isSame = players.every(
    (one, at) => same(one.after, row.players[at]!.after) && same(one.before, row.players[at]!.before),
  );
  if (!isSame && !(await matches.replace({ ...row, players })))
    throw new Error(`match ${row._id} was changed by somebody else`);
}

function same(a: Skill, b: Skill): boolean {
  return a.mu === b.mu && a.sigma === b.sigma;
}
