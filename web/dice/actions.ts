import type { DiceState } from "../../schema/dice.ts";
import type { SessionLink } from "../session-link.ts";
import { uuid7 } from "../uuid7.ts";
import type { TableView } from "./table-view.ts";

type TableLink = SessionLink<DiceState, TableView>;

export type ActionType = "roll" | "bid" | "challenge";

/** An action on its way. Its id stays the same however often it is sent, so the server applies it once. */
export interface PendingAction {
  readonly id: string;
  readonly type: ActionType;
  readonly data: object;
  /** How often it was sent. */
  tries: number;
}

/** The server's no, as the SDK rejects a request with it. */
interface Rejection {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

const GIVE_UP_MS = 20_000;
const ANSWER_MS = 5000;
const RETRY_MS = 400;

const UNCONFIRMED =
  "The server did not confirm your move within 20 seconds. It may still count: look at the table before you try again.";

/** Sends the player's moves, one at a time, over drops and reconnects until the server has answered. */
export class Actions {
  readonly #link: TableLink;
  readonly #serverNow: () => number;
  readonly #changed: () => void;
  #pending: PendingAction | null = null;

  constructor(link: TableLink, serverNow: () => number, changed: () => void) {
    this.#link = link;
    this.#serverNow = serverNow;
    this.#changed = changed;
  }

  get pending(): PendingAction | null {
    return this.#pending;
  }

  /** Resolves with a sentence for the player when the move was refused or stayed unconfirmed, else with null. */
  async perform(type: ActionType, data: object): Promise<string | null> {
    if (this.#pending) return "Your last move is still on its way.";
    const action = { id: uuid7(this.#serverNow()), type, data, tries: 0 };
    this.#pending = action;
    this.#changed();
    try {
      return await this.#insist(action);
    } finally {
      this.#pending = null;
      this.#changed();
    }
  }

  async #insist(action: PendingAction): Promise<string | null> {
    const giveUpAt = performance.now() + GIVE_UP_MS;
    const place = this.#link.place?.id;
    for (;;) {
      const remaining = giveUpAt - performance.now();
      if (remaining <= 0) return UNCONFIRMED;
      await this.#link.settled(remaining);
      // The game ended or the table was left meanwhile: there is nothing to tell about this move any more.
      if (this.#link.isOver || this.#link.place?.id !== place) return null;
      const { room, isOpen } = this.#link;
      if (!room || !isOpen) continue;
      const outcome = await this.#send(room, action, Math.min(ANSWER_MS, giveUpAt - performance.now()));
      if (outcome !== "again") return outcome;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  async #send(room: NonNullable<TableLink["room"]>, action: PendingAction, timeout: number) {
    action.tries += 1;
    this.#changed();
    const { id, type, data } = action;
    try {
      await room.request("act", { id, type, data }, { timeout });
      return null;
    } catch (error) {
      // A closed connection, a timeout or a fault say nothing about the move; only a rejection is an answer.
      const reason = rejectionOf(error);
      return !reason || reason.retryable ? "again" : reason.message;
    }
  }
}

function rejectionOf(error: unknown): Rejection | null {
  const { name, reason } = error as { name?: unknown; reason?: unknown };
  return name === "rejected" ? (reason as Rejection) : null;
}
