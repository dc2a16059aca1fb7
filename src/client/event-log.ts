/** An entry of the journal as this viewer may see it. */
export interface GameEvent {
  readonly seq: number;
  /** Of the owner that told it over a socket; not there when it came from the API, which tells durable entries only. */
  readonly epoch?: number;
  readonly type: string;
  readonly data: { readonly [key: string]: unknown };
  /** Who did it; null or not there for the system, as when the time ran out. */
  readonly seat?: number | null;
}

/** How far a client knows a session. */
export interface Position {
  readonly epoch: number;
  readonly seq: number;
}

/** The newest events of a session, in the journal's order and each once, however they arrive. */
export class EventLog {
  static readonly MAX = 200;
  #events: readonly GameEvent[] = [];

  /** Ascending by seq; the oldest are forgotten beyond `MAX`. */
  get all(): readonly GameEvent[] {
    return this.#events;
  }

  get lastSeq(): number {
    return this.#events.at(-1)?.seq ?? 0;
  }

  /** False when it was known. One of the API replaces one of a socket: only the former is certain. */
  add(event: GameEvent): boolean {
    const known = this.#events.find(({ seq }) => seq === event.seq);
    if (known && (event.epoch !== undefined || known.epoch === undefined)) return false;
    const others = known ? this.#events.filter((other) => other !== known) : this.#events;
    this.#events = [...others, event].sort((a, b) => a.seq - b.seq).slice(-EventLog.MAX);
    return known === undefined;
  }

  /**
   * After a recovery: what a former owner told above `seq` never became durable, so it did not happen. What is known
   * from the API, or from this very owner, stays.
   */
  forget({ epoch, seq }: Position): void {
    this.#events = this.#events.filter((event) => event.seq <= seq || (event.epoch ?? epoch) >= epoch);
  }

  /** Up to where there is no doubt: below the first event that only a former owner told. */
  certainBefore(epoch: number): number {
    const doubtful = this.#events.find((event) => (event.epoch ?? epoch) < epoch);
    return doubtful ? doubtful.seq - 1 : this.lastSeq;
  }
}
