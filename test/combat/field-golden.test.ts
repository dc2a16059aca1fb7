import assert from "node:assert/strict";
import type { Field } from "../../src/combat/combat-types.rules.ts";
import {
  cheapestPath,
  isWayFree,
  leavesReach,
  pathCost,
  pushedTo,
  reachableCells,
} from "../../src/combat/field.rules.ts";
import { draw, foe, friend, mark, path } from "./field-drawing.ts";

describe("movement, drawn", () => {
  it("a step costs 5 feet, a diagonal one too, and 10 into difficult terrain, not out of it", () => {
    const map = draw(`
      0.~
      .12
      ..3`);
    assert.equal(pathCost(map.field, path(map, "01"), 1), 5);
    assert.equal(pathCost(map.field, path(map, "0123"), 1), 15);
    const mud: Field = { ...map.field, rough: [map.at("2")] };
    assert.equal(pathCost(mud, path(map, "0123"), 1), 20);
  });

  it("mud of an effect and mud of the map on one cell are difficult once", () => {
    const map = draw("0~1");
    const through = [map.at("0"), { x: 1, y: 0 }, map.at("1")];
    assert.equal(pathCost({ ...map.field, rough: [{ x: 1, y: 0 }] }, through, 1), 15);
  });

  it("nobody walks through a wall, around its corner, off the map, or in jumps", () => {
    const map = draw(`
      0#.
      .1.
      ..2`);
    assert.equal(pathCost(map.field, path(map, "01"), 1), "blocked");
    assert.equal(pathCost(map.field, path(map, "12"), 1), 5);
    assert.equal(pathCost(map.field, [map.at("0"), { x: 1, y: 0 }], 1), "blocked");
    assert.equal(pathCost(map.field, [map.at("0"), { x: -1, y: 0 }], 1), "blocked");
    assert.equal(pathCost(map.field, path(map, "02"), 1), "blocked");
    assert.equal(pathCost(map.field, [map.at("0"), map.at("0")], 1), "blocked");
    assert.equal(pathCost(map.field, [], 1), "blocked");
    assert.equal(pathCost(map.field, [map.at("0")], 1), 0);
  });

  it("a large creature needs floor for all of itself, and mud under any part of it slows it", () => {
    const map = draw(`
      01...
      ....~
      ###..`);
    assert.equal(pathCost(map.field, path(map, "01"), 2), 5);
    const along = [0, 1, 2, 3].map((x) => ({ x, y: 0 }));
    assert.equal(pathCost(map.field, along, 2), 20);
    assert.equal(pathCost(map.field, [...along.slice(0, 3), { x: 2, y: 1 }], 2), "blocked");
  });

  it("the cheapest way leads around mud when that is shorter in feet", () => {
    const map = draw(`
      .....
      A~~~B
      .....`);
    const way = cheapestPath(map.field, [], map.at("A"), map.at("B"), 60)!;
    assert.equal(pathCost(map.field, way, 1), 20);
    assert.deepEqual(mark(map.field, way), [".***.", "*~~~*", "....."]);
  });

  it("a straight way is found straight", () => {
    const map = draw(`
      .....
      A...B
      .....`);
    const way = cheapestPath(map.field, [], map.at("A"), map.at("B"), 60)!;
    assert.deepEqual(mark(map.field, way), [".....", "*****", "....."]);
  });

  it("friends let one pass and foes do not; nobody shares a place at the end", () => {
    const map = draw(`
      #####
      A.X.B
      #####`);
    const [from, to, between] = [map.at("A"), map.at("B"), map.at("X")];
    assert.equal(cheapestPath(map.field, [friend(between)], from, to, 60)?.length, 5);
    assert.equal(cheapestPath(map.field, [foe(between)], from, to, 60), null);
    assert.equal(cheapestPath(map.field, [friend(between)], from, between, 60), null);
    assert.equal(isWayFree([friend(between)], [from, { x: 1, y: 1 }, between], 1), false);
    assert.equal(isWayFree([friend(between)], [from, { x: 1, y: 1 }, between, { x: 3, y: 1 }], 1), true);
    assert.equal(isWayFree([foe(between)], [from, { x: 1, y: 1 }, between, { x: 3, y: 1 }], 1), false);
  });

  it("the way ends where the feet end", () => {
    const map = draw("A.~B");
    assert.equal(cheapestPath(map.field, [], map.at("A"), map.at("B"), 20)?.length, 4);
    assert.equal(cheapestPath(map.field, [], map.at("A"), map.at("B"), 19), null);
    assert.equal(cheapestPath(map.field, [], map.at("A"), map.at("B"), Number.NaN), null);
  });

  it("what is in reach of 15 feet", () => {
    const map = draw(`
      ....~..
      ..##...
      .A#....
      ..##...
      .......`);
    const cells = reachableCells(map.field, [foe({ x: 0, y: 2 })], map.at("A"), 15).map(({ cell }) => cell);
    assert.deepEqual(mark(map.field, cells), ["***.~..", "**##...", ".*#....", "**##...", "***...."]);
  });
});

describe("opportunity attacks, drawn", () => {
  it("walking around a foe is free; the step away from it is not", () => {
    const map = draw(`
      .01..
      .G.2.
      ..34.`);
    const by = [{ id: "G", at: map.at("G"), size: 1, reach: 5 }];
    assert.deepEqual(leavesReach(by, path(map, "01")), []);
    assert.deepEqual(leavesReach(by, path(map, "012")), [{ stepIndex: 1, by: "G" }]);
    assert.deepEqual(leavesReach(by, path(map, "0123")), [{ stepIndex: 1, by: "G" }]);
    assert.deepEqual(leavesReach(by, path(map, "01234")), [
      { stepIndex: 1, by: "G" },
      { stepIndex: 3, by: "G" },
    ]);
  });

  it("a long spear is left a step later, and a large mover when its last cell is out", () => {
    const map = draw("G0123456");
    const spear = [{ id: "G", at: map.at("G"), size: 1, reach: 10 }];
    assert.deepEqual(leavesReach(spear, path(map, "0123")), [{ stepIndex: 1, by: "G" }]);
    const right = [{ id: "R", at: { x: 7, y: 0 }, size: 1, reach: 5 }];
    assert.deepEqual(leavesReach(right, path(map, "432"), 2), [{ stepIndex: 0, by: "R" }]);
  });
});

describe("forced movement, drawn", () => {
  it("a push goes straight away until a wall or a creature is in the way", () => {
    const map = draw("C.T...F.#");
    const target = { at: map.at("T"), size: 1 };
    assert.deepEqual(pushedTo(map.field, [], target, map.at("C"), 10), { x: 4, y: 0 });
    assert.deepEqual(pushedTo(map.field, [], target, map.at("C"), 60), { x: 7, y: 0 });
    assert.deepEqual(pushedTo(map.field, [foe(map.at("F"))], target, map.at("C"), 60), { x: 5, y: 0 });
  });

  it("a pull ends beside the puller, a diagonal one too", () => {
    const map = draw(`
      C...
      ....
      ...T`);
    assert.deepEqual(pushedTo(map.field, [], { at: map.at("T"), size: 1 }, map.at("C"), -60), { x: 1, y: 0 });
    const line = draw("C...T");
    assert.deepEqual(pushedTo(line.field, [], { at: line.at("T"), size: 1 }, line.at("C"), -15), { x: 1, y: 0 });
  });
});
