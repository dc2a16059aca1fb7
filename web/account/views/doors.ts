import type { Access, Auth, Hypogeum, HypogeumError } from "../../../src/client/client.ts";
import { byId, setText } from "../../dom.ts";
import { wireForm } from "../form.ts";

/** The ways in: sign in, create an account, set a forgotten password anew. */
export function createDoorsView({ auth, call }: Hypogeum, signedOut: (error: HypogeumError) => void) {
  const doors = byId("doors");
  const lede = byId("sign-up-lede");
  const options = { signedOut };

  wireForm(byId<HTMLFormElement>("sign-in"), options, async ({ username = "", password = "" }) => {
    await signIn(auth, username.trim(), password);
    empty("sign-in");
    return null;
  });

  wireForm(byId<HTMLFormElement>("sign-up"), options, async ({ username = "", password = "", email = "" }) => {
    const login = { username: username.trim(), password, ...(email.trim() ? { email: email.trim() } : {}) };
    // A guest becomes the account and keeps its name, seats and games.
    await (auth.current?.account.kind === "guest" ? auth.link(login) : auth.register(login));
    empty("sign-up");
    return null;
  });

  wireForm(byId<HTMLFormElement>("reset"), options, async ({ email = "" }) => {
    await call({ method: "POST", path: "v1/auth/password-reset", body: { email } });
    return "If an account has that address, a code is on its way to it.";
  });

  wireForm(byId<HTMLFormElement>("reset-confirm"), options, async ({ code = "", password = "" }) => {
    const email = byId<HTMLInputElement>("reset-email").value;
    await call({
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

async function signIn(auth: Auth, login: string, password: string): Promise<void> {
  await auth.login(login.includes("@") ? { email: login, password } : { username: login, password });
}

/** Passwords do not stay in the page. */
function empty(formId: string): void {
  byId<HTMLFormElement>(formId).reset();
}
