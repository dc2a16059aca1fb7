export type DeviceKind = "mobile" | "desktop" | "console";

const BROWSER_KEY = "hypogeum.device";
const TAB_KEY = "hypogeum.tab";

/**
 * This browser's name for itself, under which it is signed in; a label, not a secret. Shared by all tabs, because they
 * share the cookie of the sign-in, which is good for one device only.
 */
export function browserLabel(): string {
  return label(localStorage, BROWSER_KEY);
}

/** A tab is a device of its own where seats move between devices: two tabs of one browser can be phone and desktop. */
export function tabLabel(): string {
  return `${browserLabel()}/${label(sessionStorage, TAB_KEY)}`;
}

export function deviceKind(): DeviceKind {
  return matchMedia("(pointer: coarse)").matches ? "mobile" : "desktop";
}

function label(storage: Storage, key: string): string {
  const known = storage.getItem(key);
  if (known) return known;
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  const made = `web-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  storage.setItem(key, made);
  return made;
}
