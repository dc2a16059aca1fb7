import assert from "node:assert/strict";
import fc from "fast-check";
import { newFighter } from "../../src/arena/fighters.rules.ts";
import { step } from "../../src/arena/step.rules.ts";
import { type ArenaWorld, BUTTON } from "../../src/arena/world.rules.ts";
import { Trigger } from "../../web/arena/net/trigger.ts";

describe("the predicted trigger", () => {
  it("fires at the very steps at which the rules fire", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 80 }), (pulls) => {
        const fighter = Object.assign(newFighter(0), { x: 16_000, y: 12_000, hp: 100 });
        const world: ArenaWorld = {
          ...{ phase: "playing", map: 0, tick: 0, until: 5400, winner: -1, draws: 0, fired: 0 },
          ...{ fighters: [fighter], shots: [], pickups: [0, 0, 0, 0] },
        };
        const trigger = new Trigger();
        for (const pull of pulls) {
          const before = world.fired;
          step(world, [0, pull ? BUTTON.fire : 0, 0, 0]);
          assert.equal(trigger.step(pull, true, false), world.fired > before);
        }
      }),
    );
  });
});
