const NAMESPACE = "http://www.w3.org/2000/svg";

/** A new element of a drawing. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>> = {},
  ...children: (Node | string)[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** Units of the drawing along the side of a cell. */
export const UNIT = 40;

/** Whole cells as one outline; any number of them is one element. */
export function cellsPath(cells: Iterable<{ readonly x: number; readonly y: number }>, inset = 0): string {
  const side = UNIT - 2 * inset;
  return [...cells].map(({ x, y }) => `M${x * UNIT + inset} ${y * UNIT + inset}h${side}v${side}h${-side}z`).join("");
}

/** A line through the middles of cells, for a creature of so many cells a side. */
export function wayPath(cells: readonly { readonly x: number; readonly y: number }[], size: number): string {
  const middle = (at: number) => at * UNIT + (size * UNIT) / 2;
  return cells.map(({ x, y }, index) => `${index === 0 ? "M" : "L"}${middle(x)} ${middle(y)}`).join("");
}
