import type { Options } from "@colyseus/loadtest";
import type { Client } from "@colyseus/sdk";
import type { ArenaInput, ArenaState } from "../schema/arena.ts";
import { HZ } from "../src/arena/world.rules.ts";
import { createBrain } from "./arena-brain.ts";
import { ownSeat, sightOf } from "./arena-sight.ts";
import { signIn } from "./guest.ts";
import { goOn, type MatchRoom, takeSeat } from "./matches.ts";
import type { Meter } from "./meter.ts";

/** How far in the past a player is shown the others, in ms: as on the product's page. */
const RENDER_DELAY = 100;
const ROUND_TRIP_EVERY_MS = 1000;

/** One bot that plays match after match. Resolves once it has joined the first. */
export async function play(options: Options, meter: Meter): Promise<void> {
  await playMatch(await signIn(options.endpoint), options, meter);
}

async function playMatch(client: Client, options: Options, meter: Meter): Promise<void> {
  const room = await takeSeat<ArenaState>(client, options);
  meter.watch(room);
  steer(room, options.clientId, meter);
  goOn(room, { options, meter, next: () => playMatch(client, options, meter) });
}

/** Plays until the room is left. */
export function steer(room: MatchRoom<ArenaState>, clientId: number, meter: Meter): void {
  const input = room.input<ArenaInput>({ renderDelay: RENDER_DELAY });
  const brain = createBrain(clientId);
  const steps = setInterval(() => {
    const seat = ownSeat(room.state);
    const sight = seat === undefined ? undefined : sightOf(room.state, seat);
    if (!sight) return;
    Object.assign(input.data, brain.decide(sight));
    input.send();
  }, 1000 / HZ);
  const roundTrips = setInterval(() => {
    if (input.lastProcessed > 0) meter.roundTrip(room.clock.smoothedRtt());
  }, ROUND_TRIP_EVERY_MS);
  room.onLeave(() => {
    clearInterval(steps);
    clearInterval(roundTrips);
  });
}
