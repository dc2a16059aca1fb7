import type { Options } from "@colyseus/loadtest";
import type { Client } from "@colyseus/sdk";
import type { CombatSeat, CombatState } from "../schema/combat.ts";
import { CREATURES } from "../src/combat/content/creatures.rules.ts";
import { uuid7 } from "../src/lib/uuid7.ts";
import { type Move, nextMove } from "./combat-brain.ts";
import { signIn } from "./guest.ts";
import { goOn, type MatchRoom, takeSeat } from "./matches.ts";
import type { Meter } from "./meter.ts";

/** How long a player thinks before a move, in ms: from half of it to one and a half. */
const THINK_MS = 400;
/** How long the first of a party waits for others before it begins. */
const WAIT_FOR_OTHERS_MS = 2000;
const PARTY = 4;

const heroes = [...CREATURES.values()].filter(({ playable }) => playable).map(({ id }) => id);
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** One player who goes from fight to fight, with others against the creatures of the map. Resolves once at the first. */
export async function play(options: Options, meter: Meter): Promise<void> {
  await playFight(await signIn(options.endpoint), options, meter);
}

async function playFight(client: Client, options: Options, meter: Meter): Promise<void> {
  const room = await takeSeat<CombatState>(client, options);
  meter.watch(room);
  goOn(room, { options, meter, next: () => playFight(client, options, meter) });
  void makeMoves(room, meter);
}

/** Plays until the room is left. */
export async function makeMoves(room: MatchRoom<CombatState>, meter: Meter): Promise<void> {
  const sat = performance.now();
  while (room.connection.isOpen && room.state.phase !== "ended" && !meter.isEnding) {
    await wait(THINK_MS * (0.5 + Math.random()));
    const move = wish(room.state, performance.now() - sat > WAIT_FOR_OTHERS_MS);
    if (!move || !room.connection.isOpen || meter.isEnding) continue;
    const sent = performance.now();
    const reason = await room.request("act", { id: uuid7(Date.now()), ...move }).catch((error: unknown) => error);
    if (!(reason instanceof Error)) meter.roundTrip(performance.now() - sent);
    // The fight may have ended, or somebody may have stepped in the way, while the move was on its way.
    else if (move.type === "attack" || move.type === "move") await giveUp(room);
  }
}

async function giveUp(room: MatchRoom<CombatState>): Promise<void> {
  await room.request("act", { id: uuid7(Date.now()), type: "endTurn", data: {} }).catch(() => undefined);
}

/** Join, begin if one is the first, then play. */
function wish(state: CombatState, waitedLong: boolean): Move | undefined {
  const seats = [...state.seats.values()].sort((a, b) => a.seat - b.seat);
  // Of all sights only the own one is there.
  const own = [...(state.sights?.values() ?? [])][0]?.seat;
  if (own === undefined) return undefined;
  const hasJoined = [...state.combatants.values()].some(({ seat }) => seat === own);
  const isOn = state.phase === "active" && state.windowId === 0;
  if (!hasJoined && (state.phase === "preparing" || isOn)) return join(own);
  if (state.phase === "preparing") return isReady(seats, own, waitedLong) ? begin : undefined;
  return nextMove(state, own);
}

const begin: Move = { type: "rollInitiative", data: {} };

function join(seat: number): Move {
  return { type: "join", data: { creature: heroes[seat % heroes.length] } };
}

function isReady(seats: readonly CombatSeat[], own: number, waitedLong: boolean): boolean {
  return seats[0]?.seat === own && (seats.length >= PARTY || waitedLong);
}
