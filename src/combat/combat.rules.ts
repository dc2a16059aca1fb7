import { CORE, type DecideContext, type Draft, type Game, type Refused, TIMER } from "../journal/game.ts";
import type { CombatState } from "./combat-state.rules.ts";
import { COMMANDS, type CommandType } from "./commands.rules.ts";
import { MAPS } from "./content/maps.rules.ts";
import { command, settleAll } from "./door.rules.ts";
import { foldCore } from "./fold-core.rules.ts";
import { redactFact } from "./redact.rules.ts";
import { REFUSALS } from "./refusals.rules.ts";
import { leave } from "./table.rules.ts";
import { onClock } from "./timer.rules.ts";
import { type CombatView, viewOf } from "./view.rules.ts";
import { begin, fold, type Work } from "./work.rules.ts";

/*
 * A turn-based fight by the mechanics of the fifth edition's SRD.
 *
 * Commands (`act` types of the socket and of the REST route); `combatant` may be left out by who has only one:
 *
 *   setup {mode?, map?, turnSeconds?, windowSeconds?, afk?, foes?}    the host: game master, else the first seat
 *   join {creature}                                                  a ready-made character; any creature in a skirmish
 *   rollInitiative {}                                                the host begins with it, then every seat rolls
 *   move {path} · attack {target, weapon?, secret?} · cast {ability, targets?, at?}
 *   dash · dodge · disengage · help {target} · interact · stand · drop {} (concentration)
 *   ready {trigger: approach|attack|cast, by?, action: {type: attack|cast, id}}
 *   delay {} · enter {} (take the delayed turn after the current one) · endTurn {} · concede {}
 *   react {take: option index | null, window?, combatant?}
 *   gm.add · gm.remove · gm.hide · gm.reveal · gm.edit {combatant, patch} · gm.initiative · gm.effect · gm.removeEffect
 *   gm.roll {count, sides, modifier?, secret = true} · gm.endTurn · gm.end {winner?}
 *
 * Death saves, saves against effects, ticks and expiry happen by themselves. Pause and rewind are the session's.
 */

/** Seats of players; the game master has one more. */
const PLAYERS_MAX = 8;

export const combat: Game<CombatState, CombatView> = {
  id: "combat",
  version: 1,
  seats: { min: 1, max: PLAYERS_MAX },
  gameMaster: true,
  rewindable: true,
  commands: COMMANDS,
  refusals: REFUSALS,

  init: () => ({
    ...{ phase: "preparing", mode: "pve", map: [...MAPS.keys()][0]!, round: 0, current: "", deadline: 0, winner: -1 },
    ...{
      rules: { turnMs: 60_000, windowMs: 20_000, afk: "dodge" },
      order: [],
      combatants: [],
      effects: [],
      windows: [],
    },
    ...{ draws: 0, nextEffect: 1, nextWindow: 1, seats: [], gm: false },
  }),

  decide: (state, { type, data }, ctx) =>
    decided(state, ctx, (work) => {
      if (type !== TIMER) return command(work, type as CommandType, data as never);
      onClock(work);
      settleAll(work);
      return null;
    }),

  onSeat: (state, { kind, seat }, ctx) =>
    decided(state, ctx, (work) => {
      const type = kind === "taken" ? CORE.seatTaken : CORE.seatLeft;
      foldCore(work.state, { seq: 0, at: ctx.at, seat, type, data: {} });
      if (kind === "left") leave(work, seat);
      settleAll(work);
      return null;
    }),
  admits: ({ phase }) => phase !== "ended",

  evolve(state, entry) {
    fold(state, entry.type, entry.data, entry.at);
    foldCore(state, entry);
  },

  wakeAt: ({ deadline }) => deadline || null,
  view: viewOf,
  redact: redactFact,
};

function decided(
  state: CombatState,
  ctx: DecideContext,
  decide: (work: Work) => string | null,
): readonly Draft[] | Refused {
  const work = begin(state, ctx);
  const refused = decide(work);
  return refused ? { refused } : work.drafts;
}
