import type { LobbyState } from "../../schema/lobby.ts";
import { type GameRoom, type Hypogeum, HypogeumError } from "../../src/client/client.ts";
import type { partyView } from "../../src/matchmaking/party-view.ts";
import type { TicketView } from "../../src/matchmaking/ticket-view.ts";
import { closingWords } from "../closing-words.ts";
import { wordsFor } from "../refusal-words.ts";

export type PartyView = ReturnType<typeof partyView>;

export interface LobbyEvents {
  ticket(ticket: TicketView): void;
  party(party: PartyView | null): void;
  /** What everybody may know of a queue. */
  queue(id: string, figures: { readonly tickets: number; readonly estimatedWaitSeconds: number | null }): void;
  /** Open for the first time or again: what ended meanwhile is not told any more. */
  open(): void;
  changed(): void;
  /** There is no way in for whoever this is; why, in words. */
  refused(words: string): void;
}

const PAUSES_MS = [500, 1000, 2000, 4000, 8000];
/** Coming back would mean to come as a stranger, or in vain. */
const FINAL: ReadonlySet<string> = new Set(["banned", "token_revoked"]);

/**
 * The connection to a lobby. The client helper finds the way to another one by itself, since any process's is as good;
 * where it gives up, a new one is asked for, for ever.
 */
export class LobbyLink {
  readonly #hypogeum: Hypogeum;
  readonly #events: LobbyEvents;
  #room: GameRoom<LobbyState> | null = null;
  #failures = 0;
  /** Grows with every opening and closing, so that the late answer to a former one is dropped. */
  #wish = 0;

  constructor(hypogeum: Hypogeum, events: LobbyEvents) {
    this.#hypogeum = hypogeum;
    this.#events = events;
  }

  get isOpen(): boolean {
    return this.#room?.connection.value === "connected";
  }

  async open(): Promise<void> {
    this.#wish += 1;
    const wish = this.#wish;
    try {
      const room = await this.#hypogeum.joinOrCreate<LobbyState>("lobby");
      if (wish === this.#wish) this.#enter(room);
      else room.close();
    } catch (error) {
      if (!(error instanceof HypogeumError)) throw error;
      if (wish !== this.#wish) return;
      if (error.isSignedOut || FINAL.has(error.code)) this.#events.refused(wordsFor(error));
      else this.#again();
    }
  }

  close(): void {
    this.#wish += 1;
    const room = this.#room;
    this.#room = null;
    room?.close();
  }

  /** There is something new to look at: a party that was made, a ticket that was taken. */
  watch(): void {
    if (this.isOpen) this.#room?.sdk.send("watch", {});
  }

  #enter(room: GameRoom<LobbyState>): void {
    this.#room = room;
    this.#failures = 0;
    room.onMessage<TicketView>("ticket", (ticket) => this.#events.ticket(ticket));
    room.onMessage<PartyView | null>("party", (party) => this.#events.party(party));
    // The same as the ticket says; unheard, it would be a warning on the console.
    room.onMessage("matched", () => undefined);
    room.onStateChange((state) => this.#show(state));
    room.connection.subscribe(() => this.#connectionChanged(room));
    this.#events.open();
    this.#events.changed();
  }

  #connectionChanged(room: GameRoom<LobbyState>): void {
    if (room !== this.#room) return;
    const state = room.connection.value;
    const isGone = state === "lost" || state === "ended" || state === "moved";
    if (isGone) {
      this.#room = null;
      if (FINAL.has(room.reason ?? "")) this.#events.refused(closingWords(room.reason).text);
      else this.#again();
    } else if (state === "connected") this.#events.open();
    this.#events.changed();
  }

  #again(): void {
    const pause = PAUSES_MS[Math.min(this.#failures, PAUSES_MS.length - 1)];
    this.#failures += 1;
    const wish = this.#wish;
    setTimeout(() => {
      if (wish === this.#wish) void this.open();
    }, pause);
  }

  #show({ queues }: LobbyState): void {
    queues.forEach(({ id, tickets, estimatedWaitSeconds }) => {
      this.#events.queue(id, {
        tickets,
        estimatedWaitSeconds: estimatedWaitSeconds < 0 ? null : estimatedWaitSeconds,
      });
    });
    this.#events.changed();
  }
}
