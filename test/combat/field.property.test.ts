import assert from "node:assert/strict";
import fc from "fast-check";
import type { Area, Cell, Field } from "../../src/combat/combat-types.rules.ts";
import {
  cellsOf,
  cheapestPath,
  coverBetween,
  distanceFeet,
  isWayFree,
  leavesReach,
  lineOfSight,
  pathCost,
  pushedTo,
  reachableCells,
} from "../../src/combat/field.rules.ts";
import { isRayClear } from "../../src/combat/field-ray.rules.ts";
import {
  cellsIn,
  cellWithin,
  crowds,
  feetToAll,
  fields,
  isFloor,
  isSegmentClear,
  isSlow,
  key,
  SIDE,
  stepFeet,
  touches,
  under,
} from "./field-oracle.ts";

const sizes = fc.integer({ min: 1, max: 3 });
const spots = fc.record({ at: cellWithin, size: sizes });
const RUNS = { numRuns: 300 };

const feet = fc.integer({ min: 1, max: 6 }).map((cells) => cells * 5);
const areas: fc.Arbitrary<Area> = fc.oneof(
  fc.record({ shape: fc.constant("sphere" as const), radius: feet }),
  fc.record({ shape: fc.constant("cone" as const), length: feet }),
  fc.record({ shape: fc.constant("line" as const), length: feet, width: fc.constantFrom(5, 10) }),
  fc.record({ shape: fc.constant("cube" as const), size: feet }),
);

const reachOf = (area: Area) =>
  area.shape === "sphere" ? area.radius : area.shape === "cube" ? area.size - 5 : area.length;

const standsOn = (field: Field, at: Cell, size: number) => under(at, size).every((cell) => isFloor(field, cell));

describe("the battlefield, whatever it looks like", () => {
  it("sight is symmetric, for creatures of every size", () => {
    fc.assert(
      fc.property(fields, spots, spots, (field, a, b) => {
        assert.equal(lineOfSight(field, a, b), lineOfSight(field, b, a));
      }),
      RUNS,
    );
  });

  it("a ray crosses what exact fractions say it crosses", () => {
    const quarter = fc.integer({ min: 0, max: 4 * SIDE - 1 }).filter((part) => part % 4 !== 0);
    const point = fc.record({ x: quarter, y: quarter });
    fc.assert(
      fc.property(fields, point, point, (field, a, b) => {
        const isWall = (x: number, y: number) => !isFloor(field, { x, y });
        const expected = isSegmentClear(isWall, SIDE, a, b);
        assert.equal(isRayClear(isWall, a, b), expected, `${key(a)} to ${key(b)}`);
        assert.equal(isRayClear(isWall, b, a), expected, "the other way round");
      }),
      { numRuns: 3000 },
    );
  });

  it("the cheapest path costs what a search of every edge finds, and what pathCost says of it", () => {
    fc.assert(
      fc.property(fields, crowds, spots, cellWithin, fc.nat(80), (field, crowd, from, to, maxFeet) => {
        fc.pre(standsOn(field, from.at, from.size));
        const path = cheapestPath(field, crowd, from, to, maxFeet);
        const foes = crowd.filter(({ hostile }) => hostile);
        const cost = feetToAll(field, foes, from.at, from.size).get(key(to)) ?? Number.POSITIVE_INFINITY;
        const isTaken = crowd.some((other) => touches(other, to, from.size));
        if (cost > maxFeet || isTaken) return assert.equal(path, null);
        assert.ok(path, `${cost} feet to ${key(to)}`);
        assert.deepEqual([path[0]!, path.at(-1)!].map(key), [from.at, to].map(key));
        assert.equal(pathCost(field, path, from.size), cost);
        assert.ok(isWayFree(crowd, path, from.size));
        for (const cell of path) assert.ok(standsOn(field, cell, from.size), "through a wall");
      }),
      RUNS,
    );
  });

  it("what is in reach is what the same search finds, nearest first, and one step further never costs less", () => {
    fc.assert(
      fc.property(fields, crowds, spots, fc.nat(40), (field, crowd, from, maxFeet) => {
        fc.pre(standsOn(field, from.at, from.size));
        const foes = crowd.filter(({ hostile }) => hostile);
        const costs = feetToAll(field, foes, from.at, from.size);
        const expected = [...costs].filter(([cell, cost]) => cost <= maxFeet && isEmpty(cell));
        const found = reachableCells(field, crowd, from, maxFeet);
        assert.deepEqual(new Map(found.map((reached) => [key(reached.cell), reached.feet])), new Map(expected));
        assert.equal(found.length, expected.length, "no cell twice");
        for (const [index, reached] of found.slice(1).entries()) assert.ok(found[index]!.feet <= reached.feet);

        function isEmpty(cell: string): boolean {
          const [x, y] = cell.split(",").map(Number) as [number, number];
          return !crowd.some((other) => touches(other, { x, y }, from.size));
        }
      }),
      RUNS,
    );
  });

  it("a path costs the sum of its steps, grows with every step, and is blocked from its first impossible one on", () => {
    fc.assert(
      fc.property(
        fields,
        fc.array(cellWithin, { minLength: 1, maxLength: 3 }),
        walks(),
        sizes,
        (field, jumps, walk, size) => {
          const path = jumps.length > 1 ? jumps : walk;
          const steps = path.slice(1).map((to, index) => stepFeet(field, path[index]!, to, size));
          let sum = standsOn(field, path[0]!, size) ? 0 : Number.POSITIVE_INFINITY;
          for (let length = 1; length <= path.length; length++) {
            sum += length > 1 ? steps[length - 2]! : 0;
            assert.equal(pathCost(field, path.slice(0, length), size), Number.isFinite(sum) ? sum : "blocked");
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("difficult terrain never makes a way cheaper, and a wall never opens one", () => {
    fc.assert(
      fc.property(fields, cellWithin, cellWithin, cellWithin, (field, from, to, changed) => {
        const before = feetOf(field);
        assert.ok(feetOf({ ...field, rough: [...field.rough, changed] }) >= before);
        const rows = field.rows.map((row, y) =>
          y === changed.y ? `${row.slice(0, changed.x)}#${row.slice(changed.x + 1)}` : row,
        );
        assert.ok(feetOf({ ...field, rows }) >= before);

        function feetOf(walked: Field): number {
          const path = cheapestPath(walked, [], from, to, 1000);
          return path ? Number(pathCost(walked, path, 1)) : Number.POSITIVE_INFINITY;
        }
      }),
      RUNS,
    );
  });

  it("an area holds floor in its range that its origin sees, row by row, and no cell twice", () => {
    fc.assert(
      fc.property(fields, areas, cellWithin, cellWithin, (field, area, origin, aim) => {
        const cells = cellsOf(field, area, origin, aim);
        for (const cell of cells) {
          assert.ok(distanceFeet(origin, cell) <= reachOf(area), key(cell));
          assert.ok(isFloor(field, cell) && lineOfSight(field, origin, cell), key(cell));
        }
        const order = cells.map(({ x, y }) => y * SIDE + x);
        assert.deepEqual(
          order,
          [...new Set(order)].sort((a, b) => a - b),
        );
        const includesItself = area.shape === "sphere" || area.shape === "cube";
        assert.equal(
          cells.some((cell) => key(cell) === key(origin)),
          includesItself && isFloor(field, origin),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it("an area turned a quarter, mirrored or grown covers what geometry says", () => {
    const open: Field = { rows: Array.from({ length: 31 }, () => ".".repeat(31)), rough: [] };
    const middle = { x: 15, y: 15 };
    const offset = fc.record({ x: fc.integer({ min: -9, max: 9 }), y: fc.integer({ min: -9, max: 9 }) });
    const round = areas.filter(({ shape }) => shape !== "cube");
    fc.assert(
      fc.property(round, offset, (area, aim) => {
        const quarter = ({ x, y }: Cell) => ({ x: -y, y: x });
        const mirror = ({ x, y }: Cell) => ({ x: -x, y });
        for (const turn of [quarter, mirror])
          assert.deepEqual(covered(area, turn(aim)), new Set([...covered(area, aim, turn)]));
        const bigger = covered(grown(area), aim);
        for (const cell of covered(area, aim)) assert.ok(bigger.has(cell), `${cell} is lost in a larger area`);
      }),
      RUNS,
    );

    function covered(area: Area, aim: Cell, turn = (cell: Cell) => cell): Set<string> {
      const cells = cellsOf(open, area, middle, { x: middle.x + aim.x, y: middle.y + aim.y });
      return new Set(cells.map(({ x, y }) => key(turn({ x: x - middle.x, y: y - middle.y }))).map(unsigned));
    }
    function unsigned(cell: string): string {
      return cell.replace(/-0\b/g, "0");
    }
    function grown(area: Area): Area {
      if (area.shape === "sphere") return { ...area, radius: area.radius + 5 };
      return area.shape === "cube" ? { ...area, size: area.size + 5 } : { ...area, length: area.length + 5 };
    }
  });

  it("whoever is adjacent and in sight has no cover, and cover is full exactly without sight", () => {
    fc.assert(
      fc.property(fields, crowds, spots, spots, (field, crowd, a, b) => {
        fc.pre(standsOn(field, a.at, a.size) && standsOn(field, b.at, b.size));
        const cover = coverBetween(field, crowd, a, b);
        assert.equal(cover === "full", !lineOfSight(field, a, b));
        if (distanceFeet(a, b) <= 5 && cover !== "full") assert.equal(cover, 0);
      }),
      { numRuns: 1000 },
    );
  });

  it("without walls there is at most half cover, without creatures none; the creatures' order means nothing", () => {
    const open: Field = { rows: Array.from({ length: SIDE }, () => ".".repeat(SIDE)), rough: [] };
    fc.assert(
      fc.property(crowds, spots, spots, (crowd, a, b) => {
        const inside = [a, b].every(({ at, size }) => at.x + size <= SIDE && at.y + size <= SIDE);
        fc.pre(inside);
        assert.equal(coverBetween(open, [], a, b), 0);
        const cover = coverBetween(open, crowd, a, b);
        assert.ok(cover === 0 || cover === 2);
        assert.equal(coverBetween(open, crowd.toReversed(), a, b), cover);
      }),
      RUNS,
    );
  });

  it("distance is that of the nearest two cells", () => {
    fc.assert(
      fc.property(spots, spots, (a, b) => {
        const pairs = under(a.at, a.size).flatMap((one) => under(b.at, b.size).map((other) => [one, other] as const));
        const steps = pairs.map(([one, other]) => Math.max(Math.abs(one.x - other.x), Math.abs(one.y - other.y)));
        assert.equal(distanceFeet(a, b), 5 * Math.min(...steps));
      }),
      RUNS,
    );
  });

  it("a path leaves somebody's reach where the distance passes it, in the order of steps and ids", () => {
    const reachers = fc
      .array(fc.record({ at: cellWithin, size: sizes, reach: fc.constantFrom(5, 10) }), { maxLength: 4 })
      .map((all) => all.map((reacher, index) => ({ ...reacher, id: `r${index}` })));
    fc.assert(
      fc.property(reachers, walks(), sizes, (all, path, size) => {
        const expected: { stepIndex: number; by: string }[] = [];
        for (let step = 0; step + 1 < path.length; step++)
          for (const { id, reach, ...where } of all) {
            const feetAt = (index: number) => distanceFeet(where, { at: path[index]!, size });
            if (feetAt(step) <= reach && feetAt(step + 1) > reach) expected.push({ stepIndex: step, by: id });
          }
        assert.deepEqual(leavesReach(all.toReversed(), path, size), expected);
      }),
      RUNS,
    );
  });

  it("a push never comes nearer, a pull never farther; neither ends in a wall, in anybody, or beyond its feet", () => {
    fc.assert(
      fc.property(fields, crowds, spots, spots, feet, fc.boolean(), (field, crowd, mover, from, far, isPull) => {
        fc.pre(standsOn(field, mover.at, mover.size) && distanceFeet(mover, from) > 0);
        const end = pushedTo(field, crowd, mover, from, isPull ? -far : far);
        const [before, after] = [distanceFeet(mover, from), distanceFeet({ at: end, size: mover.size }, from)];
        assert.ok(isPull ? after <= before && after > 0 : after >= before, `${before} to ${after}`);
        assert.ok(distanceFeet(mover.at, end) <= far);
        assert.ok(standsOn(field, end, mover.size));
        if (key(end) !== key(mover.at)) assert.ok(!crowd.some((other) => touches(other, end, mover.size)));
      }),
      { numRuns: 1000 },
    );
  });

  it("answers for every cell there is, and for none that there is not", () => {
    fc.assert(
      fc.property(fields, fc.constantFrom(Number.NaN, -1, 0.5, 1e9, Number.POSITIVE_INFINITY), (field, bad) => {
        const [good, odd] = [cellsIn(field).find((cell) => isFloor(field, cell)), { x: bad, y: 0 }];
        fc.pre(good !== undefined);
        assert.equal(pathCost(field, [good!, odd], 1), "blocked");
        assert.equal(cheapestPath(field, [], good!, odd, 100), null);
        assert.equal(cheapestPath(field, [], odd, good!, 100), null);
        assert.deepEqual(cellsOf(field, { shape: "sphere", radius: 20 }, odd, good!), []);
        assert.equal(isSlow(field, odd), false);
      }),
      { numRuns: 50 },
    );
  });
});

/** Walks of single steps, which random cells would hardly ever be. */
function walks(): fc.Arbitrary<Cell[]> {
  const step = fc.record({ x: fc.integer({ min: -1, max: 1 }), y: fc.integer({ min: -1, max: 1 }) });
  return fc.tuple(cellWithin, fc.array(step, { maxLength: 8 })).map(([start, steps]) => {
    const path = [start];
    for (const { x, y } of steps) path.push({ x: path.at(-1)!.x + x, y: path.at(-1)!.y + y });
    return path;
  });
}
