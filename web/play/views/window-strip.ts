import type { Explanation } from "../../../src/matchmaking/matchmaking-types.rules.ts";
import { svg } from "../../combat/field/svg.ts";

const WIDTH = 320;
const HEIGHT = 26;
const EDGE = 10;
/** Beyond the farther of the window and the farthest ticket, as a part of it. */
const MARGIN = 1.15;

/** The rating window as a bar from the own rating outwards, and who is near as dots on it. The list beside it says it in words. */
export function windowStrip({ window, nearest }: Pick<Explanation, "window" | "nearest">): SVGElement {
  const farthest = Math.max(window.rating, ...nearest.map(({ distance }) => distance)) * MARGIN;
  const x = (distance: number) => EDGE + ((WIDTH - 2 * EDGE) * distance) / Math.max(farthest, 0.1);
  const middle = HEIGHT / 2;
  const dots = nearest.map(({ distance, blocked }) =>
    svg("circle", { cx: x(distance), cy: middle, r: 5, class: "near", "data-blocked": blocked ?? "none" }),
  );
  return svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "strip", "aria-hidden": "true" },
    svg("rect", { x: EDGE, y: middle - 3, width: WIDTH - 2 * EDGE, height: 6, rx: 3, class: "scale" }),
    svg("rect", { x: EDGE, y: middle - 7, width: x(window.rating) - EDGE, height: 14, rx: 5, class: "reach" }),
    svg("rect", { x: EDGE - 2, y: 2, width: 4, height: HEIGHT - 4, rx: 2, class: "self" }),
    ...dots,
  );
}
