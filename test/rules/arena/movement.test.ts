import assert from "node:assert/strict";
import fc from "fast-check";
import { MAPS, parseMap } from "../../../src/arena/maps.rules.ts";
import { BODY, WALK, WALK_DIAGONAL, walk } from "../../../src/arena/movement.rules.ts";
import { BUTTON, HZ, TILE } from "../../../src/arena/world.rules.ts";
import { isClear, openTiles } from "./arena-play.ts";

const { up, down, left, right, fire } = BUTTON;
const field = parseMap("field", ["#######", ...Array.from({ length: 5 }, () => "#.....#"), "#######"].join("\n"));
const MIDDLE = 3.5 * TILE;

function walked(buttons: number): number[] {
  const body = { x: MIDDLE, y: MIDDLE };
  walk(body, buttons, field);
  return [body.x - MIDDLE, body.y - MIDDLE];
}

/** Walks until nothing changes any more. */
function pressed(from: { x: number; y: number }, buttons: number, map = field) {
  const body = { ...from };
  for (let tick = 0; tick < 100; tick++) walk(body, buttons, map);
  return body;
}

describe("arena movement", () => {
  it("is five tiles a second and never more, and no faster on a diagonal", () => {
    assert.ok(WALK * HZ <= 5 * TILE && (WALK + 1) * HZ > 5 * TILE);
    assert.ok(Math.hypot(WALK_DIAGONAL, WALK_DIAGONAL) <= WALK);
    assert.ok(Math.hypot(WALK_DIAGONAL + 1, WALK_DIAGONAL + 1) > WALK);
  });

  it("goes where the buttons say; y points down; opposite buttons cancel each other", () => {
    const [w, d] = [WALK, WALK_DIAGONAL];
    const expected: [number, number[]][] = [
      [0, [0, 0]],
      [fire, [0, 0]],
      [up, [0, -w]],
      [down, [0, w]],
      [left, [-w, 0]],
      [right | fire, [w, 0]],
      [up | left, [-d, -d]],
      [up | right, [d, -d]],
      [down | left, [-d, d]],
      [down | right, [d, d]],
      [left | right, [0, 0]],
      [up | down | left | right, [0, 0]],
      [up | down | right, [w, 0]],
      [left | right | down, [0, w]],
    ];
    for (const [buttons, way] of expected) assert.deepEqual(walked(buttons), way, `buttons ${buttons}`);
  });

  it("ends flush with a wall on every side", () => {
    const start = { x: MIDDLE, y: MIDDLE };
    assert.deepEqual(pressed(start, left), { x: TILE + BODY, y: MIDDLE });
    assert.deepEqual(pressed(start, right), { x: 6 * TILE - 1 - BODY, y: MIDDLE });
    assert.deepEqual(pressed(start, up), { x: MIDDLE, y: TILE + BODY });
    assert.deepEqual(pressed(start, down), { x: MIDDLE, y: 6 * TILE - 1 - BODY });
    assert.deepEqual(pressed(start, down | right), { x: 6 * TILE - 1 - BODY, y: 6 * TILE - 1 - BODY });
  });

  it("slides along a wall that it is pressed against", () => {
    const body = pressed({ x: MIDDLE, y: MIDDLE }, up);
    walk(body, up | right, field);
    assert.deepEqual(body, { x: MIDDLE + WALK_DIAGONAL, y: TILE + BODY });
  });

  it("a body fits through a gap of one tile, and is stopped when one corner does not", () => {
    const gap = parseMap("gap", "#####\n#...#\n##.##\n#...#\n#####");
    const through = pressed({ x: 2.5 * TILE, y: 1.5 * TILE }, down, gap);
    assert.deepEqual(through, { x: 2.5 * TILE, y: 4 * TILE - 1 - BODY });
    const play = TILE / 2 - BODY;
    const beside = pressed({ x: 2.5 * TILE + play, y: 1.5 * TILE }, down, gap);
    assert.deepEqual(beside, { x: 2.5 * TILE + play, y: 2 * TILE - 1 - BODY });
  });

  it("whatever is pressed wherever: never inside a wall, never faster than allowed, in whole numbers", () => {
    const course = fc.record({
      map: fc.constantFrom(...MAPS),
      start: fc.nat(),
      presses: fc.array(fc.tuple(fc.integer({ min: 0, max: 31 }), fc.integer({ min: 1, max: 40 })), { maxLength: 40 }),
    });
    fc.assert(
      fc.property(course, ({ map, start, presses }) => {
        const tiles = openTiles(map);
        const body = { ...tiles[start % tiles.length]! };
        for (const [buttons, times] of presses) {
          for (let time = 0; time < times; time++) {
            const { x, y } = body;
            walk(body, buttons, map);
            assert.ok(isClear(map, body.x, body.y), `inside a wall at ${body.x}, ${body.y}`);
            assert.ok(Math.hypot(body.x - x, body.y - y) <= WALK);
            assert.ok(Number.isInteger(body.x) && Number.isInteger(body.y));
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});
