import { ABILITIES } from "../../../src/combat/content/abilities.rules.ts";
import { byId, make, redraw } from "../../dom.ts";
import { creatureOf, type EffectView, type FighterView, type FightView } from "../fight-view.ts";
import { cellName, initialsOf, lifeWords, nameOf, playerOf, remaining, sideName } from "../words.ts";

/** One creature up close: how it fares, and every effect on it with the time it still has. */
export function createInspectView() {
  const panel = byId("inspect");
  return {
    render(fight: FightView, fighter: FighterView | undefined): void {
      panel.hidden = !fighter;
      if (!fighter) return;
      redraw(panel, [fighter, fight.round, fight.people], () => [
        head(fight, fighter),
        facts(fight, fighter),
        ...effects(fight, fighter),
      ]);
    },
  };
}

function head(fight: FightView, fighter: FighterView): HTMLElement {
  const { name, side } = fighter;
  const chip = make("span", { class: "chip", "data-side": String(side % 4), "aria-hidden": "true" }, initialsOf(name));
  const who = make("small", {}, `${sideName(side)} · ${playerOf(fight, fighter)}`);
  return make("div", { class: "inspect-head" }, chip, make("h2", {}, name), who);
}

function facts(fight: FightView, fighter: FighterView): HTMLElement {
  const { speed, resist, vulnerable, immune } = creatureOf(fighter);
  const rows: [string, string][] = [
    ["Life", lifeWords(fighter)],
    ["Armour", String(fighter.ac)],
    ["Speed", `${speed} ft`],
    ["Place", cellName(fighter.at)],
    ["Resists", resist.join(", ")],
    ["Suffers more", vulnerable.join(", ")],
    ["Immune", immune.join(", ")],
    ["Holds", fighter.concentration === "" ? "" : (ABILITIES.get(fighter.concentration)?.name ?? "")],
    ["Readied", readiedWords(fight, fighter)],
  ];
  const shown = rows.filter(([, value]) => value !== "");
  return make("dl", {}, ...shown.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))));
}

function readiedWords(fight: FightView, { readyTrigger, readyBy, readyId, ...fighter }: FighterView): string {
  if (readyTrigger === "") return "";
  const attack = creatureOf(fighter).attacks.find(({ id }) => id === readyId);
  const when = { approach: "comes near", attack: "attacks", cast: "casts" }[readyTrigger];
  return `${attack?.name ?? ABILITIES.get(readyId)?.name ?? "an action"} when ${readyBy === "" ? "an enemy" : nameOf(fight, readyBy)} ${when}`;
}

function effects(fight: FightView, { effects: all }: FighterView): HTMLElement[] {
  if (all.length === 0) return [];
  return [
    make(
      "ul",
      { class: "effects", "aria-label": "Effects", "data-testid": "effects" },
      ...all.map((effect) => effectItem(fight, effect)),
    ),
  ];
}

function effectItem(fight: FightView, effect: EffectView): HTMLElement {
  const { name, stacks, conditions, concentration, source } = effect;
  const title = stacks > 1 ? `${name} ×${stacks}` : name;
  const notes = [conditions.join(", "), concentration ? `held by ${nameOf(fight, source)}` : ""].filter(
    (note) => note !== "",
  );
  return make(
    "li",
    { class: "effect", "data-effect": effect.key },
    make("b", {}, title),
    ...(notes.length > 0 ? [make("span", { class: "conditions" }, notes.join(" · "))] : []),
    make("small", {}, remaining(fight, effect)),
  );
}
