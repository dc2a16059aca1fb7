import type { BattleMap } from "../combat-types.rules.ts";
import { loadContent, requireAll } from "./content-load.rules.ts";
import { CREATURES } from "./creatures.rules.ts";
import { type MapText, mapSchema } from "./map-schema.rules.ts";

const DRAWN: readonly MapText[] = [
  {
    id: "toll_bridge",
    name: "The Toll Bridge",
    foes: ["toll_captain", "ditch_gnasher", "ditch_gnasher", "grey_courser"],
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
    foes: ["grave_walker", "grave_walker", "bone_sentinel", "bone_sentinel", "hollow_choir"],
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
    foes: ["rime_drake"],
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

for (const { id, foes } of MAPS.values()) requireAll("map", id, "foes", foes, CREATURES);
