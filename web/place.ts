import type { Place } from "../src/client/client.ts";

/** Where the tab was last in this game. Kept in sessionStorage, so that a reload finds back to it. */
export function readPlace(game: string): Place | null {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(game)) ?? "null") as Place | null;
  } catch {
    return null;
  }
}

export function writePlace(game: string, place: Place | null): void {
  if (place) sessionStorage.setItem(keyOf(game), JSON.stringify(place));
  else sessionStorage.removeItem(keyOf(game));
}

function keyOf(game: string): string {
  return `hypogeum.place.${game}`;
}

const COACH = "?coach=";

/** The place a link points at, or its part after the `#`, or a bare id: people paste all three. Null for none. */
export function placeIn(text: string): Place | null {
  const [id = "", code] = (text.trim().split("#").at(-1) ?? "").split(COACH).map(decoded);
  if (id === "") return null;
  return code ? { id, role: "coach", code } : { id, role: "player" };
}

/** The link to a session on this page. */
export function linkTo({ id, code }: Pick<Place, "id" | "code">): string {
  const coach = code ? COACH + encodeURIComponent(code) : "";
  return `${location.origin}${location.pathname}#${encodeURIComponent(id)}${coach}`;
}

/** A part of a link as it was meant; people also paste parts that were never encoded. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
