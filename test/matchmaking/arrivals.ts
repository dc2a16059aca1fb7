import fc from "fast-check";
import type {
  Candidate,
  CandidatePlayer,
  OpenRoom,
  QueueRules,
} from "../../src/matchmaking/matchmaking-types.rules.ts";

export const REGIONS = ["eu", "us", "as"];
const ROLES = ["tank", "healer"];

/** Any queue that `readQueues` lets pass. */
export const queues: fc.Arbitrary<QueueRules> = fc
  .record({
    teams: fc.integer({ min: 1, max: 4 }),
    teamSize: fc.integer({ min: 1, max: 4 }),
    fewer: fc.option(fc.integer({ min: 2, max: 4 }), { nil: undefined }),
    partialAfterSeconds: fc.integer({ min: 0, max: 20 }),
    rating: fc.record({ start: fc.integer({ min: 0, max: 8 }), perSecond: fc.double({ min: 0, max: 2, noNaN: true }) }),
    latency: fc.record({ startMs: fc.integer({ min: 0, max: 120 }), perSecond: fc.integer({ min: 0, max: 20 }) }),
    regions: fc.constantFrom<"any" | string[]>("any", ["eu", "us"]),
    hasRoles: fc.boolean(),
    backfill: fc.boolean(),
    timeoutSeconds: fc.integer({ min: 21, max: 60 }),
  })
  .filter(({ teams, teamSize }) => teams * teamSize > 1)
  .map(({ fewer, partialAfterSeconds, hasRoles, rating, latency, ...rest }) => {
    const { teams, teamSize } = rest;
    const mayBePartial = fewer !== undefined && fewer <= teams * teamSize && (teams === 1 || teamSize === 1);
    return {
      ...{ id: "any", type: "arena", mode: "any", ...rest, acceptance: null },
      ...(mayBePartial ? { minPlayers: fewer, partialAfterSeconds } : {}),
      ...{ rating: { ...rating, max: 12 }, latency: { ...latency, maxMs: 250 } },
      party: { maxSize: teamSize, mayBeSplit: false as const },
      ...(hasRoles ? { roles: { tank: 1, healer: teamSize } } : {}),
    };
  });

const player = fc.record({
  rating: fc.integer({ min: 20_000_000, max: 32_000_000 }),
  sigma: fc.integer({ min: 1_000_000, max: 8_333_333 }),
  role: fc.option(fc.constantFrom(...ROLES), { nil: undefined }),
});

const latencies = fc.oneof(
  fc.constant({}),
  fc.dictionary(fc.constantFrom(...REGIONS), fc.integer({ min: 1, max: 300 }), { maxKeys: 3 }),
);

export interface Arrival {
  readonly afterMs: number;
  readonly players: readonly Omit<CandidatePlayer, "accountId">[];
  readonly latencies: Readonly<Record<string, number>>;
}

/** Tickets one after the other; parties of at most four. */
export const arrivals: fc.Arbitrary<Arrival[]> = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: 1500 }),
    players: fc.array(player, { minLength: 1, maxLength: 4 }),
    latencies,
  }),
  { minLength: 1, maxLength: 60 },
);

export const rooms: fc.Arbitrary<OpenRoom[]> = fc.array(
  fc.record({
    sessionId: fc.uuid(),
    region: fc.constantFrom(...REGIONS),
    teams: fc.array(
      fc.array(
        player.map((facts) => ({ ...facts, accountId: "seated" })),
        { maxLength: 4 },
      ),
      { maxLength: 4 },
    ),
    since: fc.constant(0),
  }),
  { maxLength: 3 },
);

/** A ticket of its own players. */
export function ticketOf({ players, latencies }: Arrival, number: number, since: number, most: number): Candidate {
  const members = players.slice(0, most).map((facts, at) => ({ ...facts, accountId: `a${number}.${at}` }));
  return { id: `t${number}`, players: members, latencies, since };
}

export function solo(id: string, points: number, since = 0, more: Partial<Candidate> = {}): Candidate {
  const players = [{ accountId: `account-${id}`, rating: points * 1_000_000, sigma: 8_333_333 }];
  return { id, players, latencies: {}, since, ...more };
}

export function party(id: string, points: readonly number[], since = 0): Candidate {
  const players = points.map((rating, at) => {
    return { accountId: `account-${id}-${at}`, rating: rating * 1_000_000, sigma: 8_333_333 };
  });
  return { id, partyId: `party-${id}`, players, latencies: {}, since };
}
