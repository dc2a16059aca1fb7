import type { Client, Room } from "@colyseus/sdk";
import type { Auth } from "./auth.ts";
import { type Closing, closingFor } from "./closing.ts";
import type { Reservation } from "./handoff.ts";
import { HypogeumError } from "./hypogeum-error.ts";

export type Role = "player" | "gm" | "spectator" | "coach";

/** A session, and as what one is there. */
export interface Place {
  readonly id: string;
  readonly role: Role;
  /** What lets a coach in. */
  readonly code?: string;
}

/** How a room is asked for. */
export type Knock<State> = (client: Client) => Promise<Room<unknown, State>>;

/** What came of asking for the way back to a place. */
export type WayBack<State> =
  | { readonly kind: "open"; readonly knock: Knock<State>; readonly epoch: number | null }
  /** Somebody sits there: another device of the account, or our own former connection, which the server has yet to miss. */
  | { readonly kind: "taken" }
  | { readonly kind: "later" }
  | { readonly kind: "over"; readonly closing: Closing };

/** As far as it is of interest here. */
interface SessionView {
  readonly status: string;
  readonly epoch: number;
  readonly players: readonly { readonly playerId: string; readonly connected: boolean }[];
}

/** Rooms that hold no session. */
const SESSIONLESS: ReadonlySet<string> = new Set(["lobby"]);

/** Whether a room is that of a session, which the API knows and in which there are seats. @param room its name */
export function isOfSession(room: string): boolean {
  return !SESSIONLESS.has(room);
}

/**
 * The way back to the same seat, by whatever process has the session now. Never throws.
 *
 * @param room the name of the room it was; of one without a session any other is as good
 * @param takeOver from another device, because the player wishes it
 */
export async function findWayBack<State>(
  auth: Auth,
  room: string,
  place: Place,
  takeOver: boolean,
): Promise<WayBack<State>> {
  if (!isOfSession(room)) return { kind: "open", knock: (client) => client.joinOrCreate<State>(room), epoch: null };
  // To those who only watch, the API may not even show the session; the matchmaker lets in whoever knows its id.
  const isSeated = place.role === "player" || place.role === "gm";
  if (!isSeated) return { kind: "open", knock: knockById(place), epoch: null };
  try {
    return await toSeat<State>(auth, place, takeOver);
  } catch (error) {
    const isFinal = error instanceof HypogeumError && !error.retryable;
    return isFinal ? { kind: "over", closing: closingFor(error.code) } : { kind: "later" };
  }
}

async function toSeat<State>(auth: Auth, { id, role }: Place, takeOver: boolean): Promise<WayBack<State>> {
  const path = `v1/sessions/${encodeURIComponent(id)}`;
  const { status, epoch, players } = await auth.call<SessionView>({ method: "GET", path });
  if (status === "ended") return { kind: "over", closing: closingFor("session_ended") };
  const own = players.find(({ playerId }) => playerId === auth.current?.account.id);
  if (!own && !takeOver) return { kind: "over", closing: closingFor("not_seated") };
  if (own?.connected && !takeOver) return { kind: "taken" };
  const reservation = await auth.call<Reservation>({ method: "POST", path: `${path}/join`, body: { role } });
  return { kind: "open", knock: (client) => client.consumeSeatReservation<State>(reservation), epoch };
}

/** By the matchmaker: an account finds its own seat. */
export function knockById<State>({ id, role, code }: Place): Knock<State> {
  const options = { ...(role === "player" ? {} : { role }), ...(code === undefined ? {} : { code }) };
  return (client) => client.joinById<State>(id, options);
}
