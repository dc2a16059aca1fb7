import type { Creature } from "../../../src/combat/combat-types.rules.ts";
import { ABILITIES } from "../../../src/combat/content/abilities.rules.ts";
import { CREATURES } from "../../../src/combat/content/creatures.rules.ts";
import { USUAL_PARTY } from "../../../src/combat/content/map-schema.rules.ts";
import { foesAgainst, MAPS } from "../../../src/combat/content/maps.rules.ts";
import { byId, make, redraw } from "../../dom.ts";
import { signed } from "../action-bar.ts";
import { type FightView, isOwn } from "../fight-view.ts";
import { joinOrder, type Order } from "../orders.ts";
import { initialsOf, playerOf, sideName } from "../words.ts";
import { button } from "./form.ts";

const ALL = [...CREATURES.values()];
const HEROES = ALL.filter(({ playable }) => playable);
/** How many creatures a seat may bring to a skirmish; elsewhere it is one. */
const BAND_MAX = 4;

/** Before the fight: who plays what, and the roll for initiative. Also where a newcomer to a running fight chooses. */
export function createMusterView(send: (order: Order) => void) {
  const panel = byId("muster");

  return {
    render(fight: FightView, mayAct: boolean): void {
      const { own, phase, mode } = fight;
      const mine =
        own && !own.gm ? fight.fighters.filter((fighter) => isOwn(fight, fighter) && fighter.life !== "gone") : [];
      const most = mode === "skirmish" && phase === "preparing" ? BAND_MAX : 1;
      const isChoosing = own !== null && !own.gm && mine.length < most && phase !== "ended";
      const isBefore = phase === "preparing" || phase === "rolling_initiative";
      panel.hidden = !isBefore && !isChoosing;
      if (panel.hidden) return;
      redraw(panel, [phase, mode, fight.map, own, fight.people, fight.fighters, mayAct], () => [
        make("h2", { id: "muster-title" }, isChoosing && mine.length === 0 ? "Whom do you play?" : "Before the fight"),
        ...(isBefore && mine.length > 0 ? beginning(fight, mayAct) : []),
        ...(own?.gm && isBefore ? [...beginning(fight, mayAct), foes(fight, mayAct)] : []),
        ...(isChoosing ? [heroes(mode === "skirmish" ? ALL : HEROES, mayAct)] : []),
        ...(isBefore ? [roster(fight)] : []),
      ]);
    },
  };

  /** Only the host can begin: the game master, else who sits on the first seat. Then everybody rolls. */
  function beginning(fight: FightView, mayAct: boolean): HTMLElement[] {
    const { own, phase, people, fighters } = fight;
    const master = people.find(({ gm }) => gm) ?? people[0];
    const isHost = master?.seat === own?.seat;
    const isRolling = phase === "rolling_initiative";
    const open = fighters.filter((fighter) => !fighter.rolled && (own?.gm || isOwn(fight, fighter)));
    if (isRolling && open.length === 0) return [make("p", { class: "note" }, "Waiting for the others to roll.")];
    if (!isRolling && !isHost) return [make("p", { class: "note" }, `${master?.name ?? "The host"} begins the fight.`)];
    const text = isRolling
      ? own?.gm
        ? "Roll for those who are away"
        : "Roll for initiative"
      : "Begin: roll for initiative";
    const roll = button("roll-initiative", text, () => send({ type: "rollInitiative", data: {} }), "primary big");
    roll.disabled = !mayAct || fighters.length === 0;
    return [roll];
  }

  /** As many as suit the heroes who are there; before anybody is, as many as suit a party of the usual size. */
  function foes({ map, fighters }: FightView, mayAct: boolean): HTMLElement {
    const here = MAPS.get(map);
    const heroes = fighters.filter(({ side, life }) => side === 0 && life !== "gone").length;
    const usual = here ? foesAgainst(here, heroes || USUAL_PARTY) : [];
    const add = button("gm-usual-foes", "Add who lives here", () =>
      send({ type: "setup", data: { foes: [...usual] } }),
    );
    add.disabled = !mayAct;
    const names = Object.entries(Object.groupBy(usual, (id) => id)).map(
      ([id, some = []]) => `${some.length > 1 ? `${some.length} × ` : ""}${CREATURES.get(id)?.name ?? id}`,
    );
    return make("div", { class: "row" }, add, make("small", { class: "note" }, names.join(", ")));
  }

  function heroes(all: readonly Creature[], mayAct: boolean): HTMLElement {
    return make(
      "ul",
      { class: "heroes", "data-testid": "heroes" },
      ...all.map((hero) => make("li", {}, heroCard(hero, mayAct))),
    );
  }

  function heroCard(hero: Creature, mayAct: boolean): HTMLElement {
    const { id, name, role = "", hp, ac, speed, initiative, attacks, abilities } = hero;
    const can = [
      ...attacks.map((attack) => attack.name),
      ...abilities.map((ability) => ABILITIES.get(ability)?.name ?? ability),
    ];
    const card = button(`hero-${id}`, "", () => send(joinOrder(id)), "hero");
    card.disabled = !mayAct;
    card.append(
      make("span", { class: "chip", "data-side": "0", "aria-hidden": "true" }, initialsOf(name)),
      make("span", { class: "who-line" }, make("b", { class: "who-name" }, name), make("small", {}, role)),
      make("span", { class: "numbers" }, `${hp} hp · armour ${ac} · ${speed} ft · initiative ${signed(initiative)}`),
      make("small", { class: "can" }, can.join(", ")),
    );
    return card;
  }

  function roster(fight: FightView): HTMLElement {
    const sides = [...new Set(fight.fighters.map((fighter) => fighter.side))].sort((a, b) => a - b);
    const lists = sides.map((each) => {
      const members = fight.fighters
        .filter((fighter) => fighter.side === each && fighter.life !== "gone")
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const items = members.map((fighter) =>
        make(
          "li",
          {},
          `${fighter.name} `,
          make("small", {}, playerOf(fight, fighter) + (fighter.rolled ? `, rolled ${fighter.initiative}` : "")),
        ),
      );
      return make(
        "div",
        { class: "roster-side", "data-side": String(each % 4) },
        make("h3", {}, sideName(each)),
        make("ul", {}, ...items),
      );
    });
    return make(
      "div",
      { class: "roster", "data-testid": "roster" },
      ...(lists.length > 0 ? lists : [make("p", {}, "Nobody is here yet.")]),
    );
  }
}
