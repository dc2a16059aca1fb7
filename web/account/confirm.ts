import { byId, setText } from "../dom.ts";

/** Asks before something that cannot be taken back. @param verb what the button says */
export function confirmed(question: string, verb: string): Promise<boolean> {
  const dialog = byId<HTMLDialogElement>("confirm");
  setText(byId("confirm-question"), question);
  setText(byId("confirm-yes"), verb);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
