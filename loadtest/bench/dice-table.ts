import type { Room } from "@colyseus/sdk";
import { act, newPlayer, type Player } from "../../test/support/bots.ts";

/** Between two actions of a table: a game lasts for minutes then. */
const PACE_MS = 200;
const OVER = "the game was over";

interface DiceState {
  readonly phase: string;
  readonly turn: number;
  readonly bidCount: number;
  readonly bidFace: number;
  readonly seats: ReadonlyMap<string, { readonly left: number }>;
}

/** A table of two whose bids rise one step at a time, and what its players go through. */
export class DiceTable {
  readonly #rooms: readonly [Room<unknown, DiceState>, Room<unknown, DiceState>];
  /** Of acknowledged actions, in ms; whoever measures empties it. */
  readonly latencies: number[] = [];
  /** Actions that were not acknowledged, by what was said instead. */
  readonly failures: string[] = [];
  /** Sockets that were closed, whether or not their clients came back. */
  drops = 0;
  #stopped = false;
  #playing: Promise<void> = Promise.resolve();

  private constructor(one: Room<unknown, DiceState>, two: Room<unknown, DiceState>) {
    this.#rooms = [one, two];
    for (const room of this.#rooms) {
      room.onMessage("*", () => undefined);
      room.onDrop(() => void this.drops++);
      room.onLeave(() => void (this.#stopped || this.drops++));
    }
  }

  /** The players know different addresses. */
  static async open(hostUrl: string, guestUrl: string): Promise<DiceTable> {
    const [host, guest]: Player[] = [await newPlayer(hostUrl), await newPlayer(guestUrl)];
    const one = await host!.client.joinOrCreate<DiceState>("dice", { private: true });
    return new DiceTable(one, await guest!.client.joinById<DiceState>(one.roomId));
  }

  get id(): string {
    return this.#rooms[0].roomId;
  }

  play(): void {
    this.#playing = this.#play();
  }

  async close(): Promise<void> {
    this.#stopped = true;
    await this.#playing;
    await Promise.all(this.#rooms.map((room) => room.leave()));
  }

  async #play(): Promise<void> {
    const [one] = this.#rooms;
    while (!this.#stopped && one.state.phase !== "over") {
      const { phase, turn } = one.state;
      const { type, data } = nextMove(one.state);
      const began = performance.now();
      await act(this.#rooms[phase === "bidding" ? turn : 0] ?? one, type, data).then(
        () => this.latencies.push(performance.now() - began),
        (error: Error & { reason?: { code: string } }) => this.failures.push(error.reason?.code ?? error.message),
      );
      await new Promise((done) => setTimeout(done, PACE_MS));
    }
    if (!this.#stopped) this.failures.push(OVER); // nobody could have noticed anything any more
  }
}

function nextMove({ phase, bidCount, bidFace, seats }: DiceState): { type: string; data: Record<string, unknown> } {
  if (phase !== "bidding") return { type: "roll", data: {} };
  const dice = [...seats.values()].reduce((sum, { left }) => sum + left, 0);
  if (bidCount === dice && bidFace === 6) return { type: "challenge", data: {} };
  if (bidCount === 0) return { type: "bid", data: { count: 1, face: 1 } };
  const raised = bidFace < 6 ? { count: bidCount, face: bidFace + 1 } : { count: bidCount + 1, face: 1 };
  return { type: "bid", data: raised };
}
