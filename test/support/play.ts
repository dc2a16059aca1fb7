import fc from "fast-check";
import { dice } from "../../src/dice/dice.rules.ts";
import type { Batch } from "../../src/journal/batch.ts";
import type { AnyGame } from "../../src/journal/game.ts";
import { Ledger } from "../../src/journal/ledger.ts";
import type { Order } from "../../src/journal/orders.ts";
import type { Snapshot } from "../../src/journal/snapshot.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { openLedger, START } from "./journal.ts";
import { toy } from "./toy-game.ts";

/** One thing that happens to a session under test, `wait` ms after the one before it. */
export type Step = { wait: number } & (
  | { kind: "order"; order: Order }
  | { kind: "repeat"; back: number }
  | { kind: "seal" }
  | { kind: "claim" }
  | { kind: "rewind"; back: number; reroll: boolean }
);

const seat = fc.integer({ min: 0, max: 4 });

const edit = fc.record({ maxPlayers: fc.integer({ min: 0, max: 5 }), mode: fc.constantFrom("quick", "long") });

const toyCommand = fc.oneof(
  fc.record({ type: fc.constantFrom("add", "nudge"), data: fc.record({ n: fc.integer({ min: -9, max: 9 }) }) }),
  fc.record({ type: fc.constantFrom("spend", "pay"), data: fc.record({ n: fc.integer({ min: 1, max: 9 }) }) }),
  fc.record({ type: fc.constant("roll"), data: fc.record({ sides: fc.integer({ min: 1, max: 100 }) }) }),
  fc.record({ type: fc.constant("hide"), data: fc.record({ secret: fc.string() }) }),
  fc.record({
    type: fc.constant("alarm"),
    data: fc.record({ in: fc.integer({ min: 1, max: 60_000 }), kind: fc.constant("once") }),
  }),
  fc.record({ type: fc.constant("pad"), data: fc.record({ bytes: fc.nat(20_000), times: fc.nat(5) }) }),
  fc.record({ type: fc.constantFrom("nothing", "start", "wave", "lock", "nonsense"), data: fc.constant({}) }),
);

const diceCommand = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ type: "roll", data: {} }) },
  { weight: 2, arbitrary: fc.constant({ type: "challenge", data: {} }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("bid"),
      data: fc.record({ count: fc.integer({ min: 1, max: 12 }), face: fc.integer({ min: 1, max: 6 }) }),
    }),
  },
);

function steps(command: fc.Arbitrary<{ type: string; data: object }>): fc.Arbitrary<Step[]> {
  const act = fc.record({ kind: fc.constant("act" as const), seat, command: command as fc.Arbitrary<never> });
  const order = fc.oneof(
    { weight: 12, arbitrary: act },
    { weight: 2, arbitrary: fc.constant<Order>({ kind: "timer" }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("take" as const), role: fc.constant("player" as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("leave" as const), seat }) },
    { weight: 1, arbitrary: fc.constant<Order>({ kind: "pause" }) },
    { weight: 2, arbitrary: fc.constant<Order>({ kind: "resume" }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("edit" as const), edit }) },
  );
  const happening = fc.oneof(
    { weight: 10, arbitrary: fc.record({ kind: fc.constant("order" as const), order }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("repeat" as const), back: fc.nat(20) }) },
    { weight: 3, arbitrary: fc.constant({ kind: "seal" as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: "claim" as const }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("rewind" as const), back: fc.nat(12), reroll: fc.boolean() }),
    },
  );
  const wait = fc.integer({ min: -1000, max: 40_000 });
  return fc.array(
    fc.tuple(happening, wait).map(([what, ms]) => ({ ...what, wait: ms }) as Step),
    { maxLength: 80, size: "max" },
  );
}

/** A game with a random course of play. */
export const course: fc.Arbitrary<{ game: AnyGame; steps: Step[] }> = fc.oneof(
  steps(toyCommand).map((played) => ({ game: toy as AnyGame, steps: played })),
  steps(diceCommand).map((played) => ({ game: dice as AnyGame, steps: played })),
);

export interface Played {
  readonly ledger: Ledger;
  /** The whole journal. */
  readonly batches: Batch[];
  /** One for every batch, taken right after it. */
  readonly snapshots: Snapshot[];
  /** The action ids that were sent, by seat, with what they were answered. */
  readonly acted: { seat: number; id: string; command: never; answer: unknown }[];
  readonly now: number;
}

/** Plays a course on a live ledger. */
export function play(game: AnyGame, course: readonly Step[]): Played {
  const ledger = openLedger(game, 2);
  const [batches, snapshots, acted]: [Batch[], Snapshot[], Played["acted"]] = [[], [], []];
  const seal = () => {
    const sealed = ledger.seal();
    if (!sealed) return;
    batches.push(structuredClone(sealed.batch));
    snapshots.push(ledger.snapshot(0));
  };
  seal();
  let now = START;
  for (const step of course) {
    now += step.wait;
    if (step.kind === "order") take(ledger, step.order, now, acted);
    else if (step.kind === "repeat") repeat(ledger, acted.at(-1 - step.back), now);
    else seal();
    if (step.kind === "rewind") rewind(ledger, batches, step, now);
    if (step.kind === "claim" && ledger.core.status !== "ended") {
      ledger.claim("another", now);
      seal();
    }
  }
  seal();
  return { ledger, batches, snapshots, acted, now };
}

function take(ledger: Ledger, order: Order, now: number, acted: Played["acted"]): void {
  if (order.kind !== "act") return void ledger.decide(order, now);
  const id = uuid7(Math.max(now, START));
  const decision = ledger.decide({ ...order, actionId: id }, now);
  if (decision.kind !== "done" || decision.entries.length === 0) return;
  acted.push({ seat: order.seat, id, command: order.command as never, answer: decision.answer });
}

/** Back to an entry that is durable, as long as the session had begun by then. */
function rewind(ledger: Ledger, batches: readonly Batch[], { back, reroll }: Step & { kind: "rewind" }, now: number) {
  const then = Ledger.restore(ledger.identity, null, batches, Math.max(1, ledger.seq - back));
  if (then.core.status !== "waiting") ledger.decide({ kind: "rewind", past: then.past(), reroll }, now);
}

function repeat(ledger: Ledger, action: Played["acted"][number] | undefined, now: number): void {
  if (!action) return;
  const { seat, id, command, answer } = action;
  const before = ledger.seq;
  const decision = ledger.decide({ kind: "act", seat, actionId: id, command }, now);
  if (decision.kind === "repeat" && JSON.stringify(decision.answer) !== JSON.stringify(answer)) {
    throw new Error("a repeat was answered otherwise than the first time");
  }
  if (ledger.seq !== before) throw new Error("an action took effect twice");
}
