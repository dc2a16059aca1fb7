import { ErrorCode, type Room } from "@colyseus/core";
import { refusal } from "../src/errors.ts";
import type { HeldSession } from "../src/sessions/held-session.ts";
import { openReservations } from "./colyseus-internals.ts";
import type { RoomDeps } from "./room-deps.ts";
import { JoinOptions, joinError } from "./room-messages.ts";
import type { Auth } from "./table.ts";

const WATCHERS_MAX = 50;

/**
 * Whether one more may come in: whoever has a seat always, watchers up to a limit, players while seats are free and
 * the game takes new ones. Reservations count, or a burst of joins would share the last seat.
 */
export function admits(room: Room, held: HeldSession, options: unknown = {}, auth?: unknown): boolean {
  const { role } = options as JoinOptions;
  const { admitsPlayers, seatsMax } = held.live.ledger;
  if (auth && held.memberOf((auth as Auth).accountId)) return true;
  if (role === "spectator" || role === "coach") return room.clients.length - held.members.length < WATCHERS_MAX;
  // Refused when the seat is asked for: a no here would send the matchmaker looking for another room, and wait.
  if (role === "gm") return true;
  const seated = held.members.filter(({ role }) => role === "player").length;
  const coming = openReservations(room).filter(({ options: theirs, auth: who }) => isNewPlayer(held, theirs, who));
  return admitsPlayers && seated + coming.length < seatsMax;
}

function isNewPlayer(held: HeldSession, options: unknown, auth: unknown): boolean {
  const { role = "player" } = options as JoinOptions;
  return role === "player" && !held.memberOf((auth as Auth).accountId);
}

/** Who knocks, and with which wishes: run before a room is chosen or created. Claims are whitelisted here. */
async function authorise(deps: RoomDeps, token: string | undefined, options: unknown): Promise<Auth> {
  const { accountId, name, deviceId, device, familyId } = await deps
    .verify(token ?? "")
    .catch(refuse(ErrorCode.AUTH_FAILED));
  await deps.limitJoins(accountId).catch(refuse(ErrorCode.APPLICATION_ERROR));
  if (!JoinOptions.safeParse(options).success) throw joinError(refusal("validation_failed"));
  return { accountId, name, deviceId, ...(device ? { device } : {}), ...(familyId ? { familyId } : {}) };
}

function refuse(code: number): (reason: unknown) => never {
  return (reason): never => {
    throw joinError(reason, code);
  };
}

/** The room class with its collaborators. Colyseus calls `onAuth` unbound, so they reach it by closure. */
export function bindRoom<R extends new () => Room>(RoomClass: R, deps: RoomDeps): R {
  class Bound extends (RoomClass as unknown as new () => Room) {
    deps = deps;
    static onAuth = (token: string, options: unknown) => authorise(deps, token, options);
  }
  return Bound as unknown as R;
}
