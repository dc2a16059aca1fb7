import { type Auth, HypogeumError, type Role } from "../../src/client/client.ts";
import { MAPS } from "../../src/combat/content/maps.rules.ts";
import { byId, make } from "../dom.ts";
import { wordsFor } from "../refusal-words.ts";

const TURN_SECONDS = [
  [60, "one minute"],
  [180, "three minutes"],
  [0, "no limit"],
  [86_400, "a day, by post"],
  [259_200, "three days, by post"],
] as const;
const BY_POST_S = 3600;
const WINDOW_S = 20;

/** Where its creator sits. */
export interface Created {
  readonly id: string;
  readonly role: Extract<Role, "player" | "gm">;
}

/** The form that creates a fight; `enter` takes the seat that its creator has. */
export function wireCreateForm(auth: Pick<Auth, "call">, enter: (created: Created) => Promise<void>): void {
  const form = byId<HTMLFormElement>("create");
  const problem = byId("create-problem");
  const buttons = [...form.querySelectorAll<HTMLButtonElement>("button")];
  byId("create-map").append(...[...MAPS.values()].map(({ id, name }) => make("option", { value: id }, name)));
  byId("create-time").append(...TURN_SECONDS.map(([value, text]) => make("option", { value: String(value) }, text)));

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const role = (event.submitter as HTMLButtonElement | null)?.value === "gm" ? "gm" : "player";
    void create(role);
  });

  async function create(role: Created["role"]): Promise<void> {
    problem.hidden = true;
    for (const each of buttons) each.disabled = true;
    try {
      const body = { role, ...wishOf(new FormData(form)) };
      const { id } = await auth.call<{ id: string }>({ method: "POST", path: "v1/combat/sessions", body });
      await enter({ id, role });
    } catch (error) {
      if (!(error instanceof HypogeumError)) throw error;
      problem.textContent = wordsFor(error);
      problem.hidden = false;
    } finally {
      for (const each of buttons) each.disabled = false;
    }
  }
}

function wishOf(fields: FormData) {
  const turnSeconds = Number(fields.get("turn"));
  // Who has a day for a turn is not asked to react within seconds.
  const windowSeconds = turnSeconds === 0 || turnSeconds > BY_POST_S ? turnSeconds : WINDOW_S;
  return { mode: fields.get("mode"), map: fields.get("map"), rules: { turnSeconds, windowSeconds } };
}
