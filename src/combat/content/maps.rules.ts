import type { BattleMap } from "../combat-types.rules.ts";
import { loadContent, requireAll } from "./content-load.rules.ts";
import { CREATURES } from "./creatures.rules.ts";
import { type MapText, mapSchema } from "./map-schema.rules.ts";

function of(counts: { readonly [creature: string]: number }): string[] {
  return Object.entries(counts).flatMap(([creature, count]) => Array<string>(count).fill(creature));
}

/** The foes are such that a party which plays itself wins more often than not, and loses often enough to be in danger. */
const DRAWN: readonly MapText[] = [
  {
    id: "toll_bridge",
    name: "The Toll Bridge",
    foes: [
      of({ ditch_gnasher: 3, grey_courser: 2 }),
      of({ toll_captain: 1, ditch_gnasher: 3, grey_courser: 3 }),
      of({ toll_captain: 2, ditch_gnasher: 2, grey_courser: 2, cinder_hound: 1 }),
      of({ toll_captain: 3, grey_courser: 3, cinder_hound: 2 }),
    ],
    rows: [
      "........................",
      "..aaaa....~~~~....bbbb..",
      "..aaaa....~~~~....bbbb..",
      "..aaaa...#~~~~#...bbbb..",
      ".........#~~~~#.........",
      "....#....#####......#...",
      "........................",
      "........................",
      "....#....#####......#...",
      ".........#~~~~#.........",
      "..aaaa...#~~~~#...bbbb..",
      "..aaaa....~~~~....bbbb..",
      "..aaaa....~~~~....bbbb..",
      "........................",
    ],
  },
  {
    id: "drowned_crypt",
    name: "The Drowned Crypt",
    foes: [
      of({ grave_walker: 1, bone_sentinel: 2 }),
      of({ grave_walker: 2, bone_sentinel: 2, hollow_choir: 1 }),
      of({ grave_walker: 2, bone_sentinel: 3, hollow_choir: 2 }),
      of({ grave_walker: 2, hollow_choir: 4 }),
    ],
    rows: [
      "####################",
      "#aaaa....##....bbbb#",
      "#aaaa..........bbbb#",
      "#aaaa....##....bbbb#",
      "#aaaa..........bbbb#",
      "#....#........#....#",
      "#.......~~~~.......#",
      "##.##..~~##~~..##.##",
      "##.##..~~##~~..##.##",
      "#.......~~~~.......#",
      "#....#........#....#",
      "#cccc..........dddd#",
      "#cccc....##....dddd#",
      "#cccc..........dddd#",
      "#cccc....##....dddd#",
      "####################",
    ],
  },
  {
    id: "frozen_ford",
    name: "The Frozen Ford",
    foes: [
      of({ grey_courser: 4 }),
      of({ storm_herald: 1, grey_courser: 1 }),
      of({ rime_drake: 1, cinder_hound: 2 }),
      of({ rime_drake: 2, grey_courser: 1, cinder_hound: 2 }),
    ],
    rows: [
      "..............................",
      ".aaaa....#..........#....bbbb.",
      ".aaaa.......~~..~~.......bbbb.",
      ".aaaa.....~~~~~~~~~~.....bbbb.",
      ".aaaa...~~~~~~~~~~~~~~...bbbb.",
      ".......~~~~..####..~~~~.......",
      "..#....~~~......#...~~~....#..",
      "..#....~~~...#......~~~....#..",
      ".......~~~~..####..~~~~.......",
      ".aaaa...~~~~~~~~~~~~~~...bbbb.",
      ".aaaa.....~~~~~~~~~~.....bbbb.",
      ".aaaa.......~~..~~.......bbbb.",
      ".aaaa....#..........#....bbbb.",
      "..............................",
    ],
  },
];

/** The battlefields, by id. */
export const MAPS: ReadonlyMap<string, BattleMap> = loadContent("map", mapSchema, DRAWN);

for (const { id, foes } of MAPS.values())
  for (const [index, some] of foes.entries()) requireAll("map", id, `foes.${index}`, some, CREATURES);

/** Who stands against so many heroes: twice as many heroes as a list is for meet twice as many foes. */
export function foesAgainst({ foes }: Pick<BattleMap, "foes">, heroes: number): readonly string[] {
  if (heroes <= foes.length) return foes[Math.max(1, heroes) - 1]!;
  return [...foes.at(-1)!, ...foesAgainst({ foes }, heroes - foes.length)];
}
