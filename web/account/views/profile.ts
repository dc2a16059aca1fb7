import type { Account } from "../../access.ts";
import { byId, setText } from "../../dom.ts";
import type { ApiError } from "../../http.ts";
import type { Identity } from "../../identity.ts";
import { wireForm } from "../form.ts";
import { day } from "../times.ts";

/**
 * Who the account is: its name, its address, its password.
 *
 * @param changed called when other devices were signed out
 */
export function createProfileView(identity: Identity, signedOut: (error: ApiError) => void, changed: () => void) {
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
    const account = await identity.call<Account>({ method: "PATCH", path: "v1/me", body: { name: fields.name ?? "" } });
    identity.note(account);
    return "Saved. Seats you already have keep the old name.";
  });

  wireForm(verify, options, async ({ code = "" }) => {
    await identity.call({ method: "POST", path: "v1/auth/verify-email", body: { code: code.trim() } });
    identity.note({ emailVerified: true });
    return null;
  });

  wireForm(byId<HTMLFormElement>("mail-code"), options, async () => {
    await identity.call({ method: "POST", path: "v1/auth/verify-email", body: {} });
    return "A new code is on its way.";
  });

  const wrongPassword = { invalid_credentials: "The current password is wrong." };
  wireForm(password, { signedOut, words: wrongPassword }, async ({ currentPassword = "", newPassword = "" }) => {
    await identity.call({ method: "POST", path: "v1/auth/password", body: { currentPassword, newPassword } });
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
