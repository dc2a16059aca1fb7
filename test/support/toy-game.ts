import { z } from "zod";
import { CORE, type Draft, deadlineShift, type Game, TIMER } from "../../src/journal/game.ts";

/** What happens when an alarm rings; all but `once` are what a broken game would do. */
export type AlarmKind = "once" | "stuck" | "silent" | "refusing";

export interface ToyState {
  /** Ascending by seat. */
  counters: [seat: number, value: number][];
  /** Ascending by seat; each is its own seat's business. */
  secrets: [seat: number, secret: string][];
  rolls: number[];
  draws: number;
  rings: number;
  pads: number;
  alarm: { due: number; kind: AlarmKind } | null;
  locked: boolean;
}

export interface ToyView {
  readonly counters: readonly (readonly [number, number])[];
  readonly rolls: readonly number[];
  readonly own: string | null;
}

const critical = <T extends z.ZodType>(data: T) => ({ data, durability: "critical" as const });
const normal = <T extends z.ZodType>(data: T) => ({ data, durability: "normal" as const });

/** A game with one command for everything a ledger must cope with, well-behaved or not. */
export const toy: Game<ToyState, ToyView> = {
  id: "toy",
  version: 1,
  seats: { min: 1, max: 4 },
  gameMaster: true,
  rewindable: true,
  commands: {
    add: critical(z.strictObject({ n: z.int() })),
    spend: critical(z.strictObject({ n: z.int().min(1) })),
    roll: critical(z.strictObject({ sides: z.int().min(1).max(100) })),
    hide: critical(z.strictObject({ secret: z.string() })),
    alarm: critical(z.strictObject({ in: z.int(), kind: z.enum(["once", "stuck", "silent", "refusing"]) })),
    pad: critical(z.strictObject({ bytes: z.int(), times: z.int() })),
    nudge: normal(z.strictObject({ n: z.int() })),
    pay: normal(z.strictObject({ n: z.int().min(1) })),
    wave: { data: z.strictObject({ tally: z.boolean().optional() }), durability: "ephemeral" },
    nothing: critical(z.strictObject({})),
    lock: critical(z.strictObject({})),
    start: critical(z.strictObject({})),
    finish: critical(z.strictObject({})),
    boom: critical(z.strictObject({ where: z.enum(["decide", "evolve", "encode", "unlisted"]) })),
  },
  refusals: { too_poor: "The counter does not hold that much.", locked: "Nobody may sit down any more." },

  init: () => ({
    ...{ counters: [], secrets: [], rolls: [], draws: 0 },
    ...{ rings: 0, pads: 0, alarm: null, locked: false },
  }),

  decide(state, { type, data }, { at, seat, rng }) {
    switch (type) {
      case TIMER:
        return ring(state);
      case "add":
      case "nudge":
        return [{ type: "added", data: { n: data.n! } }];
      case "spend":
      case "pay":
        if (counterOf(state, seat!) < Number(data.n)) return { refused: "too_poor" };
        return [{ type: "added", data: { n: -Number(data.n) } }];
      case "roll":
        return [{ type: "rolled", data: { value: rng(state.draws, Number(data.sides)) } }];
      case "hide":
        return [{ type: "hid", data: { secret: data.secret! } }];
      case "alarm":
        return [{ type: "armed", data: { due: at + Number(data.in), kind: data.kind! } }];
      case "pad":
        return Array.from({ length: Number(data.times) }, () => padded(Number(data.bytes)));
      case "wave":
        return [{ type: "waved", data: data.tally ? { tally: counterOf(state, seat!) } : {} }];
      case "lock":
        return [{ type: "locked", data: {} }];
      case "start":
        return [{ type: CORE.started, data: {} }];
      case "finish":
        return [{ type: CORE.ended, data: { reason: "finished" } }];
      case "boom":
        return boom(String(data.where));
    }
    return [];
  },

  evolve(state, entry) {
    const { type, seat, data } = entry;
    if (state.alarm) state.alarm.due += deadlineShift(entry);
    switch (type) {
      case "added":
        put(state.counters, seat!, counterOf(state, seat!) + Number(data.n));
        break;
      case "rolled":
        state.rolls.push(Number(data.value));
        state.draws += 1;
        break;
      case "hid":
        put(state.secrets, seat!, String(data.secret));
        break;
      case "armed":
        state.alarm = { due: Number(data.due), kind: data.kind as AlarmKind };
        break;
      case "rang":
        state.rings += 1;
        if (state.alarm?.kind === "once") state.alarm = null;
        break;
      case "padded":
        state.pads += 1;
        break;
      case "locked":
        state.locked = true;
        break;
      case "exploded":
        state.pads = -1; // half way: what is in memory now is wrong
        throw new Error("the toy exploded in evolve");
    }
  },

  onSeat: (state, { kind }) => (kind === "taken" && state.locked ? { refused: "locked" } : []),

  view(state, viewer) {
    const own = viewer.kind === "seat" ? state.secrets.find(([seat]) => seat === viewer.seat)?.[1] : undefined;
    return {
      counters: state.counters.map(([seat, value]) => [seat, value]),
      rolls: [...state.rolls],
      own: own ?? null,
    };
  },

  redact({ type, seat, data }, viewer) {
    if (type !== "hid") return { type, data };
    return viewer.kind === "seat" && viewer.seat === seat ? { type, data } : null;
  },

  wakeAt: (state) => state.alarm?.due ?? null,
};

function ring(state: ToyState): readonly Draft[] | { refused: string } {
  if (state.alarm?.kind === "silent") return [];
  if (state.alarm?.kind === "refusing") return { refused: "too_poor" };
  return [{ type: "rang", data: {} }];
}

function boom(where: string): readonly Draft[] | { refused: string } {
  if (where === "decide") throw new Error("the toy exploded in decide");
  if (where === "unlisted") return { refused: "never_heard_of" };
  return [where === "encode" ? { type: "added", data: { n: Number.NaN } } : { type: "exploded", data: {} }];
}

function padded(bytes: number): Draft {
  return { type: "padded", data: { pad: "x".repeat(bytes) } };
}

function counterOf(state: ToyState, seat: number): number {
  return state.counters.find(([taken]) => taken === seat)?.[1] ?? 0;
}

function put<T>(rows: [number, T][], seat: number, value: T): void {
  const row = rows.find(([taken]) => taken === seat);
  if (row) row[1] = value;
  else rows.push([seat, value]);
  rows.sort((a, b) => a[0] - b[0]);
}
