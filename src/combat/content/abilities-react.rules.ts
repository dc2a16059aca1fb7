import type { AbilityText } from "./content-schema.rules.ts";

/** What is done on somebody else's turn. */
export const REACT: readonly AbilityText[] = [
  {
    id: "sudden_ward",
    name: "Sudden Ward",
    text: "A pane of light, just in time; it stands until the caster's next turn begins.",
    cost: "reaction",
    trigger: "hit",
    uses: 3,
    range: 0,
    target: "self",
    effects: [
      {
        key: "warded",
        name: "Warded",
        duration: { value: 1, unit: "turns" },
        expireOn: "turnStart",
        modifiers: { ac: 5 },
      },
    ],
  },
  {
    id: "scalding_retort",
    name: "Scalding Retort",
    text: "Pain answers pain: flames leap back at whoever struck.",
    cost: "reaction",
    trigger: "hit",
    uses: 1,
    range: 60,
    target: "enemy",
    check: { kind: "save", attribute: "dex", half: true },
    damage: ["2d10 fire"],
  },
  {
    id: "unspeak",
    name: "Unspeak",
    text: "The last word of another's spell is taken out of the air, and the spell with it.",
    cost: "reaction",
    trigger: "cast",
    uses: 2,
    range: 60,
    target: "enemy",
    counters: true,
  },
];
