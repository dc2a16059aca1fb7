import { HypogeumError } from "../../src/client/client.ts";
import { setText } from "../dom.ts";
import { wordsFor } from "../refusal-words.ts";

export interface FormOptions {
  /** Called instead of showing it here when the sign-in itself is over. */
  readonly signedOut: (error: HypogeumError) => void;
  /** What a code of the table means here, where that is more exact than its usual words. */
  readonly words?: Readonly<Record<string, string>>;
}

type Fields = Readonly<Record<string, string>>;

/**
 * Lets a form be sent once at a time. What `act` resolves with is shown as its success; a refusal is shown in words,
 * marks the fields it is about, and bars the button for as long as the server wants to be left alone.
 */
export function wireForm(
  form: HTMLFormElement,
  { signedOut, words = {} }: FormOptions,
  act: (fields: Fields) => Promise<string | null>,
): void {
  const problem = part(form, ".problem");
  const done = form.querySelector<HTMLElement>(".done");
  const button = part<HTMLButtonElement>(form, "[type=submit]");

  async function submit(): Promise<void> {
    say(problem, null);
    if (done) say(done, null);
    mark(form, []);
    button.disabled = true;
    try {
      const success = await act(fieldsOf(form));
      if (done) say(done, success);
      button.disabled = false;
    } catch (error) {
      if (!(error instanceof HypogeumError)) throw error;
      button.disabled = false;
      if (error.isSignedOut) signedOut(error);
      else refuse(error);
    }
  }

  function refuse(error: HypogeumError): void {
    say(problem, words[error.code] ?? wordsFor(error));
    mark(
      form,
      error.fields.map(({ path }) => path),
    );
    if (error.status === 429 && error.retryAfter) void bar(button, error.retryAfter).then(() => say(problem, null));
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!button.disabled) void submit();
  });
}

/** Shows a sentence, or that there is none. */
export function say(element: HTMLElement, text: string | null): void {
  element.hidden = text === null;
  setText(element, text ?? "");
}

/** Disables the button and counts down on it, so that nobody has to try in order to know. */
async function bar(button: HTMLButtonElement, seconds: number): Promise<void> {
  const label = button.textContent;
  const until = Date.now() + seconds * 1000;
  button.disabled = true;
  for (;;) {
    const left = Math.ceil((until - Date.now()) / 1000);
    if (left <= 0) break;
    setText(button, `Wait ${left} s`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  setText(button, label);
  button.disabled = false;
}

function fieldsOf(form: HTMLFormElement): Fields {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
}

/** The first field that is wrong gets the focus. */
function mark(form: HTMLFormElement, wrong: readonly string[]): void {
  const inputs = [...form.querySelectorAll("input")];
  for (const input of inputs) {
    if (wrong.includes(input.name)) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
  inputs.find(({ name }) => wrong.includes(name))?.focus();
}

function part<E extends HTMLElement = HTMLElement>(form: HTMLFormElement, selector: string): E {
  const found = form.querySelector<E>(selector);
  if (!found) throw new Error(`#${form.id} has no ${selector}`);
  return found;
}
