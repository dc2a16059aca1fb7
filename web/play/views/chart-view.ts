import type { RatingView } from "../../../src/ranking/players.ts";
import { svg } from "../../combat/field/svg.ts";
import type { Chart } from "../rating-chart.ts";
import { inPoints, pointsText } from "../rating-words.ts";

/** A rating's history as a drawing; its sum in words is its label. */
export function chartElement(chart: Chart, { mu, sigma, rating }: RatingView): SVGElement {
  const { width, height, line, floor, band, dots, ticks } = chart;
  const label = `Over ${dots.length - 1} matches. Skill now ${pointsText(inPoints(mu))}, give or take ${pointsText(
    3 * inPoints(sigma),
  )}; for sure ${pointsText(inPoints(rating))}.`;
  const grid = ticks.flatMap(({ y, text }) => [
    svg("line", { x1: 30, x2: width - 6, y1: y, y2: y, class: "grid" }),
    svg("text", { x: 26, y: y + 3.5, "text-anchor": "end" }, text.replace("-", "\u2212")),
  ]);
  const marks = dots.map(({ x, y, label: told }) =>
    svg("circle", { cx: x, cy: y, r: dots.length > 40 ? 2 : 3.2, class: "dot" }, svg("title", {}, told)),
  );
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, class: "chart", role: "img", "aria-label": label },
    ...grid,
    svg("path", { d: band, class: "band" }),
    svg("polyline", { points: line, class: "line" }),
    svg("polyline", { points: floor, class: "floor" }),
    ...marks,
  );
}
