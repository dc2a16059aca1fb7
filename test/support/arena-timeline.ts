import { type ArenaView, arena } from "../../src/arena/arena.rules.ts";
import type { ArenaWorld } from "../../src/arena/world.rules.ts";
import { type CoreState, initialCore } from "../../src/journal/core.rules.ts";
import { evolveEntry } from "../../src/journal/evolve.ts";
import { CORE, type Entry, SYSTEM, TICK } from "../../src/journal/game.ts";
import { readSnapshot, type Snapshot } from "../../src/journal/snapshot.ts";
import { canonical } from "../../src/lib/canonical.ts";
import { sha256 } from "../../src/lib/sha256.ts";
import { type ShownMatch, shownByRules } from "./arena-shown.ts";
import type { StoredEntry, StoredJournal } from "./journal-reader.ts";

/** What the match was after one entry of its journal. */
export interface Moment extends ShownMatch {
  readonly entry: StoredEntry;
}

/** A result as it is shown: the reason, the winner, the scores and the ticks. */
export type Result = Readonly<Record<string, unknown>>;

/** What a journal says happened, by nothing but the rules. */
export interface Timeline {
  readonly moments: readonly Moment[];
  /** Of an ended session, without the seed. */
  readonly result: Result | null;
  /** Where the journal, the rules and the snapshot disagree. */
  readonly faults: readonly string[];
  /** The last moment written by owners up to this epoch: what the next one resumed from. */
  lastOf(epoch: number): Moment | undefined;
  /** When the last tick of owners up to this epoch was played, in ms since the epoch. */
  lastTickAt(epoch: number): number | undefined;
  /** All moments with this tick, in order. */
  at(tick: number): readonly Moment[];
}

/** A session's state, as replaying makes it. */
interface Replayed {
  readonly core: CoreState;
  readonly state: ArenaWorld;
}

/** Plays a journal again from its first entry, and once more from the snapshot. */
export function timelineOf(journal: StoredJournal, snapshot: Snapshot | undefined): Timeline {
  const { entries } = journal;
  const faults = [...journal.faults];
  const replayed: Replayed = { core: initialCore(), state: arena.init() };
  const moments: Moment[] = [];
  try {
    for (const entry of entries) {
      evolve(replayed, entry);
      moments.push({ entry, ...shownByRules(arena.view(replayed.state, SYSTEM) as ArenaView) });
      if (entry.seq === snapshot?.n && hashOf(replayed) !== snapshot.stateHash) faults.push("the snapshot differs");
    }
    if (snapshot) faults.push(...restoredOtherwise(snapshot, entries, hashOf(replayed)));
  } catch (error) {
    faults.push(String(error));
  }
  const byTick = Map.groupBy(moments, ({ tick }) => tick);
  return {
    ...{ moments, faults, result: replayed.core.result },
    lastOf: remembered((epoch) => moments.findLast(({ entry }) => entry.fence <= epoch)),
    lastTickAt: (epoch) => entries.findLast(({ type, fence }) => type === TICK && fence <= epoch)?.at,
    at: (tick) => byTick.get(tick) ?? [],
  };
}

/** Asked for every event that anybody was told. */
function remembered<Value>(find: (epoch: number) => Value): (epoch: number) => Value {
  const found = new Map<number, Value>();
  return (epoch) => {
    if (!found.has(epoch)) found.set(epoch, find(epoch));
    return found.get(epoch)!;
  };
}

/** L7: the snapshot and the entries after it must come to the same state as the journal alone. */
function restoredOtherwise(snapshot: Snapshot, entries: readonly StoredEntry[], expected: string): string[] {
  const restored = readSnapshot(snapshot) as unknown as Replayed;
  if (hashOf(restored) !== snapshot.stateHash) return ["the snapshot is not what its hash says"];
  if (snapshot.n > entries.length) return [`the snapshot holds entry ${snapshot.n}, the journal ends before it`];
  for (const entry of entries.slice(snapshot.n)) evolve(restored, entry);
  return hashOf(restored) === expected ? [] : ["the snapshot and what follows it come to another state"];
}

function evolve({ core, state }: Replayed, { fence: _, ...entry }: StoredEntry): void {
  evolveEntry(arena, core, state, entry as Entry);
}

function hashOf({ core, state }: Replayed): string {
  return sha256(canonical({ core, state }));
}

/** A fact as clients are told it. */
export interface Told {
  readonly type: string;
  readonly seat?: number;
  readonly data: Record<string, unknown>;
}

/** All that an entry tells clients: its facts if it is a tick, else itself; that the owner changed is no event. */
export function factsOf({ type, seat, data }: StoredEntry): Told[] {
  if (type === CORE.owner) return [];
  if (type === TICK) return (data.facts ?? []) as Told[];
  return [seat === null ? { type, data } : { type, seat, data }];
}
