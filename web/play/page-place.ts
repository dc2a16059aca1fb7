import { decoded } from "../place.ts";

/** What this page shows; it stands behind the `#`, so that every board and every player has a link. */
export type PagePlace =
  | { readonly page: "play" }
  | { readonly page: "boards"; readonly board: string | null }
  /** The profile of somebody; null for the own one. */
  | { readonly page: "player"; readonly id: string | null };

export function readPagePlace(hash: string): PagePlace {
  const [page = "", rest] = hash.replace(/^#/, "").split("/", 2);
  const named = rest ? decoded(rest) : null;
  if (page === "boards") return { page, board: named };
  return page === "player" ? { page, id: named } : { page: "play" };
}

export function boardHref(id: string): string {
  return `#boards/${encodeURIComponent(id)}`;
}

export function playerHref(id: string): string {
  return `#player/${encodeURIComponent(id)}`;
}

const INVITE = "party=";

/** A party, and what lets somebody in. */
export interface Invite {
  readonly id: string;
  readonly code: string;
}

/** The link to give to friends. @param page this page's address without what is behind the `#` */
export function inviteLink({ id, code }: Invite, page: string): string {
  return `${page}#${INVITE}${encodeURIComponent(id)}.${encodeURIComponent(code)}`;
}

/** The invite of such a link, or of its part after the `#`; null for anything else. */
export function inviteIn(text: string): Invite | null {
  const part = text.trim().split("#").at(-1) ?? "";
  if (!part.startsWith(INVITE)) return null;
  const [id = "", code = ""] = part.slice(INVITE.length).split(".").map(decoded);
  return id && code ? { id, code } : null;
}
