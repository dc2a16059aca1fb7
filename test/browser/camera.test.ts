import assert from "node:assert/strict";
import fc from "fast-check";
import { follow, newCamera, overview, screenX, screenY, worldX, worldY } from "../../web/arena/camera.ts";

const FIELD = { width: 32, height: 24 };
const MARGIN = 1.5;

function camera(width: number, height: number) {
  return { ...newCamera(), width, height };
}

describe("the arena's camera", () => {
  it("keeps a player far from the walls in the middle of the screen", () => {
    const view = camera(1180, 800);
    follow(view, 16, 12, FIELD, 1, MARGIN);
    assert.deepEqual([screenX(view, 16), screenY(view, 12)], [590, 400]);
  });

  it("shows no more than its margin of what lies beyond the walls", () => {
    const view = camera(1180, 800);
    follow(view, 1, 1, FIELD, 1, MARGIN);
    assert.ok(Math.abs(worldX(view, 0) + MARGIN) < 1e-9);
    follow(view, 31, 23, FIELD, 1, MARGIN);
    assert.ok(Math.abs(worldX(view, 1180) - FIELD.width - MARGIN) < 1e-9);
    assert.ok(Math.abs(worldY(view, 800) - FIELD.height - MARGIN) < 1e-9);
  });

  it("shows players as many tiles on every screen", () => {
    const seen = [camera(1180, 800), camera(390, 844), camera(844, 390), camera(3840, 1600)].map((view) => {
      follow(view, 16, 12, FIELD, 2, MARGIN);
      return (view.width / view.scale) * (view.height / view.scale);
    });
    assert.ok(Math.max(...seen) / Math.min(...seen) < 1.1, seen.join(", "));
  });

  it("has the whole map on screen when nobody is followed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 320, max: 4000 }), fc.integer({ min: 320, max: 2400 }), (width, height) => {
        const view = camera(width, height);
        overview(view, FIELD, 1);
        const [left, top] = [screenX(view, 0), screenY(view, 0)];
        const [right, bottom] = [screenX(view, FIELD.width), screenY(view, FIELD.height)];
        assert.ok(left >= 0 && top >= 0 && right <= width && bottom <= height);
      }),
    );
  });

  it("makes tiles whole device pixels wide, so that edges are sharp", () => {
    for (const ratio of [1, 1.5, 2, 2.5]) {
      const view = camera(1180, 800);
      follow(view, 3, 20, FIELD, ratio, MARGIN);
      assert.ok(Math.abs(view.scale * ratio - Math.round(view.scale * ratio)) < 1e-9);
    }
  });

  it("finds a place on screen back in the world", () => {
    const view = camera(844, 390);
    follow(view, 9, 7, FIELD, 2, MARGIN);
    assert.ok(Math.abs(worldX(view, screenX(view, 5.25)) - 5.25) < 1e-9);
    assert.ok(Math.abs(worldY(view, screenY(view, 11.5)) - 11.5) < 1e-9);
  });
});
