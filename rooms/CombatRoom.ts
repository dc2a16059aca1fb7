import type { StateView } from "@colyseus/schema";
import { CombatSeat, CombatSight, CombatState } from "../schema/combat.ts";
import { isGm } from "../src/combat/lookup.rules.ts";
import type { CombatView } from "../src/combat/view.rules.ts";
import { SPECTATOR, type Viewer } from "../src/journal/game.ts";
import { keepRows, showCombatants, showEffects, showReactors } from "./combat-rows.ts";
import { LedgerRoom } from "./LedgerRoom.ts";
import { replaceItems, rowOf } from "./project.ts";
import type { Person } from "./table.ts";

/**
 * A fight. What everybody sees is in the state itself, from the eyes of a watcher; what a seat sees beyond that is in
 * its sight, of which no byte goes to anybody else.
 */
export class CombatRoom extends LedgerRoom<CombatState, CombatView> {
  override state = new CombatState();

  protected override project(view: (viewer: Viewer) => CombatView, people: ReadonlyMap<number, Person>): void {
    const { state } = this;
    const seen = view(SPECTATOR);
    showEncounter(state, seen);
    showCombatants(state.combatants, seen.combatants, seen.effects);
    const unowned = seen.effects.filter(({ bearer }) => bearer === "");
    showEffects(state.zones, unowned);
    keepRows(state.seats, people);
    keepRows(state.sights, people);
    for (const [seat, person] of people) {
      const viewer = { kind: isGm(seat) ? "gm" : "seat", seat } as const;
      Object.assign(rowOf(state.seats, seat, CombatSeat), { seat, gm: isGm(seat), ...person });
      showSight(rowOf(state.sights, seat, CombatSight), seat, view(viewer));
    }
  }

  protected override reveal(view: StateView, viewer: Viewer): void {
    if ("seat" in viewer) view.add(rowOf(this.state.sights, viewer.seat, CombatSight));
  }
}

function showEncounter(state: CombatState, seen: CombatView): void {
  const { phase, mode, map, round, current, deadline, winner, rules, windows, order } = seen;
  Object.assign(state, { phase, mode, map, round, current, deadline, winner });
  state.turnMs = rules.turnMs;
  state.windowMs = rules.windowMs;
  state.windowId = windows.at(-1)?.id ?? 0;
  state.windowKind = windows.at(-1)?.kind ?? "";
  showTurns(state, { current, order, windows });
}

/** A player's own creatures are the only ones of which it sees more than others do; a game master sees all of all. */
function showSight(sight: CombatSight, seat: number, view: CombatView): void {
  sight.seat = seat;
  showTurns(sight, view);
  const own = isGm(seat) ? view.combatants : view.combatants.filter((combatant) => combatant.seat === seat);
  showCombatants(sight.combatants, own, view.effects);
  const reactors = view.windows.at(-1)?.reactors ?? [];
  showReactors(
    sight.reactors,
    reactors.filter(({ options }) => options.length > 0),
  );
}

function showTurns(
  shown: CombatState | CombatSight,
  { current, order, windows }: Pick<CombatView, "current" | "order" | "windows">,
): void {
  const window = windows.at(-1);
  shown.current = current;
  shown.windowBy = window?.by ?? "";
  replaceItems(shown.order, order);
  replaceItems(shown.waiting, window?.reactors.map(({ id }) => id) ?? []);
}
