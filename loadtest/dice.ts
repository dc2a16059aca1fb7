import type { Options } from "@colyseus/loadtest";
import type { Client } from "@colyseus/sdk";
import type { DiceSeat, DiceState } from "../schema/dice.ts";
import { uuid7 } from "../src/lib/uuid7.ts";
import { signIn } from "./guest.ts";
import { goOn, type MatchRoom, takeSeat } from "./matches.ts";
import type { Meter } from "./meter.ts";

/** How long a player looks at the table before a move, in ms: from half of it to one and a half. */
const THINK_MS = 400;
/** How long those who sit at a table wait for others, in ms. */
const WAIT_FOR_OTHERS_MS = 2000;
const FULL_TABLE = 6;

interface Move {
  readonly type: string;
  readonly data: object;
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** One player who sits down at table after table. Resolves once seated at the first. */
export async function play(options: Options, meter: Meter): Promise<void> {
  await playGame(await signIn(options.endpoint), options, meter);
}

async function playGame(client: Client, options: Options, meter: Meter): Promise<void> {
  const room = await takeSeat<DiceState>(client, options);
  meter.watch(room);
  goOn(room, { options, meter, next: () => playGame(client, options, meter) });
  void makeMoves(room, meter);
}

async function makeMoves(room: MatchRoom<DiceState>, meter: Meter): Promise<void> {
  let sat = performance.now();
  while (room.connection.isOpen && room.state.phase !== "over" && !meter.isEnding) {
    await wait(THINK_MS * (0.5 + Math.random()));
    if (room.state.seats.size < 2) sat = performance.now();
    const move = nextMove(room.state, performance.now() - sat > WAIT_FOR_OTHERS_MS);
    if (!move || !room.connection.isOpen || meter.isEnding) continue;
    const sent = performance.now();
    try {
      await room.request("act", { id: uuid7(Date.now()), ...move });
      meter.roundTrip(performance.now() - sent);
    } catch (error) {
      // The table may have been left by all others, or closed, while the move was on its way.
      if (room.connection.isOpen && !meter.isEnding) console.error(`${move.type}: ${String(error)}`);
    }
  }
}

/** What the rules let this player do now, if anything: the lowest seat rolls, and bids rise until they cannot. */
function nextMove({ phase, turn, bidCount, bidFace, seats }: DiceState, waitedLong: boolean): Move | undefined {
  const all = [...seats.values()].sort((a, b) => a.seat - b.seat);
  // The dice of others are not there at all.
  const own = all.find(({ dice }: Partial<DiceSeat>) => dice !== undefined);
  const rolls = own !== undefined && own === all[0];
  if (phase === "seating") return rolls && (all.length === FULL_TABLE || waitedLong) ? roll : undefined;
  if (phase === "reveal") return rolls ? roll : undefined;
  if (phase !== "bidding" || own?.seat !== turn) return undefined;
  const total = all.reduce((sum, { left }) => sum + left, 0);
  if (bidCount === 0) return { type: "bid", data: { count: 1, face: 1 } };
  if (bidCount >= total / 3) return { type: "challenge", data: {} };
  if (bidFace < 6) return { type: "bid", data: { count: bidCount, face: bidFace + 1 } };
  return { type: "bid", data: { count: bidCount + 1, face: 1 } };
}

const roll: Move = { type: "roll", data: {} };
