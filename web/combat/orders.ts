import type { Cell } from "../../src/combat/combat-types.rules.ts";

/** An action as the server takes it, by socket or by the API. */
export interface Order {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** @param path with the cell where it begins, which the server knows */
export function moveOrder(path: readonly Cell[]): Order {
  return { type: "move", data: { path: path.slice(1).map(({ x, y }) => ({ x, y })) } };
}

export function attackOrder(weapon: string, target: string): Order {
  return { type: "attack", data: { target, weapon } };
}

/** @param at the cell of an area; null for what is aimed at creatures */
export function castOrder(ability: string, targets: readonly string[], at: Cell | null): Order {
  const aim = at ? { at: { x: at.x, y: at.y } } : targets.length > 0 ? { targets: [...targets] } : {};
  return { type: "cast", data: { ability, ...aim } };
}

export function helpOrder(target: string): Order {
  return { type: "help", data: { target } };
}

/** What a button without an aim stands for: `dash`, `endTurn`, or `cast:<ability>` on oneself. */
export function plainOrder(key: string): Order {
  return key.startsWith("cast:") ? castOrder(key.slice("cast:".length), [], null) : { type: key, data: {} };
}

export function joinOrder(creature: string): Order {
  return { type: "join", data: { creature } };
}

/** @param take index of the option, or null to let it pass */
export function reactOrder(window: number, combatant: string, take: number | null): Order {
  return { type: "react", data: { window, combatant, take } };
}

export function editOrder(combatant: string, patch: Readonly<Record<string, unknown>>): Order {
  return { type: "gm.edit", data: { combatant, patch } };
}

/** The orders of a game master about one creature that need no more than its id. */
export function aboutOrder(type: "gm.hide" | "gm.reveal" | "gm.remove", combatant: string): Order {
  return { type, data: { combatant } };
}
