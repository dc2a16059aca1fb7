import type { Cell } from "../../src/combat/combat-types.rules.ts";
import { byId, setText } from "../dom.ts";
import { type ActionItem, actionsOf, type Situation, whyNothing, whyNotMove } from "./action-bar.ts";
import { Battlefield, type Overlay } from "./field/battlefield.ts";
import { listen } from "./field/pointing.ts";
import type { Mark } from "./field/token.ts";
import { actorOf, type FighterView, type FightView, fighterOf } from "./fight-view.ts";
import { type Order, plainOrder } from "./orders.ts";
import { aimed, areaOf, type Chosen, chooseCell, chooseTarget, confirm, IDLE, type Plan } from "./plan.ts";
import { affectedBy, areaAt, fighterAt, targetRefusal, type Walk, walkable, walkTo } from "./targets.ts";
import { createActionsView } from "./views/actions.ts";
import { createAimView } from "./views/aim.ts";
import { createReadyDialog } from "./views/ready-dialog.ts";
import { cellName, lifeWords } from "./words.ts";

export interface StageEvents {
  send(order: Order): void;
  /** Something only this page knows has changed: draw again. */
  changed(): void;
  say(text: string): void;
  inspect(id: string): void;
}

const LEGEND = "One square is 5 feet. Point at one to see who stands there.";

/** The field and the actions: what the viewer plans, until it becomes an order. */
export class Stage {
  readonly field = new Battlefield(byId("field"));
  readonly #words = byId("cell-words");
  readonly #events: StageEvents;
  readonly #actions = createActionsView((item) => this.#press(item));
  readonly #aim = createAimView({
    target: (id) => this.#choose((fight, actor) => chooseTarget(fight, actor, this.#plan, id)),
    confirm: () => this.#choose((fight, actor) => confirm(fight, actor, this.#plan)),
    cancel: () => this.#cancel(),
  });
  readonly #ready: ReturnType<typeof createReadyDialog>;
  #fight: FightView | null = null;
  #situation: Situation = { isOpen: false, isPaused: false, isBusy: false };
  #plan: Plan = IDLE;
  #pointed: Cell | null = null;
  /** Whose turn the plan was made in. */
  #plannedFor = "";

  constructor(events: StageEvents) {
    this.#events = events;
    this.#ready = createReadyDialog((order) => events.send(order));
    listen(byId("field"), this.field, () => this.#home(), {
      point: (cell) => this.#point(cell),
      choose: (cell) => this.#chooseCell(cell),
      cancel: () => this.#cancel(),
    });
  }

  render(fight: FightView, situation: Situation, inspected: string): void {
    this.#fight = fight;
    this.#situation = situation;
    const actor = actorOf(fight);
    const turn = `${fight.round}:${fight.current}:${fight.window?.id ?? 0}`;
    if (turn !== this.#plannedFor || !actor) this.#plan = IDLE;
    this.#plannedFor = turn;
    const why = actor ? whyNotMove(fight, actor, situation) : "there is nobody to move";
    this.field.render(fight, this.#overlay(fight, actor, why, inspected));
    this.#aim.render(fight, actor, this.#plan);
    const items = actor ? actionsOf(fight, actor, situation) : [];
    this.#actions.render(
      fight,
      actor
        ? { actor, items, aiming: this.#aiming(), never: whyNothing(fight, actor, situation), whyNotMove: why }
        : null,
    );
  }

  #overlay(fight: FightView, actor: FighterView | undefined, whyNot: string | null, inspected: string): Overlay {
    const area = actor ? this.#areaCells(fight, actor) : [];
    const isFree = this.#plan.kind !== "aim" && whyNot === null;
    return {
      reachable: actor && isFree ? walkable(fight, actor) : [],
      walk: actor && isFree ? this.#walk(fight, actor) : null,
      ...{ walker: actor?.id ?? "", area, inspected, cursor: this.#pointed },
      marks: actor ? this.#marks(fight, actor, area) : new Map(),
    };
  }

  /** The planned way, or the one to where the mouse is. */
  #walk(fight: FightView, actor: FighterView): Walk | null {
    if (this.#plan.kind === "walk") return this.#plan.walk;
    return this.#pointed ? walkTo(fight, actor, this.#pointed) : null;
  }

  #areaCells(fight: FightView, actor: FighterView): readonly Cell[] {
    const ability = this.#plan.kind === "aim" ? areaOf(this.#plan.aim) : null;
    const cell = this.#plan.kind === "aim" ? (this.#pointed ?? this.#plan.cell) : null;
    return (ability && cell && areaAt(fight, actor, ability, cell)) || [];
  }

  #marks(fight: FightView, actor: FighterView, area: readonly Cell[]): ReadonlyMap<string, Mark> {
    const plan = this.#plan;
    if (plan.kind !== "aim") return new Map();
    const ability = areaOf(plan.aim);
    if (ability) return new Map(affectedBy(fight, actor, ability, area).map(({ id }) => [id, "affected"]));
    return new Map(
      fight.fighters.map((fighter) => {
        if (plan.chosen.includes(fighter.id)) return [fighter.id, "chosen"];
        return [fighter.id, targetRefusal(fight, actor, plan.aim, fighter) ? "refused" : "target"];
      }),
    );
  }

  #aiming(): string {
    if (this.#plan.kind !== "aim") return "";
    const { aim } = this.#plan;
    return aim.kind === "attack" ? `attack:${aim.attack.id}` : aim.kind === "cast" ? `cast:${aim.ability.id}` : "help";
  }

  #press({ why, label, press, key }: ActionItem): void {
    const fight = this.#fight;
    const actor = fight && actorOf(fight);
    if (!fight || !actor) return;
    if (why !== null) this.#events.say(`${label}: ${why}.`);
    else if (press.do === "send") this.#events.send(plainOrder(press.type));
    else if (press.do === "ready") this.#ready.open(fight, actor);
    else this.#take(this.#aiming() === key ? IDLE : aimed(press.aim));
    this.#events.changed();
  }

  /** What is aimed is aimed on the field, which may have been scrolled away. */
  #take(plan: Plan): void {
    this.#plan = plan;
    if (plan.kind === "aim") byId("field-frame").scrollIntoView({ block: "nearest" });
  }

  #chooseCell(cell: Cell): void {
    const there = this.#fight && fighterAt(this.#fight, cell);
    if (there && this.#plan.kind !== "aim") this.#events.inspect(there.id);
    else
      this.#choose((fight, actor) =>
        chooseCell(fight, actor, this.#plan, cell, whyNotMove(fight, actor, this.#situation)),
      );
  }

  #choose(choose: (fight: FightView, actor: FighterView) => Chosen): void {
    const actor = this.#fight && actorOf(this.#fight);
    if (!this.#fight || !actor) return;
    const { plan, order, why } = choose(this.#fight, actor);
    this.#plan = plan;
    if (why !== undefined) this.#events.say(why);
    if (order) this.#events.send(order);
    this.#events.changed();
  }

  #cancel(): void {
    this.#plan = IDLE;
    this.#events.changed();
  }

  #point(cell: Cell | null): void {
    const before = this.#pointed;
    if (cell?.x === before?.x && cell?.y === before?.y) return;
    this.#pointed = cell;
    setText(this.#words, cell && this.#fight ? wordsOf(this.#fight, cell) : LEGEND);
    this.#events.changed();
  }

  /** Where the keyboard's cursor begins: on the creature that is played. */
  #home(): Cell {
    const actor = this.#fight && (actorOf(this.#fight) ?? fighterOf(this.#fight, this.#fight.current));
    return actor?.at ?? { x: 0, y: 0 };
  }
}

/** What is on a cell, for whoever points at it. */
function wordsOf(fight: FightView, cell: Cell): string {
  const there = fighterAt(fight, cell);
  return there ? `${cellName(cell)}: ${there.name}, ${lifeWords(there)}` : cellName(cell);
}
