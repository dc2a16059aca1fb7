import type { Field } from "../../../src/combat/combat-types.rules.ts";
import { cellName } from "../words.ts";
import { cellsPath, svg, UNIT } from "./svg.ts";

const EDGE = 16;

/** The ground: what never changes during a fight, drawn once for each map. */
export function drawGround({ rows }: Pick<Field, "rows">): SVGElement {
  const [width, height] = [(rows[0]?.length ?? 0) * UNIT, rows.length * UNIT];
  return svg(
    "g",
    { class: "ground" },
    patterns(),
    svg("rect", { class: "floor", width, height }),
    svg("path", { class: "checker", d: cellsPath(cellsLike(rows, (_, x, y) => (x + y) % 2 === 0)) }),
    svg("path", { class: "rough", d: cellsPath(cellsLike(rows, (glyph) => glyph === "~")) }),
    svg("path", { class: "rough-marks", d: cellsPath(cellsLike(rows, (glyph) => glyph === "~")) }),
    svg("path", { class: "lines", d: gridLines(width, height) }),
    svg("path", {
      class: "wall-shade",
      d: cellsPath(cellsLike(rows, (glyph) => glyph === "#")),
      transform: "translate(3 5)",
    }),
    svg("path", { class: "wall", d: cellsPath(cellsLike(rows, (glyph) => glyph === "#")) }),
    svg("path", {
      class: "wall-top",
      d: cellsPath(
        cellsLike(rows, (glyph) => glyph === "#"),
        5,
      ),
    }),
    labels(width / UNIT, height / UNIT),
  );
}

/** The part of the drawing that is seen: the field and the names of its columns and rows. */
export function viewBoxOf({ rows }: Pick<Field, "rows">): string {
  const [width, height] = [(rows[0]?.length ?? 0) * UNIT, rows.length * UNIT];
  return `${-EDGE} ${-EDGE} ${width + EDGE} ${height + EDGE}`;
}

/** The cell under a point of the drawing's rectangle, both measured in CSS pixels. Null beside the field. */
export function cellUnder({ rows }: Pick<Field, "rows">, box: DOMRect, x: number, y: number) {
  const columns = rows[0]?.length ?? 0;
  const scale = (columns * UNIT + EDGE) / box.width;
  const cell = {
    x: Math.floor(((x - box.left) * scale - EDGE) / UNIT),
    y: Math.floor(((y - box.top) * scale - EDGE) / UNIT),
  };
  const isInside = cell.x >= 0 && cell.y >= 0 && cell.x < columns && cell.y < rows.length;
  return isInside ? cell : null;
}

function cellsLike(rows: readonly string[], like: (glyph: string, x: number, y: number) => boolean) {
  return rows.flatMap((row, y) => [...row].flatMap((glyph, x) => (like(glyph, x, y) ? [{ x, y }] : [])));
}

function gridLines(width: number, height: number): string {
  const across = Array.from({ length: height / UNIT + 1 }, (_, y) => `M0 ${y * UNIT}H${width}`);
  const down = Array.from({ length: width / UNIT + 1 }, (_, x) => `M${x * UNIT} 0V${height}`);
  return [...across, ...down].join("");
}

function labels(columns: number, rows: number): SVGElement {
  const middle = (at: number) => at * UNIT + UNIT / 2;
  const top = Array.from({ length: columns }, (_, x) =>
    svg("text", { x: middle(x), y: -5 }, cellName({ x, y: 0 }).replace(/\d+$/, "")),
  );
  const left = Array.from({ length: rows }, (_, y) => svg("text", { x: -EDGE / 2, y: middle(y) + 4 }, String(y + 1)));
  return svg("g", { class: "labels" }, ...top, ...left);
}

function patterns(): SVGElement {
  const ripples = svg("path", { class: "ripple", d: "M2 13q5-6 10 0t10 0M18 29q5-6 10 0t10 0" });
  const hatching = svg("path", { class: "hatch", d: "M-2 12 12-2M-2 32 32-2M8 42 42 8M28 42 42 28" });
  return svg(
    "defs",
    {},
    svg("pattern", { id: "ripples", width: UNIT, height: UNIT, patternUnits: "userSpaceOnUse" }, ripples),
    svg("pattern", { id: "hatching", width: UNIT, height: UNIT, patternUnits: "userSpaceOnUse" }, hatching),
  );
}
