import type { QueueRules } from "./matchmaking-types.rules.ts";

/** Near ones first: shots land half of it late. In the end the other side of the world: lag is better than no match. */
const ARENA_LATENCY = { startMs: 60, perSecond: 4, maxMs: 350 };
/** Turns wait for thoughts, not for packets. */
const COMBAT_LATENCY = { startMs: 150, perSecond: 10, maxMs: 500 };
const NO_PARTY = { maxSize: 1, mayBeSplit: false } as const;

/** The product's own queues. `simulate matchmaking` tells what a change of a number does. */
export const BUNDLED_QUEUES: readonly QueueRules[] = [
  {
    ...{ id: "arena-duel", type: "arena", mode: "duel", teams: 2, teamSize: 1 },
    rating: { start: 2, perSecond: 0.2, max: 15 },
    ...{ latency: ARENA_LATENCY, regions: "any", party: NO_PARTY },
    ...{ acceptance: null, backfill: false, timeoutSeconds: 180 },
  },
  {
    ...{ id: "arena-ffa", type: "arena", mode: "ffa", teams: 8, teamSize: 1, minPlayers: 3, partialAfterSeconds: 20 },
    rating: { start: 5, perSecond: 0.5, max: 25 },
    ...{ latency: ARENA_LATENCY, regions: "any", party: NO_PARTY },
    ...{ acceptance: null, backfill: true, timeoutSeconds: 180 },
  },
  {
    ...{ id: "arena-2v2", type: "arena", mode: "2v2", teams: 2, teamSize: 2 },
    rating: { start: 3, perSecond: 0.3, max: 20 },
    ...{ latency: ARENA_LATENCY, regions: "any", party: { maxSize: 2, mayBeSplit: false } },
    ...{ acceptance: { seconds: 15 }, backfill: false, timeoutSeconds: 240 },
  },
  {
    ...{ id: "combat-duel", type: "combat", mode: "duel", teams: 2, teamSize: 1 },
    opening: [{ type: "setup", data: { mode: "pvp" } }],
    rating: { start: 3, perSecond: 0.2, max: 20 },
    ...{ latency: COMBAT_LATENCY, regions: "any", party: NO_PARTY },
    ...{ acceptance: { seconds: 20 }, backfill: false, timeoutSeconds: 300 },
  },
  {
    ...{
      id: "combat-coop",
      type: "combat",
      mode: "coop",
      teams: 1,
      teamSize: 4,
      minPlayers: 2,
      partialAfterSeconds: 45,
    },
    rating: { start: 8, perSecond: 0.5, max: 40 },
    ...{ latency: COMBAT_LATENCY, regions: "any", party: { maxSize: 4, mayBeSplit: false } },
    ...{ acceptance: null, backfill: true, timeoutSeconds: 300 },
  },
];
