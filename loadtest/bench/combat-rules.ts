import { combat } from "../../src/combat/combat.rules.ts";
import type { CombatState } from "../../src/combat/combat-state.rules.ts";
import { GM_SEAT } from "../../src/combat/lookup.rules.ts";
import { CORE, type Draft } from "../../src/journal/game.ts";
import { rng } from "../../src/lib/rng.ts";
import { percentile } from "./figures.ts";

const COMMANDS = 40_000;
const WARM_UP = 4000;
/** Commands in one fight, so that nobody falls and no fight becomes a stalemate. */
const FIGHT = 2000;
const draw = rng("ab".repeat(32));

/** A fight of the rules alone: decided and evolved as the ledger does, without journal, hashes or time. */
class BareFight {
  readonly state: CombatState = combat.init();
  #seq = 0;

  does(type: string, data: Draft["data"] = {}): void {
    const drafts = combat.decide(this.state, { type, data }, { at: 1, seat: GM_SEAT, rng: draw });
    if ("refused" in drafts) throw new Error(`${type}: ${drafts.refused}`);
    this.write(drafts);
  }

  write(drafts: readonly Draft[]): void {
    for (const draft of drafts) {
      this.#seq += 1;
      combat.evolve(this.state, { ...draft, seq: this.#seq, at: 1, seat: GM_SEAT });
    }
  }
}

/** Four against four, who strike at each other turn by turn. */
function fight(): BareFight {
  const bare = new BareFight();
  bare.write([{ type: CORE.seatTaken, data: { role: "gm" } }]);
  bare.does("setup", { mode: "skirmish", map: "toll_bridge", turnSeconds: 0 });
  for (let index = 0; index < 8; index++) {
    const at = { x: 6 + (index % 2), y: 5 + (index - (index % 2)) / 2 };
    bare.does("gm.add", { creature: "red_reaver", side: index % 2, at });
  }
  for (const { id } of bare.state.combatants) {
    bare.does("gm.edit", { combatant: id, patch: { hp: 9999, maxHp: 9999 } });
  }
  bare.does("rollInitiative");
  if (bare.state.phase === "rolling_initiative") bare.does("rollInitiative");
  return bare;
}

function step(bare: BareFight, turn: number): void {
  const { state } = bare;
  const actor = state.combatants.find(({ id }) => id === state.current)!;
  const target = state.combatants.find(({ side, at }) => side !== actor.side && at.y === actor.at.y)!;
  if (state.windows.length > 0) bare.does("react", { take: null });
  else if (turn % 2 === 1) bare.does("endTurn");
  else bare.does("attack", { target: target.id });
}

/** Blows and ends of turns per second, and how long one takes with all that follows from it. */
export function measureRules(): { perSecond: number; p50Ms: number; p95Ms: number } {
  const taken: number[] = [];
  let bare = fight();
  for (let turn = 0; turn < WARM_UP + COMMANDS; turn++) {
    if (turn % FIGHT === 0) bare = fight();
    const began = performance.now();
    step(bare, turn);
    if (turn >= WARM_UP) taken.push(performance.now() - began);
  }
  const seconds = taken.reduce((sum, ms) => sum + ms, 0) / 1000;
  return { perSecond: Math.round(COMMANDS / seconds), p50Ms: percentile(taken, 50), p95Ms: percentile(taken, 95) };
}
