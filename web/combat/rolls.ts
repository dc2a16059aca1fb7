/** One die on the table; those that did not count are shown beside those that did. */
export interface DieView {
  readonly sides: number;
  readonly value: number;
  readonly counts: boolean;
}

/** A roll as it is shown: the dice, what is added, what it comes to. */
export interface RollView {
  readonly label: string;
  readonly dice: readonly DieView[];
  readonly modifier: number;
  readonly total: number;
}

type Data = Readonly<Record<string, unknown>>;

/** A d20: with advantage or disadvantage both dice, the one that counts by its value; then what effects rolled for it. */
export function d20Of(label: string, data: Data): RollView {
  const [rolls, sides] = [numbers(data.rolls), number(data.sides)];
  const kept = rolls.indexOf(number(data.natural));
  const own = rolls.map((value, index) => ({ sides, value, counts: index === kept }));
  const added = bonusDiceOf(data);
  const flat = added.reduce((left, { value }) => left - value, number(data.bonus));
  return {
    label: label + leanWords(number(data.advantage)),
    dice: [...own, ...added],
    modifier: number(data.modifier) + flat,
    total: number(data.total),
  };
}

function bonusDiceOf({ bonusDice }: Data): DieView[] {
  const dice = (Array.isArray(bonusDice) ? bonusDice : []) as readonly Data[];
  return dice.map(({ sides, value }) => ({ sides: number(sides), value: number(value), counts: true }));
}

function leanWords(advantage: number): string {
  if (advantage === 0) return "";
  return advantage > 0 ? ", advantage" : ", disadvantage";
}

/** Dice that are added up. */
export function sumOf(label: string, data: Data): RollView {
  const sides = number(data.sides);
  const dice = numbers(data.rolls).map((value) => ({ sides, value, counts: true }));
  return { label, dice, modifier: number(data.modifier), total: number(data.total) };
}

/** Throws one after another until one decides: the last. */
export function lastOf(label: string, data: Data): RollView {
  const all = sumOf(label, data);
  return { ...all, dice: all.dice.map((die, index) => ({ ...die, counts: index === all.dice.length - 1 })) };
}

export function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((each): each is number => typeof each === "number") : [];
}

export function number(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/** "d20 17 + 5 = 22": the roll in a line of text, for those who do not see the dice. Those that did not count in brackets. */
export function rollWords({ label, dice, modifier, total }: RollView): string {
  const named = dice.map(({ sides, value, counts }) => (counts ? `d${sides} ${value}` : `(d${sides} ${value})`));
  const shown = named.join(" + ");
  const plus = modifier === 0 ? "" : ` ${modifier < 0 ? "−" : "+"} ${Math.abs(modifier)}`;
  const sum = dice.filter(({ counts }) => counts).length === 1 && modifier === 0 ? "" : ` = ${total}`;
  return `${label}: ${shown === "" ? String(total) : shown + plus + sum}`;
}
