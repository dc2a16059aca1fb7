import type { Reservation } from "../src/client/client.ts";
import { decoded } from "./place.ts";

/** Games that have a page; any other session cannot go on in a browser. */
export const PAGES: Readonly<Record<string, string>> = {
  arena: "./arena.html",
  combat: "./combat.html",
  dice: "./dice.html",
};

const RESERVATION_KEY = "hypogeum.reservation";
/** The server keeps a reserved seat for fifteen seconds. */
const GOOD_FOR_MS = 14_000;
const CODE_PREFIX = "code=";

/** Hands a reservation to the page of its game, which this tab opens next. False when there is no such page. */
export function carryToGame(seat: Reservation): boolean {
  const page = PAGES[seat.name];
  if (page === undefined) return false;
  sessionStorage.setItem(RESERVATION_KEY, JSON.stringify({ at: Date.now(), seat }));
  location.assign(page);
  return true;
}

/** The reservation that was carried to this game's page, once. */
export function carriedTo(game: string): Reservation | null {
  const text = sessionStorage.getItem(RESERVATION_KEY);
  sessionStorage.removeItem(RESERVATION_KEY);
  const { at, seat } = JSON.parse(text ?? '{"at":0,"seat":null}') as { at: number; seat: Reservation | null };
  return seat?.name === game && Date.now() - at < GOOD_FOR_MS ? seat : null;
}

/** What the other device opens instead of typing. */
export function linkToTake(code: string): string {
  return new URL(`account.html#${CODE_PREFIX}${encodeURIComponent(code)}`, location.href).href;
}

/** The code of such a link; null for every other. */
export function codeInLink(hash: string): string | null {
  const text = hash.replace(/^#/, "");
  return text.startsWith(CODE_PREFIX) ? decoded(text.slice(CODE_PREFIX.length)) : null;
}
