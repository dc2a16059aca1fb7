import assert from "node:assert/strict";
import type { Area } from "../../src/combat/combat-types.rules.ts";
import { cellsOf, coverBetween, distanceFeet, lineOfSight } from "../../src/combat/field.rules.ts";
import { draw, foe, mark } from "./field-drawing.ts";

describe("sight and cover, drawn", () => {
  function seen(text: string): boolean {
    const map = draw(text);
    return lineOfSight(map.field, map.at("A"), map.at("B"));
  }

  it("a wall between hides, a wall beside does not, nor does a creature", () => {
    assert.equal(seen("A.#.B"), false);
    assert.equal(seen("A...B\n##.##"), true);
    assert.equal(seen("A.G.B"), true);
  });

  it("sight passes the corner of one wall, not between two that touch there", () => {
    assert.equal(seen("A#\n.B"), true);
    assert.equal(seen("A#\n#B"), false);
    assert.equal(seen("A....\n.#...\n#...B"), true);
    assert.equal(seen("A....\n###..\n....B"), false);
  });

  function cover(text: string, others = ""): unknown {
    const map = draw(text);
    const bodies = [...others].flatMap((sign) => map.all(sign).map((at) => foe(at)));
    return coverBetween(map.field, bodies, map.at("A"), map.at("B"));
  }

  it("open ground gives none, nor does a wall that is only near", () => {
    assert.equal(cover("A...B"), 0);
    assert.equal(cover("A...B\n..#.."), 0);
  });

  it("cover grows with what walls hide of the target", () => {
    assert.equal(cover("A.....\n......\n.....B"), 0);
    assert.equal(cover("A.....\n....#.\n.....B"), 2);
    assert.equal(cover("A.....\n......\n....#B"), 5);
    assert.equal(cover("A.....\n..###.\n.....B"), "full");
  });

  it("who looks around a corner has no cover and gives none", () => {
    assert.equal(cover("A#\n.B"), 0);
    assert.equal(cover("B#\n.A"), 0);
  });

  it("a creature in between is half cover; attacker and target are not in their own way", () => {
    assert.equal(cover("A.G.B", "G"), 2);
    assert.equal(cover("A.G.B", "AB"), 0);
    assert.equal(cover("A...B\n..G..", "G"), 0);
    assert.equal(cover("AGB", "G"), 2);
  });

  it("a large target behind a pillar is seen past it, and the attacker takes the cell that is free", () => {
    const map = draw(`
      ....BB
      ....BB
      A.#...`);
    const large = { at: map.at("B"), size: 2 };
    assert.equal(lineOfSight(map.field, map.at("A"), { x: 4, y: 2 }), false);
    assert.equal(lineOfSight(map.field, map.at("A"), large), true);
    assert.equal(coverBetween(map.field, [], map.at("A"), large), 0);
  });

  it("between creatures of any size distance counts from the nearest cells", () => {
    const map = draw(`
      AA..B
      AA...
      ....C`);
    const large = { at: map.at("A"), size: 2 };
    assert.equal(distanceFeet(large, map.at("B")), 15);
    assert.equal(distanceFeet(map.at("B"), map.at("C")), 10);
    assert.equal(distanceFeet(large, { x: 1, y: 1 }), 0);
  });
});

describe("areas, drawn", () => {
  /** `O` is the origin and `X` the aim; without one they are the same. `*` is the area. */
  function area(shape: Area, text: string): string[] {
    const map = draw(text);
    const origin = map.at("O");
    return mark(map.field, cellsOf(map.field, shape, origin, map.all("X")[0] ?? origin));
  }

  const rows = (text: string) => text.trim().split(/\s+/);

  it("spheres of 5, 10 and 20 feet", () => {
    const open = `${".........\n".repeat(4)}....O....\n${".........\n".repeat(4)}`;
    assert.deepEqual(
      area({ shape: "sphere", radius: 5 }, open),
      rows(`
        .........
        .........
        .........
        ...***...
        ...***...
        ...***...
        .........
        .........
        .........`),
    );
    assert.deepEqual(
      area({ shape: "sphere", radius: 10 }, open),
      rows(`
        .........
        .........
        ...***...
        ..*****..
        ..*****..
        ..*****..
        ...***...
        .........
        .........`),
    );
    assert.deepEqual(
      area({ shape: "sphere", radius: 20 }, open),
      rows(`
        ..*****..
        .*******.
        *********
        *********
        *********
        *********
        *********
        .*******.
        ..*****..`),
    );
  });

  it("a wall shields from a sphere, and one who stands at its edge is not shielded", () => {
    assert.deepEqual(
      area(
        { shape: "sphere", radius: 15 },
        `
        .......
        .......
        ...O#..
        .......
        .......`,
      ),
      rows(`
        .*****.
        *****..
        ****#..
        *****..
        .*****.`),
    );
  });

  it("cones of 15 feet, straight and slanted, without their origin", () => {
    assert.deepEqual(
      area(
        { shape: "cone", length: 15 },
        `
        .....
        .....
        O..X.
        .....
        .....`,
      ),
      rows(`
        .....
        ..**.
        .***.
        ..**.
        .....`),
    );
    assert.deepEqual(
      area(
        { shape: "cone", length: 15 },
        `
        O....
        .X...
        .....
        .....
        .....`,
      ),
      rows(`
        .....
        .***.
        .**..
        .*...
        .....`),
    );
    assert.deepEqual(area({ shape: "cone", length: 15 }, "...\n.O.\n..."), ["...", "...", "..."]);
  });

  it("lines 5 and 10 feet wide, and one that a wall stops", () => {
    assert.deepEqual(area({ shape: "line", length: 20, width: 5 }, "......\nO.X...\n......"), [
      "......",
      ".****.",
      "......",
    ]);
    assert.deepEqual(area({ shape: "line", length: 20, width: 10 }, "......\nO.X...\n......"), [
      ".****.",
      ".****.",
      ".****.",
    ]);
    assert.deepEqual(area({ shape: "line", length: 20, width: 5 }, "O.X#.."), [".**#.."]);
    assert.deepEqual(area({ shape: "line", length: 20, width: 5 }, "O....\n.X...\n.....\n.....\n....."), [
      ".....",
      ".*...",
      "..*..",
      "...*.",
      ".....",
    ]);
  });

  it("a cube lies around its origin, or begins there and extends towards the aim", () => {
    const cube: Area = { shape: "cube", size: 15 };
    assert.deepEqual(area(cube, ".....\n.....\n..O..\n.....\n....."), [".....", ".***.", ".***.", ".***.", "....."]);
    assert.deepEqual(area(cube, ".....\n.....\n.O.X.\n.....\n....."), [".....", ".***.", ".***.", ".***.", "....."]);
    assert.deepEqual(area(cube, "....\nXO..\n....\n...."), ["**..", "**..", "**..", "...."]);
    assert.deepEqual(area(cube, "....\n.O..\n..X.\n...."), ["....", ".***", ".***", ".***"]);
    assert.deepEqual(area({ shape: "cube", size: 10 }, "....\n.O..\n....\n...."), ["....", ".**.", ".**.", "...."]);
  });

  it("nothing comes out of a wall", () => {
    const map = draw("#..");
    assert.deepEqual(cellsOf(map.field, { shape: "sphere", radius: 10 }, { x: 0, y: 0 }, { x: 1, y: 0 }), []);
  });
});
