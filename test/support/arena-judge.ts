import { isDeepStrictEqual } from "node:util";
import { factsOf, type Result, type Timeline, type Told } from "./arena-timeline.ts";
import type { ArenaEvent, ArenaWitness, Eyes, Life, Patch } from "./arena-witness.ts";

/** What is wrong with what one client was shown; every list is empty when the server kept its promises. */
export interface Faults {
  readonly contradicted: readonly string[];
  readonly phantoms: readonly string[];
  readonly leaks: readonly string[];
  readonly stranded: readonly string[];
}

/** A life in which so much was shown must have begun with a word about where it resumes. */
const UNTOLD_MAX = 10;

/** Compares one client's lives with the journal. */
export function judgeWitness(witness: ArenaWitness, timeline: Timeline): Faults {
  const { lives, eyes } = witness;
  const by = (text: string) => `${witness.name} ${text}`;
  const events = lives.flatMap((life) => life.events);
  return {
    contradicted: [
      ...lives.flatMap((life, index) => (index > 0 ? untold(life) : [])),
      ...lives.flatMap((life) => patchesThatFitNowhere(life, eyes, timeline)),
      ...lives.flatMap((life) => eventsThatFitNowhere(life, eyes, timeline)),
      ...wrongResults(witness, timeline.result),
    ].map(by),
    phantoms: phantoms(lives, timeline).map(by),
    leaks: [...lives.flatMap(({ patches }) => leakedByPatches(patches, eyes)), ...leakedByEvents(events, eyes)].map(by),
    stranded: stranded(witness, timeline).map(by),
  };
}

/** Whether the journal still holds what was said of this position by this owner, whatever it was. */
function isKept({ epoch, seq }: Pick<ArenaEvent, "epoch" | "seq">, timeline: Timeline): boolean {
  return seq <= (timeline.lastOf(epoch)?.entry.seq ?? 0);
}

function untold({ resumed, patches }: Life): string[] {
  return resumed === null && patches.length > UNTOLD_MAX ? ["was not told where it resumes"] : [];
}

/**
 * What the owner of that time left in the journal must have been just what was shown, in order. What lies beyond is
 * undone and judged by its amount alone; but a result is never undone.
 */
function patchesThatFitNowhere({ patches, epoch }: Life, eyes: Eyes, timeline: Timeline): string[] {
  const last = epoch === null ? undefined : timeline.lastOf(epoch);
  if (!last) return [];
  const faults: string[] = [];
  let from = 0;
  for (const patch of patches) {
    const isUndone = patch.tick > last.tick;
    if (isUndone && patch.phase === "over") faults.push(`saw a result taken back: ${patch.line}`);
    if (isUndone) continue;
    const candidates = timeline.at(patch.tick).filter(({ entry }) => entry.seq >= from && entry.seq <= last.entry.seq);
    const found = candidates.find(({ line }) => line === patch.line);
    if (!found) faults.push(`saw at tick ${patch.tick} ${patch.line}, not ${candidates.map(({ line }) => line)}`);
    else if (!sameHealth(patch, found.hp, eyes)) faults.push(`saw at tick ${patch.tick} health ${patch.hp.join(" ")}`);
    from = found?.entry.seq ?? from;
  }
  return faults;
}

function sameHealth({ hp }: Patch, all: Patch["hp"], eyes: Eyes): boolean {
  const seen = all.filter(([seat]) => eyes === "spectator" || eyes.seat === seat);
  return isDeepStrictEqual(hp, seen);
}

/** Health of others that this client could read. Knows nothing of the server's own view. */
function leakedByPatches(patches: readonly Patch[], eyes: Eyes): string[] {
  if (eyes === "spectator") return [];
  const open = patches.flatMap(({ tick, hp }) => hp.map(([seat, health]) => ({ tick, seat, health })));
  return open
    .filter(({ seat }) => seat !== eyes.seat)
    .map(({ tick, seat, health }) => `saw the health ${health} of seat ${seat} at tick ${tick}`);
}

function leakedByEvents(events: readonly ArenaEvent[], eyes: Eyes): string[] {
  const hidden = events.filter((event) => !maySee(event, eyes));
  return hidden.map(({ seq, type, data }) => `was told ${type} ${JSON.stringify(data)} at ${seq}`);
}

/** The rule as the game's description has it: a hit is for its shooter, a pick-up for its taker, both for spectators. */
function maySee({ type, data }: Told, eyes: Eyes): boolean {
  if (eyes === "spectator") return true;
  if (type === "hit") return data.by === eyes.seat;
  return type !== "pickup" || data.seat === eyes.seat;
}

/** Events come in the journal's order, each once, and those that are not undone just as the journal has them. */
function eventsThatFitNowhere({ events }: Life, eyes: Eyes, timeline: Timeline): string[] {
  const faults: string[] = [];
  let [seq, next] = [0, 0];
  for (const event of events) {
    if (event.seq < seq) faults.push(`was told of entry ${event.seq} after ${seq}`);
    next = event.seq === seq ? next : 0;
    seq = event.seq;
    if (!isKept(event, timeline)) {
      if (!UNDOABLE.has(event.type)) faults.push(`was told ${event.type} at ${event.epoch}/${seq}, which is gone`);
      continue;
    }
    const { entry } = timeline.moments[seq - 1]!;
    const facts = factsOf(entry).filter((fact) => maySee(fact, eyes));
    const { epoch: _, seq: __, ...told } = event;
    const found = facts.findIndex((fact, index) => index >= next && isDeepStrictEqual(fact, told));
    if (found < 0 || entry.fence !== event.epoch)
      faults.push(`was told ${JSON.stringify(event)}, the journal holds ${JSON.stringify(entry)}`);
    next = found + 1;
  }
  return faults;
}

/** What a tick decides is shown before it is durable. Everything else is critical. */
const UNDOABLE: ReadonlySet<string> = new Set(["hit", "kill", "pickup"]);

/** A client that drops what it knew above each `resumed` must be left with nothing that never was. */
function phantoms(lives: readonly Life[], timeline: Timeline): string[] {
  let known: ArenaEvent[] = [];
  const found: string[] = [];
  for (const { resumed, events } of lives) {
    if (resumed) {
      const believed = known.filter(({ seq }) => seq <= resumed.seq);
      const undone = believed.filter((event) => !isKept(event, timeline));
      const { epoch, seq } = resumed;
      found.push(...undone.map((event) => `believes ${JSON.stringify(event)} after resumed ${epoch}/${seq}`));
      known = believed.filter((event) => isKept(event, timeline));
    }
    known.push(...events);
  }
  return found;
}

/** Such a match has no winner, and its result no scores. */
const ENDED_BY_HOST = "ended_by_host";
const NOBODY = -1;

/** The final state, and what was told at the end. */
function wrongResults({ lives, lastPatch }: ArenaWitness, result: Result | null): string[] {
  const told = lives.flatMap(({ events }) => events).filter(({ type }) => type === "session.ended");
  const faults = told.filter(({ data: { seed: _, ...rest } }) => !isDeepStrictEqual(rest, result));
  return [
    ...faults.map(({ data }) => `was told the result ${JSON.stringify(data)}, which is ${JSON.stringify(result)}`),
    ...(lastPatch?.phase === "over" && !showsResult(lastPatch, result)
      ? [`sees the result ${lastPatch.line}, which is ${JSON.stringify(result)}`]
      : []),
  ];
}

/** Who has left is in the result and no longer at the table. */
function showsResult({ winner, scores }: Patch, result: Result | null): boolean {
  if (result?.reason === ENDED_BY_HOST) return winner === NOBODY;
  if (result?.winner !== winner) return false;
  const final = result.scores as unknown[];
  return scores.every((score) => final.some((one) => isDeepStrictEqual(one, score)));
}

function stranded({ seat, left, isDismissed, sameIdentity }: ArenaWitness, { moments, result }: Timeline): string[] {
  const count = (type: string) => moments.filter(({ entry }) => entry.seat === seat && entry.type === type).length;
  const occupants = count("seat.taken") - count("seat.left");
  const faults = sameIdentity ? [] : ["came back as another connection"];
  if (left !== null && !isDismissed && result === null) faults.push(`was closed for good with ${left}`);
  if (seat !== null && !isDismissed && occupants !== 1) faults.push(`lost its seat: ${occupants} sit there`);
  return faults;
}
