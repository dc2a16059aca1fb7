import type { Access } from "../../access.ts";
import { byId, setText } from "../../dom.ts";
import { type ApiError, send } from "../../http.ts";
import type { Identity } from "../../identity.ts";
import { wireForm } from "../form.ts";

/** The ways in: sign in, create an account, set a forgotten password anew. */
export function createDoorsView(identity: Identity, signedOut: (error: ApiError) => void) {
  const doors = byId("doors");
  const lede = byId("sign-up-lede");
  const options = { signedOut };

  wireForm(byId<HTMLFormElement>("sign-in"), options, async ({ username = "", password = "" }) => {
    await identity.signIn(username.trim(), password);
    empty("sign-in");
    return null;
  });

  wireForm(byId<HTMLFormElement>("sign-up"), options, async ({ username = "", password = "", email = "" }) => {
    await identity.signUp({ username: username.trim(), password, ...(email.trim() ? { email: email.trim() } : {}) });
    empty("sign-up");
    return null;
  });

  wireForm(byId<HTMLFormElement>("reset"), options, async ({ email = "" }) => {
    await send({ method: "POST", path: "v1/auth/password-reset", body: { email } });
    return "If an account has that address, a code is on its way to it.";
  });

  wireForm(byId<HTMLFormElement>("reset-confirm"), options, async ({ code = "", password = "" }) => {
    const email = byId<HTMLInputElement>("reset-email").value;
    await send({
      method: "POST",
      path: "v1/auth/password-reset/confirm",
      body: { email, code: code.trim(), password },
    });
    empty("reset-confirm");
    return "Your password is set. Sign in with it.";
  });

  return {
    render(who: Access | null, shown: boolean): void {
      doors.hidden = !shown;
      const guest = who?.account.name;
      setText(
        lede,
        guest
          ? `In this tab you are ${guest}. Your account keeps its seats and everything it has played.`
          : "For games that follow you from your phone to your desk. To play as a guest you need none.",
      );
    },
  };
}

/** Passwords do not stay in the page. */
function empty(formId: string): void {
  byId<HTMLFormElement>(formId).reset();
}
