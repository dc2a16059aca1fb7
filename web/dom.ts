/** The element of the page with this id. */
export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element as E;
}

/** A new element; attributes with the value `null` are left out. */
export function make(tag: string, attributes: Record<string, string | null> = {}, ...children: (Node | string)[]) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Writes only what is new: assistive technology reads every write into a live region aloud. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

const drawn = new WeakMap<HTMLElement, string>();

/** Replaces the children when `key` is another than last time, so that focus and animations survive the rest. */
export function redraw(element: HTMLElement, key: unknown, build: () => (Node | string)[]): void {
  const text = JSON.stringify(key);
  if (drawn.get(element) === text) return;
  drawn.set(element, text);
  element.replaceChildren(...build());
}
