import assert from "node:assert/strict";
import { combat } from "../../src/combat/combat.rules.ts";
import type { CombatState } from "../../src/combat/combat-state.rules.ts";
import { copy } from "../../src/combat/copy.rules.ts";
import { CORE, type Draft, type Entry, TIMER } from "../../src/journal/game.ts";
import { type Draw, rng } from "../../src/lib/rng.ts";

export const GM = 100;
const SEED = "c0ba".repeat(16);
const START = Date.UTC(2026, 0, 1);

export type Data = { readonly [key: string]: unknown };

/**
 * A fight by the game's own functions alone, as the ledger drives them: a decision is made on a frozen state, and its
 * entries are folded as the journal gives them back.
 */
export class Play {
  state: CombatState = combat.init();
  at = START;
  readonly entries: Entry[] = [];
  readonly #draw: Draw;
  readonly #pasts = new Map<number, { state: CombatState; at: number }>();
  #drawn = 0;
  onEntry: (entry: Entry, state: CombatState) => void = () => undefined;

  constructor(seed = SEED) {
    this.#draw = rng(seed);
  }

  get seq(): number {
    return this.entries.length;
  }

  take(seat: number): Entry[] {
    const role = seat === GM ? "gm" : "player";
    const drafts = combat.onSeat!(this.state, { kind: "taken", seat, role }, this.#context(seat));
    assert.ok(!("refused" in drafts));
    return this.#write([{ type: CORE.seatTaken, data: { role } }, ...drafts], seat);
  }

  leave(seat: number): Entry[] {
    const role = seat === GM ? "gm" : "player";
    const drafts = combat.onSeat!(freeze(this.state), { kind: "left", seat, role }, this.#context(seat));
    assert.ok(!("refused" in drafts));
    return this.#write([{ type: CORE.seatLeft, data: {} }, ...drafts], seat);
  }

  /** The code of a refusal, or the entries. Shapes are checked as the ledger checks them. */
  act(seat: number, type: string, data: Data = {}): string | Entry[] {
    const spec = Object.hasOwn(combat.commands, type) ? combat.commands[type] : undefined;
    if (!spec) return "unknown_action";
    const parsed = spec.data.safeParse(data);
    if (!parsed.success) return "validation_failed";
    const drafts = combat.decide(freeze(this.state), { type, data: parsed.data as Draft["data"] }, this.#context(seat));
    return "refused" in drafts ? drafts.refused : this.#write(drafts, seat);
  }

  /** Fails with the code if it is refused. */
  does(seat: number, type: string, data: Data = {}): Entry[] {
    const done = this.act(seat, type, data);
    if (typeof done === "string") assert.fail(`${type} by seat ${seat}: ${done}`);
    return done;
  }

  /** Lets the clock run out, if it runs. */
  timer(): Entry[] {
    const due = combat.wakeAt!(this.state);
    if (due === null) return [];
    this.at = Math.max(this.at, due);
    const drafts = combat.decide(freeze(this.state), { type: TIMER, data: {} }, this.#context(null));
    assert.ok(!("refused" in drafts) && drafts.length > 0, "a timer writes something");
    const entries = this.#write(drafts, null);
    assert.ok((combat.wakeAt!(this.state) ?? Number.POSITIVE_INFINITY) > due, "a fired timer moves");
    return entries;
  }

  pauseFor(ms: number): void {
    this.at += ms;
    this.#write([{ type: CORE.resumed, data: { pausedMs: ms } }], null);
  }

  rewind(toSeq: number, reroll = false): void {
    const past = this.#pasts.get(toSeq);
    assert.ok(past, `no state at ${toSeq}`);
    this.#drawn = Math.max(this.#drawn, this.state.draws);
    const seats = [...this.state.seats, ...(this.state.gm ? [GM] : [])];
    const data = { toSeq, reroll, elapsedMs: this.at - past.at, seats, draws: this.#drawn };
    this.state = copy(past.state);
    if (reroll) this.state.draws = this.#drawn;
    this.#write([{ type: CORE.rewound, data }], null);
  }

  wait(ms: number): void {
    this.at += ms;
  }

  #context(seat: number | null) {
    return { at: this.at, seat, rng: this.#draw };
  }

  #write(drafts: readonly Draft[], seat: number | null): Entry[] {
    const written = drafts.map(({ type, data }, index) => {
      const entry = JSON.parse(JSON.stringify({ seq: this.seq + 1 + index, at: this.at, seat, type, data })) as Entry;
      // The state handed to a decision is frozen; the one that is folded into must not be.
      if (Object.isFrozen(this.state)) this.state = copy(this.state);
      combat.evolve(this.state, freeze(entry));
      this.onEntry(entry, this.state);
      return entry;
    });
    this.entries.push(...written);
    this.#pasts.set(this.seq, { state: copy(this.state), at: this.at });
    return written;
  }
}

/** Makes any later change of it throw. */
export function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}

/** A fight under way: two players of one party, a game master, and the named foes. */
export function partyFight(foes: readonly string[] = ["ditch_gnasher", "grave_walker"], rules: Data = {}): Play {
  const play = new Play();
  for (const seat of [0, 1, GM]) play.take(seat);
  play.does(GM, "setup", { turnSeconds: 60, windowSeconds: 20, ...rules });
  play.does(0, "join", { creature: "bridge_warden" });
  play.does(1, "join", { creature: "ember_scholar" });
  for (const creature of foes) play.does(GM, "gm.add", { creature });
  begin(play);
  return play;
}

/** Rolls everybody's initiative. */
export function begin(play: Play): void {
  play.does(GM, "rollInitiative");
  for (const seat of play.state.seats) if (play.state.phase === "rolling_initiative") play.does(seat, "rollInitiative");
  assert.equal(play.state.phase, "active");
}

/** The seat that plays the current creature. */
export function currentSeat({ state }: Play): number {
  const current = state.combatants.find(({ id }) => id === state.current);
  return current?.seat ?? GM;
}

export function idOf({ state }: Play, creature: string): string {
  return state.combatants.find((combatant) => combatant.creature === creature)!.id;
}

/** Ends turns, and lets reactions pass, until it is the combatant's. */
export function untilTurnOf(play: Play, id: string): void {
  for (let turns = 0; play.state.current !== id || play.state.windows.length > 0; turns++) {
    assert.ok(turns < 200, "its turn comes");
    if (play.state.windows.length > 0) play.timer();
    else play.does(currentSeat(play), "endTurn");
  }
}
