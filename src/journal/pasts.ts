import { CORE, type Entry } from "./game.ts";

/**
 * The states that a stretch of the journal goes back to: noted when the replay comes by them, given out when it comes
 * to the rewinds.
 */
export class Pasts {
  readonly #states = new Map<number, unknown>();

  private constructor(seqs: Iterable<number>) {
    for (const seq of seqs) this.#states.set(seq, undefined);
  }

  /** Null when these entries go back to nothing. */
  static of(entries: Iterable<Entry>): Pasts | null {
    const seqs = rewindsIn(entries);
    return seqs.length > 0 ? new Pasts(seqs) : null;
  }

  note(seq: number, state: unknown): void {
    if (this.#states.has(seq)) this.#states.set(seq, structuredClone(state));
  }

  /** A copy, because the same place may be gone back to again. */
  for({ type, data }: Entry): unknown {
    return type === CORE.rewound ? structuredClone(this.#states.get(Number(data.toSeq))) : undefined;
  }
}

/** The seqs that rewinds among these entries go back to. */
export function rewindsIn(entries: Iterable<Entry>): number[] {
  const seqs: number[] = [];
  for (const { type, data } of entries) if (type === CORE.rewound) seqs.push(Number(data.toSeq));
  return seqs;
}
