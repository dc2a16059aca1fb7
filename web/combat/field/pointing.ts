import type { Cell } from "../../../src/combat/combat-types.rules.ts";
import type { Battlefield } from "./battlefield.ts";

export interface PointingEvents {
  /** The cell under the mouse or the keyboard's cursor; null when neither is on the field. */
  point(cell: Cell | null): void;
  choose(cell: Cell): void;
  cancel(): void;
}

const STEPS: Readonly<Record<string, Cell>> = {
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
};

/**
 * Mouse, fingers and keys on the battlefield. A finger points and chooses at once; it cannot hover.
 *
 * @param home where the keyboard's cursor begins
 */
export function listen(root: HTMLElement, field: Battlefield, home: () => Cell, events: PointingEvents): void {
  let cursor: Cell | null = null;
  // Here and not in the document: without this listener there is nothing to do on the field by keyboard.
  root.tabIndex = 0;

  const within = (value: number, count: number) => Math.max(0, Math.min(count - 1, value));
  const step = (by: Cell) => {
    const { columns, rows } = field.size;
    const from = cursor ?? home();
    cursor = { x: within(from.x + by.x, columns), y: within(from.y + by.y, rows) };
    events.point(cursor);
  };

  root.addEventListener("pointermove", ({ pointerType, clientX, clientY }) => {
    if (pointerType !== "mouse") return;
    cursor = field.cellAt(clientX, clientY);
    events.point(cursor);
  });
  root.addEventListener("pointerleave", () => {
    if (document.activeElement === root) return;
    cursor = null;
    events.point(null);
  });
  root.addEventListener("click", ({ clientX, clientY }) => {
    const cell = field.cellAt(clientX, clientY);
    if (!cell) return;
    cursor = cell;
    events.point(cell);
    events.choose(cell);
  });
  root.addEventListener("keydown", (event) => {
    const by = STEPS[event.key];
    if (!by && event.key !== "Enter" && event.key !== " " && event.key !== "Escape") return;
    event.preventDefault();
    if (by) step(by);
    else if (event.key === "Escape") events.cancel();
    else events.choose(cursor ?? home());
  });
  root.addEventListener("blur", () => {
    cursor = null;
    events.point(null);
  });
}
