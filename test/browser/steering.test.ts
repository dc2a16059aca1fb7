import assert from "node:assert/strict";
import fc from "fast-check";
import { buttonsOf } from "../../src/arena/inputs.rules.ts";
import { aimBy, atRest, deflect, walkBy } from "../../web/arena/input/steering.ts";

const RADIUS = 50;

function pushed(dx: number, dy: number) {
  const push = { x: 0, y: 0 };
  deflect(push, dx, dy, RADIUS);
  return push;
}

function walking(dx: number, dy: number): string {
  const steering = atRest();
  walkBy(pushed(dx, dy), steering);
  const names = ["up", "down", "left", "right"] as const;
  return names.filter((name) => steering[name]).join("+");
}

describe("virtual sticks", () => {
  it("walk in the nearest of eight directions", () => {
    assert.equal(walking(40, 0), "right");
    assert.equal(walking(40, 12), "right");
    assert.equal(walking(30, 30), "down+right");
    assert.equal(walking(-10, 40), "down");
    assert.equal(walking(-30, -28), "up+left");
    assert.equal(walking(0, -50), "up");
  });

  it("ask for nothing while a thumb merely rests on them", () => {
    const steering = { ...atRest(), aim: 1.5 };
    walkBy(pushed(7, -7), steering);
    aimBy(pushed(7, -7), steering);
    assert.deepEqual(steering, { ...atRest(), aim: 1.5 });
    assert.equal(buttonsOf(steering), 0);
  });

  it("aim where they point, and fire only when pushed far", () => {
    const steering = atRest();
    aimBy(pushed(0, 20), steering);
    assert.equal(steering.aim, Math.PI / 2);
    assert.equal(steering.fire, false);
    aimBy(pushed(-40, 0), steering);
    assert.equal(steering.aim, Math.PI);
    assert.equal(steering.fire, true);
  });

  it("never leave their rim nor ask for opposite directions", () => {
    fc.assert(
      fc.property(fc.integer({ min: -500, max: 500 }), fc.integer({ min: -500, max: 500 }), (dx, dy) => {
        const push = pushed(dx, dy);
        const steering = atRest();
        walkBy(push, steering);
        assert.ok(Math.hypot(push.x, push.y) <= 1 + 1e-9);
        assert.ok(!(steering.left && steering.right) && !(steering.up && steering.down));
      }),
    );
  });
});
