import type { Ability } from "../combat-types.rules.ts";
import { HARM } from "./abilities-harm.rules.ts";
import { HELP } from "./abilities-help.rules.ts";
import { HINDER } from "./abilities-hinder.rules.ts";
import { REACT } from "./abilities-react.rules.ts";
import { loadContent } from "./content-load.rules.ts";
import { abilitySchema } from "./content-schema.rules.ts";

/** Every spell and special action there is, by id. */
export const ABILITIES: ReadonlyMap<string, Ability> = loadContent("ability", abilitySchema, [
  ...HARM,
  ...HINDER,
  ...HELP,
  ...REACT,
]);
