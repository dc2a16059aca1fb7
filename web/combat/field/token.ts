import { creatureOf, type FighterView, type FightView, isOwn } from "../fight-view.ts";
import { initialsOf } from "../words.ts";
import { svg, UNIT } from "./svg.ts";

/** How the plan of the viewer bears on a creature. */
export type Mark = "target" | "refused" | "affected" | "chosen";

export interface TokenLook {
  readonly isCurrent: boolean;
  readonly isOwn: boolean;
  readonly isInspected: boolean;
  readonly mark: Mark | null;
}

const BAR_HEIGHT = 5;
const GAP = 3;

/** One creature on the field. It stays the same element as long as it is there, so that it walks instead of jumping. */
export class Token {
  readonly element = svg("g", { class: "token" });
  #drawn = "";

  show(fighter: FighterView, look: TokenLook): void {
    const { element } = this;
    const data = {
      id: fighter.id,
      size: creatureOf(fighter).size,
      side: fighter.side % 4,
      life: fighter.life,
      hidden: fighter.hidden,
    };
    for (const [name, value] of Object.entries({ ...data, ...look, mark: look.mark ?? "" }))
      element.dataset[name] = String(value);
    element.style.transform = `translate(${fighter.at.x * UNIT}px, ${fighter.at.y * UNIT}px)`;
    const key = JSON.stringify([
      fighter.name,
      fighter.hp,
      fighter.maxHp,
      fighter.tempHp,
      fighter.life,
      fighter.effects.length,
    ]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    element.replaceChildren(...parts(fighter));
  }
}

export function lookOf(fight: FightView, fighter: FighterView, inspected: string, mark: Mark | null): TokenLook {
  const isCurrent = fight.current === fighter.id;
  return { isCurrent, isOwn: !fight.own?.gm && isOwn(fight, fighter), isInspected: inspected === fighter.id, mark };
}

function parts(fighter: FighterView): SVGElement[] {
  const side = creatureOf(fighter).size * UNIT;
  const middle = side / 2;
  const radius = middle - GAP;
  const letters = initialsOf(fighter.name);
  const isDead = fighter.life === "dead";
  return [
    svg("circle", { class: "halo", cx: middle, cy: middle, r: radius + 2 }),
    svg("circle", { class: "disc", cx: middle, cy: middle, r: radius - 1 }),
    svg("circle", { class: "shine", cx: middle, cy: middle, r: radius - 4 }),
    svg("text", { class: "initials", x: middle, y: middle, "data-long": String(letters.length > 2) }, letters),
    ...(isDead ? [svg("path", { class: "cross", d: crossOf(side) })] : hpBar(fighter, side)),
    ...(fighter.effects.length > 0 && !isDead ? badge(fighter.effects.length, side) : []),
  ];
}

function crossOf(side: number): string {
  return `M9 9 ${side - 9} ${side - 9}M${side - 9} 9 9 ${side - 9}`;
}

function hpBar({ hp, maxHp, tempHp }: FighterView, side: number): SVGElement[] {
  const width = side - 10;
  const place = { x: 5, y: side - BAR_HEIGHT - 2, height: BAR_HEIGHT, rx: 2.5 };
  const share = maxHp > 0 ? Math.max(0, Math.min(1, hp / maxHp)) : 0;
  const level = share > 0.5 ? "well" : share > 0.25 ? "hurt" : "bad";
  const temp = tempHp > 0 ? [svg("rect", { ...place, class: "hp-temp", y: place.y - 3, height: 3, width })] : [];
  return [
    ...temp,
    svg("rect", { ...place, class: "hp-back", width }),
    svg("rect", { ...place, class: "hp", "data-level": level, width: width * share }),
  ];
}

function badge(count: number, side: number): SVGElement[] {
  const at = { cx: side - 8, cy: 8 };
  return [
    svg("circle", { class: "badge", ...at, r: 7 }),
    svg("text", { class: "badge-text", x: at.cx, y: at.cy + 3.5 }, String(count)),
  ];
}
