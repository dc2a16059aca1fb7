import { BUTTON, type FighterInput, FULL_TURN, LAG_MAX } from "./world.rules.ts";

export const MAX_FIGHTERS = 8;

/** Numbers per input in the journal's layout: seat, buttons, aim, lag. */
const WIDTH = 4;
const ALL_BUTTONS = BUTTON.up | BUTTON.down | BUTTON.left | BUTTON.right | BUTTON.fire;

/** What a client holds down. */
export interface HeldButtons {
  readonly up: boolean;
  readonly down: boolean;
  readonly left: boolean;
  readonly right: boolean;
  readonly fire: boolean;
}

export function buttonsOf({ up, down, left, right, fire }: HeldButtons): number {
  const vertical = (up ? BUTTON.up : 0) | (down ? BUTTON.down : 0);
  const horizontal = (left ? BUTTON.left : 0) | (right ? BUTTON.right : 0);
  return vertical | horizontal | (fire ? BUTTON.fire : 0);
}

/**
 * The inputs of a tick, ascending by seat and each within its limits, whatever the numbers are: what lies outside is
 * clamped or masked, of two inputs of a seat the first counts, an unknown seat and an incomplete tail are passed over.
 */
export function readInputs(flat: readonly number[]): FighterInput[] {
  const inputs: FighterInput[] = [];
  // No honest tick has more, and nobody can make a tick expensive by sending more.
  const end = Math.min(flat.length - WIDTH, (MAX_FIGHTERS - 1) * WIDTH);
  for (let at = 0; at <= end; at += WIDTH) {
    const seat = flat[at]!;
    if (!Number.isInteger(seat) || seat < 0 || seat >= MAX_FIGHTERS) continue;
    const buttons = flat[at + 1]! & ALL_BUTTONS;
    insert(inputs, { seat, buttons, aim: flat[at + 2]! & (FULL_TURN - 1), lag: clampLag(flat[at + 3]!) });
  }
  return inputs;
}

/** Inputs as the journal keeps them. */
export function toFlat(inputs: readonly FighterInput[]): number[] {
  return inputs.flatMap(({ seat, buttons, aim, lag }) => [seat, buttons, aim, lag]);
}

/** Keeps the order; in nearly every case the place is the end. */
function insert(inputs: FighterInput[], input: FighterInput): void {
  let place = inputs.length;
  while (place > 0 && inputs[place - 1]!.seat > input.seat) place -= 1;
  if (inputs[place - 1]?.seat !== input.seat) inputs.splice(place, 0, input);
}

function clampLag(lag: number): number {
  return lag >= 0 ? Math.min(Math.floor(lag), LAG_MAX) : 0;
}
