import { CORE } from "../journal/game.ts";
import type { DrawCheck } from "../journal/verify.ts";

/**
 * Every die of a fight is the next draw of the session's seed; facts hold theirs as pairs of sides and outcome. Going
 * back takes the count back, too, unless the dice were to fall anew.
 */
export function combatDraws(): DrawCheck {
  let draws = 0;
  /** How many had been drawn by each entry, for going back. */
  const by: number[] = [0];
  return ({ seq, type, data }, draw) => {
    if (type === CORE.rewound) draws = data.reroll === true ? Number(data.draws) : by[Number(data.toSeq)]!;
    for (const [sides, outcome] of (data.dice ?? []) as [number, number][]) {
      const drawn = draw(draws++, sides);
      if (drawn !== outcome) return `a die of ${sides} shows ${outcome} where the seed draws ${drawn}`;
    }
    by[seq] = draws;
    return null;
  };
}
