import { make } from "../dom.ts";

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];
/** After that a date says more than a number of days. */
const RELATIVE_MAX_MS = 7 * 86_400_000;

/** How long ago, in words. @param now ms since the epoch by the clock that made `iso` */
export function ago(iso: string, now: number): string {
  const passed = Math.max(0, now - Date.parse(iso));
  if (passed > RELATIVE_MAX_MS) return `on ${day(iso)}`;
  const [unit, ms] = UNITS.find(([, length]) => passed >= length) ?? [];
  if (unit === undefined || ms === undefined) return "just now";
  return new Intl.RelativeTimeFormat("en").format(-Math.floor(passed / ms), unit);
}

export function day(iso: string): string {
  return new Date(iso).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
}

/** The same as an element that tells the exact time to whoever points at it. */
export function agoElement(iso: string, now: number): HTMLElement {
  return make("time", { datetime: iso, title: new Date(iso).toLocaleString("en-GB") }, ago(iso, now));
}
