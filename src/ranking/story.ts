import { type Batch, readBody } from "../journal/batch.ts";
import { CORE } from "../journal/game.ts";
import type { JournalStore } from "../journal/journal.store.ts";
import { verifySession } from "../journal/verify.ts";

/** What a session's journal says about its end. */
export interface Story {
  readonly rules: { readonly game: string; readonly version: number };
  readonly startedAt: number;
  readonly endedAt: number;
  /** The data of the end entry. */
  readonly result: Readonly<Record<string, unknown>>;
  /** Seats that were left after the start, by the number of the entry. */
  readonly left: ReadonlyMap<number, number>;
  /** Somebody took the game back, or called it another one, after it had begun. */
  readonly wasBent: boolean;
}

/** The chain is whole, but the session did not start, or has not ended. */
export type Untold = "altered" | "not_started";

/** Only these entries matter here, and most batches of a real-time game hold none: they are hashed and not parsed twice. */
const TELLING = /"type":"(?:session|seat)\./;

/**
 * Reads the end of a session out of its journal, and believes it only if the whole chain of hashes holds: the document of
 * the session says the same, but anybody who can write to it could say something else.
 */
export async function storyOf(sessionId: string, store: Pick<JournalStore, "batches">): Promise<Story | Untold> {
  const teller = new Teller();
  async function* tapped(id: string): AsyncIterable<Batch> {
    for await (const batch of store.batches(id)) {
      // The verifier has taken it when it asks for the next one; one it does not accept ends the walk.
      yield batch;
      if (TELLING.test(batch.body)) teller.take(batch);
    }
  }
  const { ok, ended } = await verifySession({ sessionId, journalStore: { batches: tapped } });
  return ok && ended ? teller.told() : "altered";
}

class Teller {
  #rules = { game: "", version: 0 };
  #startedAt: number | undefined;
  #ending: Pick<Story, "endedAt" | "result"> | undefined;
  readonly #left = new Map<number, number>();
  #wasBent = false;

  take(batch: Batch): void {
    this.#rules = batch.rules;
    for (const { seq, at, seat, type, data } of readBody(batch).entries) {
      if (type === CORE.started) this.#startedAt ??= at;
      if (this.#startedAt === undefined && type !== CORE.ended) continue;
      if (type === CORE.seatLeft) this.#left.set(seq, seat!);
      if (type === CORE.rewound || (type === CORE.edited && data.mode !== undefined)) this.#wasBent = true;
      if (type === CORE.ended) this.#ending = { endedAt: at, result: data };
    }
  }

  told(): Story | Untold {
    if (this.#startedAt === undefined || !this.#ending) return "not_started";
    const { game, version } = this.#rules;
    const rest = { left: this.#left, wasBent: this.#wasBent, startedAt: this.#startedAt };
    return { rules: { game, version }, ...this.#ending, ...rest };
  }
}
