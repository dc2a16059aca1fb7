import type { InputAPI } from "@colyseus/core";
import { MapSchema, type Schema } from "@colyseus/schema";
import { InputQueue } from "./input-queue.ts";
import { LedgerRoom } from "./LedgerRoom.ts";
import type { LedgerClient } from "./table.ts";
import { TickInstants } from "./tick-instants.ts";

/** How far back a client's view of the others is believed to lie, in ms. */
const REWIND_MS = 500;
/** After a recovery the clock waits this long for players who are still on their way back. */
const RETURN_MS = 5000;

interface Player {
  readonly seat: number;
  readonly sessionId: string;
  readonly queue: InputQueue;
}

interface Roster {
  readonly changes: number;
  /** Ascending by seat. */
  readonly players: readonly Player[];
}

/**
 * The room of a game with a clock: it collects one input per player and tick, lets the ledger step, and shows the
 * result. The clock stands still while no player is connected.
 */
export abstract class RealtimeRoom<State extends Schema, View, Input> extends LedgerRoom<State, View, Input> {
  abstract override inputs: InputAPI<Input>;
  readonly #instants = new TickInstants();
  readonly #queues = new WeakMap<LedgerClient, InputQueue>();
  #known: Roster = { changes: -1, players: [] };
  #waitUntil = 0;

  /** Appends one player's input as the journal keeps it; `ticksAgo` is how far back this player saw the others. */
  protected abstract effective(flat: number[], seat: number, input: Input, ticksAgo: number): void;

  protected override startClock(): void {
    const { held, deps } = this;
    this.#waitUntil = held.members.length > 0 ? deps.clock.monotonic() + RETURN_MS : 0;
    // With nothing attached it records nothing; it only makes the SDK say when its player saw what (L6 keeps the ring).
    this.allowRewindState({ maxRewindMs: REWIND_MS }).attachAll(new MapSchema<{ x: number }>(), { fields: [] });
    this.setFixedTimestep(() => this.#tick(), held.live.ledger.identity.game.realtime!.hz);
    this.clock.setInterval(() => this.everySecond(), 1000);
  }

  #tick(): void {
    const { live } = this.held;
    if (this.closed || !live.ledger.runs || this.#waitsForPlayers()) return;
    const started = this.deps.clock.monotonic();
    const outcome = live.step(this.#collect());
    if (outcome === "held") {
      this.deps.metrics.ticksHeld.inc();
      return;
    }
    this.#instants.add(this.clock.elapsedTime);
    if (outcome === "quiet") this.show();
    this.deps.metrics.ticks.observe(this.deps.clock.monotonic() - started);
  }

  /** Nobody is played on while all are away, or still coming back from a crash that was ours. */
  #waitsForPlayers(): boolean {
    const { players } = this.#roster();
    if (players.length === 0) return true;
    return players.length < this.table.people.size && this.deps.clock.monotonic() < this.#waitUntil;
  }

  /** Ascending by seat, so that equal ticks are equal entries. */
  #collect(): number[] {
    const flat: number[] = [];
    for (const { seat, sessionId, queue } of this.#roster().players) {
      const inputs = this.inputs.get(sessionId);
      const input = queue.next(inputs);
      if (input !== undefined) this.effective(flat, seat, input, this.#instants.ticksAgo(inputs.renderTime));
    }
    return flat;
  }

  /** Who is connected and plays; made anew only when somebody came or went, since every tick asks. */
  #roster(): Roster {
    if (this.#known.changes !== this.table.changes) {
      const players = this.clients.flatMap((client) => this.#playerOf(client)).sort((a, b) => a.seat - b.seat);
      this.#known = { changes: this.table.changes, players };
    }
    return this.#known;
  }

  #playerOf(client: LedgerClient): Player[] {
    const member = this.table.memberOf(client);
    if (!member || !this.table.people.get(member.seat)?.connected) return [];
    const queue = this.#queues.get(client) ?? new InputQueue();
    this.#queues.set(client, queue);
    return [{ seat: member.seat, sessionId: client.sessionId, queue }];
  }
}
