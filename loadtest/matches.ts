import type { Options } from "@colyseus/loadtest";
import type { Client, Room } from "@colyseus/sdk";
import type { Meter } from "./meter.ts";

export type MatchRoom<State extends { readonly phase: string }> = Room<unknown, State>;

/** Somebody else may have taken the last seat, or started the game, since the matchmaker chose the room. */
const ATTEMPTS = 5;

/** What games call the phase after their end. */
const OVER: ReadonlySet<string> = new Set(["over", "ended"]);

/** Takes a seat in any match of the scenario's room, or in the one that `--roomId` names. */
export async function takeSeat<State extends { readonly phase: string }>(
  client: Client,
  { roomName, roomId }: Options,
): Promise<MatchRoom<State>> {
  for (let attempt = 1; ; attempt++) {
    try {
      const room = roomId ? await client.joinById(roomId) : await client.joinOrCreate(roomName);
      return room as unknown as MatchRoom<State>;
    } catch (error) {
      if (attempt === ATTEMPTS || roomId) throw error;
    }
  }
}

/** When the match is over the client leaves it and goes on to the next one, for which there is no `--roomId`. */
export function goOn<State extends { readonly phase: string }>(
  room: MatchRoom<State>,
  { options, meter, next }: { options: Options; meter: Meter; next: () => Promise<void> },
): void {
  let over = false;
  room.onStateChange(({ phase }) => {
    if (over || !OVER.has(phase) || meter.isEnding) return;
    over = true;
    const left = room.leave();
    if (!options.roomId) left.then(next).catch((error) => meter.fail(error));
  });
}
