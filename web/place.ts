export type Role = "player" | "spectator";

/** The table a tab sits at. Kept in sessionStorage, so that a reload finds back to it. */
export interface Place {
  readonly id: string;
  readonly role: Role;
}

const KEY = "hypogeum.table";

export function readPlace(): Place | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Place | null;
  } catch {
    return null;
  }
}

export function writePlace(place: Place | null): void {
  if (place) sessionStorage.setItem(KEY, JSON.stringify(place));
  else sessionStorage.removeItem(KEY);
}

/** The table a link points at: `/#<id>`. */
export function linkedTable(): string {
  return decodeURIComponent(location.hash.slice(1));
}

export function linkTo(id: string): string {
  return `${location.origin}${location.pathname}#${encodeURIComponent(id)}`;
}
