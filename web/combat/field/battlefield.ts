import type { Cell, Field } from "../../../src/combat/combat-types.rules.ts";
import { creatureOf, type FightView, fieldOf, fighterOf } from "../fight-view.ts";
import type { Walk } from "../targets.ts";
import { cellsPath, svg, UNIT, wayPath } from "./svg.ts";
import { cellUnder, drawGround, viewBoxOf } from "./terrain.ts";
import { lookOf, type Mark, Token } from "./token.ts";

/** What lies over the ground besides the creatures. */
export interface Overlay {
  readonly reachable: readonly Cell[];
  readonly walk: Walk | null;
  readonly walker: string;
  readonly area: readonly Cell[];
  readonly marks: ReadonlyMap<string, Mark>;
  readonly cursor: Cell | null;
  readonly inspected: string;
}

/** The drawing of the battlefield. It knows nothing of rules: what is shown is told. */
export class Battlefield {
  readonly #root: HTMLElement;
  readonly #drawing = svg("svg", { class: "map", "aria-hidden": "true", focusable: "false" });
  readonly #rough = svg("path", { class: "ground-effect" });
  readonly #reach = svg("path", { class: "reach" });
  readonly #area = svg("path", { class: "area" });
  readonly #tokens = svg("g", { class: "tokens" });
  readonly #way = svg("path", { class: "way" });
  readonly #price = svg("text", { class: "price" });
  readonly #cursor = svg("rect", { class: "cursor", width: UNIT - 4, height: UNIT - 4, rx: 6 });
  readonly #byId = new Map<string, Token>();
  #field: Field = { rows: [], rough: [] };
  #map = "";

  constructor(root: HTMLElement) {
    this.#root = root;
    root.append(this.#drawing);
  }

  /** Columns and rows. */
  get size(): { readonly columns: number; readonly rows: number } {
    return { columns: this.#field.rows[0]?.length ?? 0, rows: this.#field.rows.length };
  }

  /** The cell under a point of the window, or null. */
  cellAt(x: number, y: number): Cell | null {
    return cellUnder(this.#field, this.#drawing.getBoundingClientRect(), x, y);
  }

  /** The middle of a cell in CSS pixels of the window. */
  onScreen({ x, y }: Cell): { readonly x: number; readonly y: number } {
    const box = this.#drawing.getBoundingClientRect();
    const edge = -Number(viewBoxOf(this.#field).split(" ")[0]);
    const scale = box.width / (this.size.columns * UNIT + edge);
    return { x: box.left + ((x + 0.5) * UNIT + edge) * scale, y: box.top + ((y + 0.5) * UNIT + edge) * scale };
  }

  render(fight: FightView, overlay: Overlay): void {
    this.#field = fieldOf(fight);
    if (this.#map !== fight.map) this.#drawMap(fight.map);
    this.#rough.setAttribute("d", cellsPath(this.#field.rough));
    this.#reach.setAttribute("d", cellsPath(overlay.reachable, 1));
    this.#area.setAttribute("d", cellsPath(overlay.area));
    this.#renderWay(fight, overlay);
    this.#renderCursor(overlay.cursor);
    this.#renderTokens(fight, overlay);
  }

  #drawMap(map: string): void {
    this.#map = map;
    this.#drawing.setAttribute("viewBox", viewBoxOf(this.#field));
    this.#root.dataset.map = map;
    this.#root.style.setProperty("--columns", String(this.size.columns));
    const layers = [this.#rough, this.#reach, this.#area, this.#way, this.#cursor, this.#tokens, this.#price];
    this.#drawing.replaceChildren(drawGround(this.#field), ...layers);
  }

  #renderWay(fight: FightView, { walk, walker }: Overlay): void {
    const fighter = walk ? fighterOf(fight, walker) : undefined;
    const size = fighter ? creatureOf(fighter).size : 1;
    this.#way.setAttribute("d", walk ? wayPath(walk.path, size) : "");
    const end = walk?.path.at(-1);
    this.#price.textContent = walk ? `${walk.feet} ft` : "";
    if (!end) return;
    this.#price.setAttribute("x", String((end.x + size / 2) * UNIT));
    this.#price.setAttribute("y", String((end.y + size / 2) * UNIT + 5));
  }

  #renderCursor(cursor: Cell | null): void {
    this.#cursor.classList.toggle("off", cursor === null);
    if (!cursor) return;
    this.#cursor.setAttribute("x", String(cursor.x * UNIT + 2));
    this.#cursor.setAttribute("y", String(cursor.y * UNIT + 2));
  }

  #renderTokens(fight: FightView, { marks, inspected }: Overlay): void {
    const there = fight.fighters.filter(({ life }) => life !== "gone");
    const ids = new Set(there.map(({ id }) => id));
    for (const [id, token] of this.#byId) {
      if (ids.has(id)) continue;
      token.element.remove();
      this.#byId.delete(id);
    }
    for (const fighter of there) {
      const token = this.#byId.get(fighter.id) ?? this.#newToken(fighter.id);
      token.show(fighter, lookOf(fight, fighter, inspected, marks.get(fighter.id) ?? null));
    }
    this.#sortTokens(there);
  }

  /** The fallen lie under those who stand. Moved only when the order is another: moving stops an animation. */
  #sortTokens(there: readonly { readonly id: string; readonly life: string }[]): void {
    const rank = ({ life }: { readonly life: string }) => (life === "dead" ? 0 : life === "up" ? 2 : 1);
    const wanted = [...there].sort((a, b) => rank(a) - rank(b)).map(({ id }) => this.#byId.get(id)!.element);
    const isSorted = wanted.every((element, index) => this.#tokens.children[index] === element);
    if (!isSorted) this.#tokens.append(...wanted);
  }

  #newToken(id: string): Token {
    const token = new Token();
    this.#byId.set(id, token);
    this.#tokens.append(token.element);
    return token;
  }
}
