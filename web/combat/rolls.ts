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

/** A d20: with advantage or disadvantage both dice, the one that counts by its value. */
export function d20Of(label: string, data: Data): RollView {
  const rolls = numbers(data.rolls);
  const natural = number(data.natural);
  const kept = rolls.indexOf(natural);
  return {
    label: label + leanWords(number(data.advantage)),
    dice: rolls.map((value, index) => ({ sides: 20, value, counts: index === kept })),
    modifier: number(data.modifier) + number(data.bonus),
    total: number(data.total),
  };
}

function leanWords(advantage: number): string {
  if (advantage === 0) return "";
  return advantage > 0 ? ", advantage" : ", disadvantage";
}

/** Dice that are added up. The sides stand in the entry's list of draws, in the order of the values. */
export function sumOf(label: string, data: Data, sides: readonly number[], modifier = number(data.modifier)): RollView {
  const dice = numbers(data.rolls).map((value, index) => ({ sides: sides[index] ?? 0, value, counts: true }));
  return { label, dice, modifier, total: dice.reduce((sum, { value }) => sum + value, modifier) };
}

/** Throws one after another until one decides: the last. */
export function lastOf(label: string, data: Data): RollView {
  const rolls = numbers(data.rolls);
  const dice = rolls.map((value, index) => ({ sides: 20, value, counts: index === rolls.length - 1 }));
  return { label, dice, modifier: 0, total: rolls.at(-1) ?? 0 };
}

/** The sides of the dice an entry drew, in the order drawn. */
export function sidesOf(data: Data): number[] {
  return Array.isArray(data.dice) ? data.dice.map((pair: unknown) => (Array.isArray(pair) ? number(pair[0]) : 0)) : [];
}

export function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((each): each is number => typeof each === "number") : [];
}

export function number(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/** "d20 [17] + 5 = 22": the roll in a line of text, for those who do not see the dice. */
export function rollWords({ label, dice, modifier, total }: RollView): string {
  const shown = dice.map(({ value, counts }) => (counts ? String(value) : `(${value})`)).join(" + ");
  const plus = modifier === 0 ? "" : ` ${modifier < 0 ? "−" : "+"} ${Math.abs(modifier)}`;
  const sum = dice.filter(({ counts }) => counts).length === 1 && modifier === 0 ? "" : ` = ${total}`;
  return `${label}: ${shown === "" ? String(total) : shown + plus + sum}`;
}
