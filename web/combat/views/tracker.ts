import { byId, make, redraw } from "../../dom.ts";
import { type FighterView, type FightView, fighterOf, isOwn } from "../fight-view.ts";
import { initialsOf, lifeWords, playerOf, remaining, remainingShort } from "../words.ts";

const TURN_TAGS: Readonly<Record<string, string>> = { delaying: "delays", entering: "comes next" };

/** Who acts when. A press on a name shows that creature. */
export function createTrackerView(inspect: (id: string) => void) {
  const list = byId("order");
  let shownCurrent = "";

  return {
    render(fight: FightView, inspected: string): void {
      const rows = rowsOf(fight).map((fighter) => rowOf(fight, fighter, inspected));
      redraw(list, rows, () => rows.map((row) => item(row, inspect)));
      if (shownCurrent === fight.current) return;
      shownCurrent = fight.current;
      // Not scrollIntoView, which would scroll the page too.
      const current = list.querySelector<HTMLElement>('[aria-current="true"]');
      if (current) list.scrollTo({ left: current.offsetLeft - 12, top: current.offsetTop - list.clientHeight / 3 });
    },
  };
}

/** In the order of turns; before the fight everybody who is there, by side. */
export function rowsOf(fight: FightView): FighterView[] {
  if (fight.order.length === 0)
    return fight.fighters
      .filter(({ life }) => life !== "gone")
      .sort((a, b) => a.side - b.side || (a.name < b.name ? -1 : 1));
  return fight.order.flatMap((id) => fighterOf(fight, id) ?? []).filter(({ life }) => life !== "gone");
}

function rowOf(fight: FightView, fighter: FighterView, inspected: string) {
  const { id, name, side, hp, maxHp, life, initiative, rolled, hidden, turn } = fighter;
  return {
    ...{ id, name, side: side % 4, life, hidden, hp: Math.max(0, hp), maxHp },
    initiative: rolled ? String(initiative) : "–",
    isCurrent: fight.current === id,
    isInspected: inspected === id,
    isDone: turn === "done",
    who: playerOf(fight, fighter),
    isOwn: !fight.own?.gm && isOwn(fight, fighter),
    lifeText: lifeWords(fighter),
    tags: tagsOf(fight, fighter),
    effects: effectsOf(fight, fighter),
  };
}

function tagsOf(
  { window, phase }: FightView,
  { id, turn, readyTrigger, concentration, surprised, hidden }: FighterView,
) {
  const tags = [
    TURN_TAGS[turn] ?? "",
    readyTrigger === "" ? "" : "readied",
    concentration === "" ? "" : "concentrates",
  ];
  if (phase === "active" && window?.waiting.includes(id)) tags.push("may react");
  if (surprised) tags.push("surprised");
  if (hidden) tags.push("hidden");
  return tags.filter((tag) => tag !== "");
}

/** Name and remaining time of each effect; in full for those who point at it. */
function effectsOf(fight: FightView, { effects }: FighterView) {
  return effects.map((effect) => ({
    text: `${effect.name} ${remainingShort(fight, effect)}`,
    title: `${effect.name}: ${remaining(fight, effect)}`,
  }));
}

function item(row: ReturnType<typeof rowOf>, inspect: (id: string) => void): HTMLElement {
  const { id, name, side, life, isCurrent, isInspected, isDone, hidden } = row;
  const bar = make("meter", {
    min: "0",
    max: String(row.maxHp),
    low: String(row.maxHp / 4),
    high: String(row.maxHp / 2),
    optimum: String(row.maxHp),
    value: String(row.hp),
    "aria-hidden": "true",
  });
  const button = make(
    "button",
    { type: "button", "data-testid": `inspect-${id}`, "aria-pressed": String(isInspected) },
    make("span", { class: "chip", "data-side": String(side), "aria-hidden": "true" }, initialsOf(name)),
    make("span", { class: "who-line" }, make("b", { class: "who-name" }, name), make("small", {}, row.who)),
    make("span", { class: "score", title: "initiative" }, row.initiative),
    ...(life === "up" ? [bar] : []),
    make("small", { class: "life" }, row.lifeText),
    ...(row.tags.length + row.effects.length > 0 ? [tagLine(row)] : []),
  );
  button.addEventListener("click", () => inspect(id));
  const state = {
    "data-life": life,
    "data-done": String(isDone),
    "data-hidden": String(hidden),
    "data-own": String(row.isOwn),
  };
  return make(
    "li",
    { "data-fighter": id, "data-side": String(side), "aria-current": isCurrent ? "true" : null, ...state },
    button,
  );
}

function tagLine({ tags, effects }: Pick<ReturnType<typeof rowOf>, "tags" | "effects">): HTMLElement {
  const marks = effects.map(({ text, title }) => make("span", { class: "tag effect-tag", title }, text));
  return make("span", { class: "tags" }, ...tags.map((tag) => make("span", { class: "tag" }, tag)), ...marks);
}
