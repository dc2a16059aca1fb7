/** Terms of the series after which what is left is below 1e-15 of the sum, for the arguments that it is given. */
const TERMS = 14;

/**
 * The cumulative normal distribution, within 1e-7 (Abramowitz and Stegun 7.1.26). Rules use no transcendental function of
 * the engine: two engines may answer differently in the last bit, and a quality is stored.
 */
export function phi(x: number): number {
  const z = Math.abs(x);
  if (z > 7) return x > 0 ? 1 : 0;
  const t = 1 / (1 + 0.3275911 * (z / Math.sqrt(2)));
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (poly * expOfNegative((z * z) / 2)) / 2;
  return x > 0 ? 1 - tail : tail;
}

/** Where `phi` reaches `p`, for 0.5 <= p < 1. */
export function phiInverse(p: number): number {
  let low = 0;
  let high = 7;
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (phi(middle) < p) low = middle;
    else high = middle;
  }
  return low;
}

/** e to the power of -y, for 0 <= y < 25: the series near 0, then squared five times. */
function expOfNegative(y: number): number {
  const part = -y / 32;
  let term = 1;
  let sum = 1;
  for (let n = 1; n < TERMS; n++) {
    term *= part / n;
    sum += term;
  }
  for (let n = 0; n < 5; n++) sum *= sum;
  return sum;
}
