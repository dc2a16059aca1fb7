import assert from "node:assert/strict";
import fc from "fast-check";
import { buttonsOf, MAX_FIGHTERS, readInputs, toFlat } from "../../../src/arena/inputs.rules.ts";
import { BUTTON, FULL_TURN, LAG_MAX } from "../../../src/arena/world.rules.ts";

const upTo = (max: number) => fc.integer({ min: 0, max });
const input = fc
  .tuple(upTo(MAX_FIGHTERS - 1), upTo(31), upTo(FULL_TURN - 1), upTo(LAG_MAX))
  .map(([seat, buttons, aim, lag]) => ({ seat, buttons, aim, lag }));
const tick = fc
  .uniqueArray(input, { selector: ({ seat }) => seat })
  .map((inputs) => inputs.sort((a, b) => a.seat - b.seat));

describe("arena inputs", () => {
  it("what a tick's inputs are written as, they are read from", () => {
    fc.assert(fc.property(tick, (inputs) => assert.deepEqual(readInputs(toFlat(inputs)), inputs)));
    assert.deepEqual(toFlat([{ seat: 3, buttons: 17, aim: 40_000, lag: 99 }]), [3, 17, 40_000, 99]);
  });

  it("the order of the seats in the journal changes nothing", () => {
    fc.assert(
      fc.property(tick, fc.infiniteStream(fc.nat()), (inputs, order) => {
        const shuffled = inputs.map((one) => ({ one, key: order.next().value })).sort((a, b) => a.key - b.key);
        assert.deepEqual(readInputs(toFlat(shuffled.map(({ one }) => one))), inputs);
      }),
    );
  });

  it("of two inputs of a seat the first counts", () => {
    assert.deepEqual(
      readInputs([2, 1, 10, 0, 2, 2, 20, 5, 1, 4, 30, 0, 2, 8, 40, 0]).map(({ seat, buttons }) => [seat, buttons]),
      [
        [1, 4],
        [2, 1],
      ],
    );
  });

  it("values beyond their limits are brought within them", () => {
    const read = (buttons: number, aim: number, lag: number) => {
      const { seat, ...rest } = readInputs([5, buttons, aim, lag])[0]!;
      assert.equal(seat, 5);
      return Object.values(rest);
    };
    assert.deepEqual(read(-1, -1, -1), [31, FULL_TURN - 1, 0]);
    assert.deepEqual(read(64 + 16, FULL_TURN + 7, LAG_MAX + 1), [16, 7, LAG_MAX]);
    assert.deepEqual(read(Number.NaN, Number.NaN, Number.NaN), [0, 0, 0]);
    assert.deepEqual(read(1e300, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY), [0, 0, LAG_MAX]);
    assert.deepEqual(read(3.9, 5.5, 7.9), [3, 5, 7]);
    assert.deepEqual(read(0, 0, Number.NEGATIVE_INFINITY), [0, 0, 0]);
  });

  it("unknown seats and an incomplete tail are passed over", () => {
    assert.deepEqual(readInputs([]), []);
    assert.deepEqual(readInputs([0, 1, 2]), []);
    for (const seat of [-1, 8, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 100]) {
      assert.deepEqual(readInputs([seat, 31, 0, 0]), [], `seat ${seat}`);
    }
    assert.deepEqual(readInputs([9, 1, 1, 1, 4, 1, 1, 1, 6, 1, 1]), [{ seat: 4, buttons: 1, aim: 1, lag: 1 }]);
  });

  it("nobody makes a tick expensive: no more than eight inputs are looked at", () => {
    const flood = Array.from({ length: 400_000 }, (_, at) => (at % 4 === 0 ? 7 : 1));
    assert.equal(readInputs(flood).length, 1);
    assert.deepEqual(readInputs([...flood.slice(0, 32), 3, 1, 1, 1]).length, 1);
  });

  it("whatever the numbers: at most eight inputs, ascending by seat, each within its limits", () => {
    const anything = fc.oneof(fc.integer(), fc.double(), fc.integer({ min: 0, max: 9 }), fc.constant(Number.NaN));
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 80 }), (flat) => {
        const inputs = readInputs(flat);
        let last = -1;
        for (const { seat, buttons, aim, lag } of inputs) {
          assert.ok(seat > last && seat < MAX_FIGHTERS);
          for (const value of [seat, buttons, aim, lag]) assert.ok(Number.isInteger(value) && value >= 0);
          assert.ok(buttons <= 31 && aim < FULL_TURN && lag <= LAG_MAX);
          last = seat;
        }
      }),
      { numRuns: 500 },
    );
  });

  it("buttons are one bit each", () => {
    const none = { up: false, down: false, left: false, right: false, fire: false };
    assert.equal(buttonsOf(none), 0);
    for (const [name, bit] of Object.entries(BUTTON)) assert.equal(buttonsOf({ ...none, [name]: true }), bit, name);
    assert.equal(buttonsOf({ up: true, down: true, left: true, right: true, fire: true }), 31);
  });
});
