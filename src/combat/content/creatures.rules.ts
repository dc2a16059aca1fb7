import type { Creature } from "../combat-types.rules.ts";
import { ABILITIES } from "./abilities.rules.ts";
import { loadContent, requireAll } from "./content-load.rules.ts";
import { creatureSchema } from "./content-schema.rules.ts";
import { HEROES } from "./heroes.rules.ts";
import { MONSTERS } from "./monsters.rules.ts";
import { TERRORS } from "./terrors.rules.ts";

/** Every monster and ready-made character, by id. Those that are playable have a role. */
export const CREATURES: ReadonlyMap<string, Creature> = loadContent("creature", creatureSchema, [
  ...HEROES,
  ...MONSTERS,
  ...TERRORS,
]);

for (const { id, abilities } of CREATURES.values()) requireAll("creature", id, "abilities", abilities, ABILITIES);
