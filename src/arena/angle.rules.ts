import { FULL_TURN } from "./world.rules.ts";

/** Sines and cosines are in 1/16384. */
export const SINE_UNIT = 16_384;

const RADIANS_PER_TURN = 6.283185307179586;
const HALF_TURN = FULL_TURN / 2;
const QUARTER_TURN = FULL_TURN / 4;
/** 16-bit angle between two entries of the table. */
const STEP = 256;

/** A quarter wave in literals: the sines of two engines may differ in their last bit, and then two replays part. */
// biome-ignore format: a table reads better in rows
const QUARTER_WAVE = [
  0, 402, 804, 1205, 1606, 2006, 2404, 2801, 3196, 3590, 3981, 4370, 4756,
  5139, 5520, 5897, 6270, 6639, 7005, 7366, 7723, 8076, 8423, 8765, 9102, 9434,
  9760, 10080, 10394, 10702, 11003, 11297, 11585, 11866, 12140, 12406, 12665, 12916, 13160,
  13395, 13623, 13842, 14053, 14256, 14449, 14635, 14811, 14978, 15137, 15286, 15426, 15557,
  15679, 15791, 15893, 15986, 16069, 16143, 16207, 16261, 16305, 16340, 16364, 16379, 16384,
];

/** Sine of a 16-bit angle (any integer: whole turns are dropped), in 1/16384. */
export function sin(angle: number): number {
  const inHalf = angle & (HALF_TURN - 1);
  const inQuarter = inHalf > QUARTER_TURN ? HALF_TURN - inHalf : inHalf;
  const entry = Math.floor(inQuarter / STEP);
  const rest = inQuarter % STEP;
  const low = QUARTER_WAVE[entry]!;
  const rise = rest === 0 ? 0 : (QUARTER_WAVE[entry + 1]! - low) * rest;
  const value = low + Math.floor(rise / STEP + 0.5);
  return (angle & HALF_TURN) === 0 ? value : 0 - value;
}

/** Cosine of a 16-bit angle, in 1/16384. */
export function cos(angle: number): number {
  return sin(angle + QUARTER_TURN);
}

/** The 16-bit angle of an angle in radians; 0 for what is no number. */
export function angleOf(radians: number): number {
  const turns = radians / RADIANS_PER_TURN;
  // Whole turns first: the bit operations below know 32 bits only.
  const part = turns - Math.floor(turns);
  return Math.floor(part * FULL_TURN + 0.5) & (FULL_TURN - 1);
}
