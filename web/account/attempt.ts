import { HypogeumError } from "../../src/client/client.ts";
import { wordsFor } from "../refusal-words.ts";
import { say } from "./form.ts";

/** Tries something outside of a form; a refusal is shown in `problem`, and the end of the sign-in told to `signedOut`. */
export function attempts(problem: HTMLElement, signedOut: (error: HypogeumError) => void) {
  return async (act: () => Promise<unknown>): Promise<void> => {
    say(problem, null);
    try {
      await act();
    } catch (error) {
      if (!(error instanceof HypogeumError)) throw error;
      if (error.isSignedOut) signedOut(error);
      else say(problem, wordsFor(error));
    }
  };
}
