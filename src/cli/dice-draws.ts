import type { DrawCheck } from "../journal/verify.ts";

/** Every die of the dice game is the next draw of the session's seed, in the order in which the hands are listed. */
export function diceDraws(): DrawCheck {
  let draws = 0;
  return ({ type, data }, draw) => {
    if (type !== "rolled") return null;
    for (const [seat, dice] of data.hands as [number, number[]][]) {
      for (const die of dice) {
        const drawn = draw(draws++, 6);
        if (die !== drawn) return `seat ${seat} has a ${die} where the seed draws a ${drawn}`;
      }
    }
    return null;
  };
}
