import { CORE } from "../journal/game.ts";
import type { CombatState, Mode } from "./combat-state.rules.ts";
import type { CommandData } from "./commands.rules.ts";
import { CREATURES } from "./content/creatures.rules.ts";
import { foesAgainst, MAPS } from "./content/maps.rules.ts";
import { enterFight, FOES, remove } from "./gm.rules.ts";
import { beginIfRolled, rollInitiative, selfRolling } from "./initiative.rules.ts";
import { find, isGm } from "./lookup.rules.ts";
import { arrivalRefused } from "./spawn.rules.ts";
import { emit, type Work } from "./work.rules.ts";

/*
 * What happens around a fight: setting it up, joining it, rolling for initiative, giving up.
 */

/** How many creatures a seat may bring. */
const BRINGS: { readonly [M in Mode]: number } = { pvp: 1, pve: 1, skirmish: 4 };

/** The party's side where players stand together; elsewhere each seat is a side of its own. */
const PARTY = 0;

function sideOf(mode: Mode, seat: number): number {
  return mode === "pve" ? PARTY : seat;
}

/** Whether the seat may prepare and begin the fight: the game master, else the first player. */
export function isHost({ gm, seats }: CombatState, seat: number | null): boolean {
  return gm ? isGm(seat) : seat === seats[0];
}

export function setUp(work: Work, seat: number | null, data: CommandData["setup"]): string | null {
  const { state } = work;
  const { mode = state.mode, map = state.map, turnSeconds, windowSeconds, afk = state.rules.afk, foes = [] } = data;
  if (!isHost(state, seat)) return "not_host";
  if (!MAPS.has(map)) return "unknown_map";
  if (state.combatants.length > 0 && (mode !== state.mode || map !== state.map)) return "fight_not_empty";
  const turnMs = turnSeconds === undefined ? state.rules.turnMs : turnSeconds * 1000;
  const windowMs = windowSeconds === undefined ? state.rules.windowMs : windowSeconds * 1000;
  emit(work, "setUp", { mode, map, rules: { turnMs, windowMs, afk } });
  for (const creature of foes) {
    const refused = arrivalRefused(work.state, { creature, seat: null, side: FOES });
    if (refused) return refused;
    enterFight(work, { creature, seat: null, side: FOES });
  }
  return null;
}

export function join(work: Work, seat: number | null, { creature }: CommandData["join"]): string | null {
  const { state } = work;
  if (seat === null || isGm(seat)) return "not_your_creature";
  if (!CREATURES.get(creature)?.playable && state.mode !== "skirmish") return "unknown_creature";
  const brought = state.combatants.filter((combatant) => combatant.seat === seat && combatant.life !== "gone").length;
  if (brought >= BRINGS[state.mode]) return "too_many_creatures";
  const arrival = { creature, seat, side: sideOf(state.mode, seat) };
  const refused = arrivalRefused(state, arrival);
  if (refused) return refused;
  enterFight(work, arrival);
  return null;
}

/** The first one, by the host, begins the rolling; then every seat rolls for its own creatures. */
export function rollForSeat(work: Work, seat: number | null): string | null {
  const refused = work.state.phase === "preparing" ? beginRolling(work, seat) : null;
  if (refused) return refused;
  const { combatants } = work.state;
  const own = combatants.filter((one) => one.initiative === null && (isGm(seat) || one.seat === seat));
  const began = work.drafts.length > 0;
  if (own.length === 0 && !began) return "already_rolled";
  // The game master who begins leaves the players their dice; asked again it rolls for who is away.
  if (!(began && isGm(seat)))
    rollInitiative(
      work,
      own.map(({ id }) => id),
    );
  beginIfRolled(work);
  return null;
}

function beginRolling(work: Work, seat: number | null): string | null {
  const { state } = work;
  if (!isHost(state, seat)) return "not_host";
  if (state.mode === "pve" && !state.gm && sidesOf(state).every((side) => side === PARTY)) bringFoes(work);
  if (sidesOf(state).length < 2) return "no_opponents";
  work.drafts.push({ type: CORE.started, data: {} });
  emit(work, "rollingBegan", {});
  rollInitiative(work, selfRolling(state));
  return null;
}

function sidesOf({ combatants }: CombatState): number[] {
  return [...new Set(combatants.filter(({ life }) => life !== "gone").map(({ side }) => side))];
}

/** Who lives on the map, when nobody has said who else the party meets: as many as suit the party. */
function bringFoes(work: Work): void {
  const { map, combatants } = work.state;
  const heroes = combatants.filter(({ life }) => life !== "gone").length;
  for (const creature of foesAgainst(MAPS.get(map)!, heroes)) {
    const arrival = { creature, seat: null, side: FOES };
    if (!arrivalRefused(work.state, arrival)) enterFight(work, arrival);
  }
}

/** A seat gives up one of its creatures, or all. */
export function concede(work: Work, seat: number | null, { combatant }: CommandData["concede"]): string | null {
  const named = combatant === undefined ? undefined : find(work.state, combatant);
  if (combatant !== undefined && (!named || named.life === "gone" || named.hidden)) return "unknown_combatant";
  const own = work.state.combatants.filter((one) => one.seat !== null && one.seat === seat && one.life !== "gone");
  const going = combatant === undefined ? own : own.filter(({ id }) => id === combatant);
  if (going.length === 0) return "not_your_creature";
  for (const { id } of going) remove(work, id, "conceded");
  beginIfRolled(work);
  return null;
}

/** Where players stand alone, who leaves gives up; a party's creature stays, and plays itself until somebody is back. */
export function leave(work: Work, seat: number): void {
  const { phase, mode, combatants } = work.state;
  if (mode === "pve" && phase !== "preparing") return;
  for (const one of combatants) if (one.seat === seat && one.life !== "gone") remove(work, one.id, "left");
}
