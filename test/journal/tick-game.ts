import { z } from "zod";
import { CORE, type Draft, type Entry, type Game } from "../../src/journal/game.ts";
import type { Ledger } from "../../src/journal/ledger.ts";
import { type Harness, liveToy, MemoryJournal, openLedger } from "../support/journal.ts";

export interface RaceState {
  running: boolean;
  ticks: number;
  /** Ascending by seat. */
  runners: [seat: number, steps: number][];
  /** Entries that `evolve` was given, by type. */
  evolved: string[];
}

export interface RaceView {
  readonly ticks: number;
  readonly runners: readonly (readonly [number, number])[];
}

/** What an input asks of the race besides a step; one input is `[seat, deed]`. */
export const DEED = { step: 1, tellAll: 2, tellOwn: 3, win: 4, explode: 5, forge: 6, brag: 7 } as const;

/** More than an entry can hold. */
const BRAG_BYTES = 20_000;

/** A real-time game in which a tick can do everything that the journal must cope with. */
export const race: Game<RaceState, RaceView> = {
  ...{ id: "race", version: 1, seats: { min: 1, max: 8 } },
  refusals: { too_early: "The race has not begun." },
  commands: {
    start: { data: z.strictObject({}), durability: "critical" },
    rest: { data: z.strictObject({}), durability: "critical" },
    push: { data: z.strictObject({}), durability: "normal" },
  },
  realtime: { hz: 30, runs: ({ running }) => running, step },

  init: () => ({ running: false, ticks: 0, runners: [], evolved: [] }),
  decide(state, { type }) {
    if (type === "start") return [{ type: CORE.started, data: {} }];
    return state.running ? [{ type: `${type}ed`, data: {} }] : { refused: "too_early" };
  },
  evolve(state, { type, seat }) {
    state.evolved.push(type);
    if (type === CORE.seatTaken) state.runners.push([seat!, 0]);
    if (type === CORE.started) state.running = true;
    if (type === CORE.ended) state.running = false;
    if (type === "pushed") advance(state, seat!);
  },
  view: ({ ticks, runners }) => ({ ticks, runners: runners.map(([seat, steps]) => [seat, steps]) }),
  redact({ type, data }, viewer) {
    if (type !== "whispered") return { type, data };
    return viewer.kind === "seat" && viewer.seat === data.seat ? { type, data } : null;
  },
};

function step(state: RaceState, inputs: readonly number[]): Draft[] {
  const facts: Draft[] = [];
  state.ticks += 1;
  for (let at = 0; at + 1 < inputs.length; at += 2) {
    const [seat, deed] = [inputs[at]!, inputs[at + 1]!];
    advance(state, seat);
    if (deed === DEED.tellAll) facts.push({ type: "shouted", data: { seat } });
    if (deed === DEED.tellOwn) facts.push({ type: "whispered", data: { seat } });
    if (deed === DEED.brag) facts.push({ type: "shouted", data: { seat, words: "I".repeat(BRAG_BYTES) } });
    if (deed === DEED.forge) facts.push({ type: CORE.seatTaken, data: { role: "player" } });
    if (deed === DEED.win) facts.push({ type: CORE.ended, data: { reason: "won", winner: seat } });
    if (deed === DEED.explode) throw new Error("the race exploded");
  }
  return facts;
}

function advance({ runners }: RaceState, seat: number): void {
  const runner = runners.find(([taken]) => taken === seat);
  if (runner) runner[1] += 1;
}

/** A race of two that has begun, as it lies in the store; nothing is pending. */
export function begunRace(store: MemoryJournal, at: number): Ledger {
  const ledger = openLedger(race, 2, at);
  ledger.decide({ kind: "act", seat: 0, command: { type: "start", data: {} } }, at);
  store.write([ledger.seal()!.batch]);
  return ledger;
}

/** A live race of two that has begun. */
export function liveRace(): Promise<Harness> {
  const store = new MemoryJournal();
  return liveToy({ store, ledger: begunRace(store, Date.now()) });
}

export const types = (entries: readonly Entry[]): string[] => entries.map(({ type }) => type);
