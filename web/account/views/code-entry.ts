import type { Hypogeum, HypogeumError } from "../../../src/client/client.ts";
import { byId } from "../../dom.ts";
import { carryToGame, codeInLink } from "../../handoff.ts";
import { wireForm } from "../form.ts";

/** Where the code of the other device is entered. A link brings it, but nothing moves until somebody says so. */
export function createCodeEntry(hypogeum: Hypogeum, signedOut: (error: HypogeumError) => void) {
  const input = byId<HTMLInputElement>("code");
  const problem = byId("take-code").querySelector<HTMLElement>(".problem")!;

  wireForm(byId<HTMLFormElement>("take-code"), { signedOut }, async ({ code = "" }) => {
    const seat = await hypogeum.claimHandoff(code.trim());
    if (carryToGame(seat)) return null;
    problem.hidden = false;
    problem.textContent = "That session is not played on a page of this site.";
    return null;
  });

  function fill(): void {
    const code = codeInLink(location.hash);
    if (code === null) return;
    input.value = code;
    // Good once: neither a reload nor the history shall bring it again.
    history.replaceState(null, "", location.pathname);
  }
  fill();
  addEventListener("hashchange", fill);

  return {
    /** Leads whoever came by a link straight to the button. */
    shown(): void {
      if (input.value !== "") byId("take-code").querySelector<HTMLElement>("[type=submit]")!.focus();
    },
  };
}
