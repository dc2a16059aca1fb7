import { byId, make } from "../dom.ts";

const TOAST_MS = 8000;
const TOASTS_MAX = 3;

/** A sentence that goes away by itself. */
export function toast(text: string): void {
  const list = byId("toasts");
  const item = make("p", { class: "toast" }, text);
  list.append(item);
  while (list.children.length > TOASTS_MAX) list.firstElementChild?.remove();
  setTimeout(() => item.remove(), TOAST_MS);
}

/** Copies a link, or shows it: only secure contexts may write to the clipboard. */
export async function copyLink(url: string): Promise<void> {
  const copied = await navigator.clipboard?.writeText(url).then(
    () => true,
    () => false,
  );
  if (copied) toast("Link copied.");
  else prompt("Copy this link:", url);
}
