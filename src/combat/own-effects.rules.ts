import type { EffectSpec } from "./combat-types.rules.ts";
import { OWN_EFFECTS } from "./conditions.rules.ts";

const OWN_TURN = { duration: { value: 1, unit: "turns" }, expireOn: "turnStart" } as const;
const PLAIN = { stacking: "refresh", maxStacks: 1, conditions: [] } as const;

/** Dodge (SRD): attacks against the dodger and its dexterity saves lean its way until its next turn. */
export const DODGING: EffectSpec = {
  ...{ key: OWN_EFFECTS.dodging, name: "Dodging", on: "source", of: "source", ...OWN_TURN, ...PLAIN },
  modifiers: { disadvantage: ["attacksAgainst"] },
};

/** Help (SRD): the ally's next attack has advantage, if it is made before the helper's next turn. */
export const HELPED: EffectSpec = {
  ...{ key: OWN_EFFECTS.helped, name: "Helped", on: "target", of: "source", ...OWN_TURN, ...PLAIN },
  modifiers: { advantage: ["attacks"] },
};
