import { make } from "../../dom.ts";

/** One die; `match` marks it as one of those that were bid on. */
export function die(face: number, match = false): HTMLElement {
  const attributes = { class: "die", role: "img", "aria-label": match ? `${face}, counts` : String(face) };
  return make("span", { ...attributes, "data-face": String(face), "data-match": match ? "" : null });
}

export function diceRow(faces: readonly number[], matchFace: number | null = null): HTMLElement {
  return make("span", { class: "dice" }, ...faces.map((face) => die(face, face === matchFace)));
}

/** Dice nobody may see: a cup, and how many are beneath it. */
export function cup(count: number): HTMLElement {
  const label = `${count} ${count === 1 ? "die" : "dice"}`;
  return make("span", { class: "cupped" }, make("span", { class: "cup", "aria-hidden": "true" }), label);
}
