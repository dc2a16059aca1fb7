import type { Auth, HypogeumError } from "../../../src/client/client.ts";
import { byId, make } from "../../dom.ts";
import { confirmed } from "../confirm.ts";
import { wireForm } from "../form.ts";

/** Takes what is held about the account home, or has it erased. */
export function createOwnDataView(auth: Auth, signedOut: (error: HypogeumError) => void, erased: () => void) {
  const typed = byId<HTMLInputElement>("erase-name");
  /** Accounts of other issuers have no user name. */
  const expected = () => auth.current?.account.username ?? auth.current?.account.name ?? "";

  wireForm(byId<HTMLFormElement>("export"), { signedOut }, async () => {
    const held = await auth.call<object>({ method: "GET", path: "v1/me/export" });
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
    await auth.call({ method: "DELETE", path: "v1/me" });
    typed.value = "";
    auth.forget();
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
