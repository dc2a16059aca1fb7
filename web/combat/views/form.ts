import { make } from "../../dom.ts";

/** A choice among named values. */
export function select(testId: string, label: string, options: readonly (readonly [value: string, text: string])[]) {
  const element = make(
    "select",
    { "data-testid": testId },
    ...options.map(([value, text]) => make("option", { value }, text)),
  ) as HTMLSelectElement;
  return { element, row: make("label", { class: "labelled" }, label, element) };
}

export function numberInput(testId: string, label: string, value: number, min: number, max: number) {
  const attributes = {
    type: "number",
    inputmode: "numeric",
    "data-testid": testId,
    min: String(min),
    max: String(max),
    value: String(value),
  };
  const element = make("input", attributes) as HTMLInputElement;
  return {
    element,
    row: make("label", { class: "labelled" }, label, element),
    value: () => Math.floor(Number(element.value)),
  };
}

export function checkbox(testId: string, label: string) {
  const element = make("input", { type: "checkbox", "data-testid": testId }) as HTMLInputElement;
  return { element, row: make("label", { class: "check" }, element, label) };
}

export function button(testId: string, text: string, act: () => void, kind: string | null = null): HTMLButtonElement {
  const element = make("button", { type: "button", "data-testid": testId, class: kind }, text) as HTMLButtonElement;
  element.addEventListener("click", act);
  return element;
}
