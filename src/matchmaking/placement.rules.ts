import type { CandidatePlayer } from "./matchmaking-types.rules.ts";

/**
 * Where a match is on its way from a decision to its players. Each step is written before the next is begun, and done
 * again it changes nothing, so whoever leads the queue can go on from whatever is found.
 *
 *   claiming   its tickets are being claimed; nobody has been told
 *   accepting  its players are asked
 *   placing    its session is being made
 *   seated     the session is there, with everybody's seat
 *   arriving   its players have been told and are on their way
 *   settling   its tickets are being let go of
 *   undoing    it will not be: its tickets are being given back
 */
export type Stage =
  | "claiming"
  | "accepting"
  | "placing"
  | "seated"
  | "arriving"
  | "settling"
  | "undoing"
  | "done"
  | "undone";

/** Stages that somebody has to look after. */
export const LIVE: readonly Stage[] = ["claiming", "accepting", "placing", "seated", "arriving", "settling", "undoing"];

/** Why a match did not come about. */
export type Cause = "not_claimed" | "declined" | "not_accepted" | "not_placed" | "no_show" | "interrupted";

export interface PlacedPlayer {
  readonly accountId: string;
  readonly ticketId: string;
  readonly team: number;
}

/** What the next step is decided by. */
export interface PlacementState {
  readonly stage: Stage;
  readonly players: readonly PlacedPlayer[];
  readonly accepted: readonly string[];
  readonly declined: readonly string[];
  /** Milliseconds; null where nobody is asked. */
  readonly acceptBy: number | null;
  readonly placeBy: number;
  /** Null until everybody has been told. */
  readonly arriveBy: number | null;
}

export type Turn = { readonly to: Stage; readonly cause?: Cause; readonly blamed?: readonly string[] } | null;

/** What follows from the answers, or from their lack; null: wait on. */
export function judgeAnswers({ players, accepted, declined, acceptBy }: PlacementState, now: number): Turn {
  if (declined.length > 0) return { to: "undoing", cause: "declined", blamed: declined };
  const silent = players.map(({ accountId }) => accountId).filter((accountId) => !accepted.includes(accountId));
  if (silent.length === 0) return { to: "placing" };
  return now >= (acceptBy ?? 0) ? { to: "undoing", cause: "not_accepted", blamed: silent } : null;
}

/**
 * What follows from who has come.
 *
 * @param absent players who have their seat and never had a connection
 * @param mayPlayOn whether the others may begin without them
 */
export function judgeArrivals(
  { players, arriveBy }: PlacementState,
  absent: readonly string[],
  mayPlayOn: boolean,
  now: number,
): Turn {
  if (absent.length === 0) return { to: "settling" };
  if (now < (arriveBy ?? 0)) return null;
  const playsOn = mayPlayOn && absent.length < players.length;
  return { to: playsOn ? "settling" : "undoing", cause: "no_show", blamed: absent };
}

/** Tickets of those who are to blame, and the others, who wait on. A party stands by its own. */
export function parted(
  players: readonly PlacedPlayer[],
  blamed: readonly string[],
): { readonly out: readonly string[]; readonly back: readonly string[] } {
  const all = [...new Set(players.map(({ ticketId }) => ticketId))];
  const out = new Set(players.filter(({ accountId }) => blamed.includes(accountId)).map(({ ticketId }) => ticketId));
  return { out: [...out], back: all.filter((id) => !out.has(id)) };
}

/** Players in the order of their seats: the first of every team, then the second, so that teams alternate. */
export function seatOrder<T extends { readonly team: number }>(players: readonly T[]): T[] {
  const placed: { readonly player: T; readonly round: number }[] = [];
  const taken = new Map<number, number>();
  for (const player of players) {
    const round = taken.get(player.team) ?? 0;
    taken.set(player.team, round + 1);
    placed.push({ player, round });
  }
  return placed.sort((a, b) => a.round - b.round || a.player.team - b.player.team).map(({ player }) => player);
}

type Joined = PlacedPlayer & CandidatePlayer;

/**
 * Who is in the room of a match, team by team: of all who were placed there those who sit, or are on their way, each as
 * placed last. Who sits there and was placed by nobody, as by quick play, counts as one of the room's strength in its
 * emptiest team: the seat is taken.
 *
 * @returns `teams` lists; all of them empty when nobody there was placed
 */
export function teamsThere(
  placements: readonly { readonly _id: string; readonly stage: Stage; readonly players: readonly Joined[] }[],
  seated: ReadonlySet<string>,
  teams: number,
): CandidatePlayer[][] {
  const there = new Map<string, Joined>();
  for (const { stage, players } of placements.toSorted((a, b) => (a._id < b._id ? -1 : 1))) {
    const counts = players.filter(({ accountId }) => seated.has(accountId) || LIVE.includes(stage));
    for (const player of counts) there.set(player.accountId, player);
  }
  const placed = [...there.values()];
  const lists = Array.from({ length: teams }, (_, team): CandidatePlayer[] =>
    placed.filter((one) => one.team === team),
  );
  if (placed.length === 0) return lists;
  const mean = (of: "rating" | "sigma") => Math.floor(placed.reduce((sum, one) => sum + one[of], 0) / placed.length);
  const [rating, sigma] = [mean("rating"), mean("sigma")];
  for (const accountId of seated) {
    if (there.has(accountId)) continue;
    const emptiest = lists.reduce((least, list) => (list.length < least.length ? list : least));
    emptiest.push({ accountId, rating, sigma });
  }
  return lists;
}
