import assert from "node:assert/strict";
import { angleOf, cos, SINE_UNIT, sin } from "../../../src/arena/angle.rules.ts";
import { FULL_TURN } from "../../../src/arena/world.rules.ts";

const TURN = 2 * Math.PI;
const angles = Array.from({ length: FULL_TURN }, (_, angle) => angle);

describe("arena angles", () => {
  it("[L6] sines and cosines are whole numbers within 2/16384 of the true ones, at every angle", () => {
    for (const angle of angles) {
      const [x, y] = [cos(angle), sin(angle)];
      assert.ok(Number.isInteger(x) && Number.isInteger(y));
      assert.ok(Math.abs(y - SINE_UNIT * Math.sin((angle / FULL_TURN) * TURN)) < 2, `sine of ${angle}`);
      assert.ok(Math.abs(x - SINE_UNIT * Math.cos((angle / FULL_TURN) * TURN)) < 2, `cosine of ${angle}`);
    }
  });

  it("are exact on the axes, alike in every quadrant, and the same a turn further", () => {
    assert.deepEqual([0, 16_384, 32_768, 49_152].map(cos), [SINE_UNIT, 0, -SINE_UNIT, 0]);
    assert.deepEqual([0, 16_384, 32_768, 49_152].map(sin), [0, SINE_UNIT, 0, -SINE_UNIT]);
    for (const angle of angles) {
      const value = sin(angle);
      assert.equal(sin(FULL_TURN / 2 - angle), value);
      assert.equal(sin(angle + 3 * FULL_TURN), value);
      assert.equal(sin(angle - FULL_TURN), value);
      assert.equal(sin(angle + FULL_TURN / 2), 0 - value);
    }
  });

  it("radians become 16-bit angles, whatever their size and sign", () => {
    for (const angle of angles) assert.equal(angleOf((angle / FULL_TURN) * TURN), angle);
    assert.equal(angleOf(-TURN / 4), 49_152);
    assert.equal(angleOf(TURN * 1000.5), 32_768);
    assert.equal(angleOf(TURN - 1e-9), 0);
    for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, -1e308, 1e308, 5e-324]) {
      const angle = angleOf(odd);
      assert.ok(Number.isInteger(angle) && angle >= 0 && angle < FULL_TURN, `${odd}`);
    }
  });
});
