import assert from "node:assert/strict";
import { type ArenaMap, isWall, MAPS, parseMap, tileOf } from "../../../src/arena/maps.rules.ts";
import { TILE } from "../../../src/arena/world.rules.ts";
import { isClear } from "./arena-play.ts";

/** How many open tiles one can walk to from the first. */
function reachable(map: ArenaMap): number {
  const seen = new Set([map.walls.indexOf(0)]);
  for (const tile of seen) {
    const [x, y] = [tile % map.width, Math.floor(tile / map.width)];
    for (const [nextX, nextY] of [
      [x + 1, y],
      [x - 1, y],
      [x, y + 1],
      [x, y - 1],
    ] as const) {
      if (!isWall(map, nextX, nextY)) seen.add(nextY * map.width + nextX);
    }
  }
  return seen.size;
}

describe("arena maps", () => {
  it("there are at least three, each with its own name", () => {
    assert.ok(MAPS.length >= 3);
    assert.equal(new Set(MAPS.map(({ name }) => name)).size, MAPS.length);
  });

  for (const map of MAPS) {
    describe(map.name, () => {
      it("is a rectangle closed by walls, small enough for 16-bit positions", () => {
        const { width, height, walls } = map;
        assert.equal(walls.length, width * height);
        assert.ok(width * TILE <= 65_536 && height * TILE <= 65_536);
        for (let x = 0; x < width; x++) assert.ok(isWall(map, x, 0) && isWall(map, x, height - 1), `column ${x}`);
        for (let y = 0; y < height; y++) assert.ok(isWall(map, 0, y) && isWall(map, width - 1, y), `row ${y}`);
      });

      it("has no open tile that cannot be walked to", () => {
        const open = map.walls.filter((wall) => wall === 0).length;
        assert.ok(open > 300, `${open} open tiles`);
        assert.equal(reachable(map), open);
      });

      it("has a spawn for everybody at least two tiles from every other, and pick-ups of both kinds, all on open floor", () => {
        assert.ok(map.spawns.length >= 8);
        assert.deepEqual(new Set(map.pickups.map(({ kind }) => kind)), new Set(["medkit", "rapid"]));
        assert.ok(map.pickups.length <= 8);
        for (const { x, y } of [...map.spawns, ...map.pickups]) assert.ok(isClear(map, x, y), `${x}, ${y}`);
        for (const [index, one] of map.spawns.entries()) {
          for (const other of map.spawns.slice(index + 1)) {
            assert.ok(Math.hypot(one.x - other.x, one.y - other.y) >= 2 * TILE, `${index}`);
          }
        }
      });
    });
  }

  it("a drawing is read row by row; spots lie in the middle of their tile", () => {
    const map = parseMap("tiny", "\n#####\n#S+*#\n#####");
    assert.deepEqual([map.width, map.height, [...map.walls].join("")], [5, 3, "111111000111111"]);
    assert.deepEqual(map.spawns, [{ x: 1.5 * TILE, y: 1.5 * TILE }]);
    assert.deepEqual(map.pickups, [
      { x: 2.5 * TILE, y: 1.5 * TILE, kind: "medkit" },
      { x: 3.5 * TILE, y: 1.5 * TILE, kind: "rapid" },
    ]);
  });

  it("everything outside is wall", () => {
    const map = parseMap("open", "..\n..");
    for (const [x, y] of [
      [-1, 0],
      [0, -1],
      [2, 0],
      [0, 2],
      [-100, 100],
    ] as const) {
      assert.ok(isWall(map, x, y), `${x}, ${y}`);
    }
    assert.ok(!isWall(map, 1, 1));
    assert.deepEqual([-1, 0, TILE - 1, TILE].map(tileOf), [-1, 0, 0, 1]);
  });
});
