import type { Account, Auth, HypogeumError } from "../../../src/client/client.ts";
import { byId, setText } from "../../dom.ts";
import { wireForm } from "../form.ts";
import { day } from "../times.ts";

/**
 * Who the account is: its name, its address, its password.
 *
 * @param changed called when other devices were signed out
 */
export function createProfileView(auth: Auth, signedOut: (error: HypogeumError) => void, changed: () => void) {
  const username = byId("username");
  const email = byId("email");
  const since = byId("since");
  const name = byId<HTMLInputElement>("name");
  const verify = byId<HTMLFormElement>("verify");
  const password = byId<HTMLFormElement>("password");
  const passwordOf = byId<HTMLInputElement>("password-username");
  const confirming = byId("confirming");
  const options = { signedOut };
  let shown = "";

  wireForm(byId<HTMLFormElement>("rename"), options, async (fields) => {
    const account = await auth.call<Account>({ method: "PATCH", path: "v1/me", body: { name: fields.name ?? "" } });
    auth.note(account);
    return "Saved. Seats you already have keep the old name.";
  });

  wireForm(verify, options, async ({ code = "" }) => {
    await auth.call({ method: "POST", path: "v1/auth/verify-email", body: { code: code.trim() } });
    auth.note({ emailVerified: true });
    return null;
  });

  wireForm(byId<HTMLFormElement>("mail-code"), options, async () => {
    await auth.call({ method: "POST", path: "v1/auth/verify-email", body: {} });
    return "A new code is on its way.";
  });

  const wrongPassword = { invalid_credentials: "The current password is wrong." };
  wireForm(password, { signedOut, words: wrongPassword }, async ({ currentPassword = "", newPassword = "" }) => {
    await auth.call({ method: "POST", path: "v1/auth/password", body: { currentPassword, newPassword } });
    password.reset();
    changed();
    return "Changed. Your other devices are signed out.";
  });

  return {
    render(account: Account): void {
      setText(username, account.username ?? "none");
      setText(
        email,
        account.email ? `${account.email}${account.emailVerified ? ", confirmed" : ", not confirmed"}` : "none",
      );
      setText(since, day(account.createdAt));
      passwordOf.value = account.username ?? account.email ?? "";
      confirming.hidden = account.email === null || account.emailVerified;
      // Not what somebody is just typing.
      if (shown !== account.name) name.value = shown = account.name;
    },
  };
}
