import { byId, make } from "../../dom.ts";
import type { ApiError } from "../../http.ts";
import type { Identity } from "../../identity.ts";
import { confirmed } from "../confirm.ts";
import { wireForm } from "../form.ts";

/** Takes what is held about the account home, or has it erased. */
export function createOwnDataView(identity: Identity, signedOut: (error: ApiError) => void, erased: () => void) {
  const typed = byId<HTMLInputElement>("erase-name");
  /** Accounts of other issuers have no user name. */
  const expected = () => identity.current?.account.username ?? identity.current?.account.name ?? "";

  wireForm(byId<HTMLFormElement>("export"), { signedOut }, async () => {
    const held = await identity.call<object>({ method: "GET", path: "v1/me/export" });
    save(`hypogeum-${expected()}.json`, JSON.stringify(held, null, 2));
    return null;
  });

  // Before the browser looks whether the form may be sent.
  byId("erase-button").addEventListener("click", () => {
    typed.setCustomValidity(typed.value.trim() === expected() ? "" : "That is not your user name.");
  });
  wireForm(byId<HTMLFormElement>("erase"), { signedOut }, async () => {
    if (!(await confirmed("Delete the account and everything that leads to you, for good?", "Delete for good")))
      return null;
    await identity.call({ method: "DELETE", path: "v1/me" });
    typed.value = "";
    identity.forget();
    erased();
    return null;
  });
}

/** As the browser's own download. */
function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  make("a", { href: url, download: name }).click();
  // Not at once: the download is read after this turn of the event loop.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
