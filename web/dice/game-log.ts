import type { GameEvent } from "../game-event.ts";
import type { TableView } from "./table-view.ts";
import { bidWords } from "./words.ts";

export interface LogLine {
  readonly seq: number;
  readonly text: string;
}

const EVENTS_MAX = 200;

/** What happened at the table, in words; in the journal's order and each entry once, however it arrives. */
export class GameLog {
  #events = new Map<number, GameEvent>();
  /** Players who left are still named in what they did. */
  readonly #names = new Map<number, string>();
  #own: number | null = null;

  /** Worded when asked for: a name may become known after what its bearer did. */
  get lines(): LogLine[] {
    return [...this.#events.values()].flatMap((event) => {
      const text = this.#words(event);
      return text === null ? [] : [{ seq: event.seq, text }];
    });
  }

  get lastSeq(): number {
    return [...this.#events.keys()].at(-1) ?? 0;
  }

  clear(): void {
    this.#events.clear();
    this.#names.clear();
  }

  learnNames(table: TableView, own: number | null): void {
    this.#own = own;
    for (const { seat, name } of table.seats) if (name) this.#names.set(seat, name);
  }

  add(event: GameEvent): void {
    if (this.#events.has(event.seq)) return;
    const known = [...this.#events.values(), event].sort((a, b) => a.seq - b.seq).slice(-EVENTS_MAX);
    this.#events = new Map(known.map((entry) => [entry.seq, entry]));
  }

  /** After a recovery: what was above `seq` never became durable, so it did not happen. */
  dropAbove(seq: number): void {
    for (const known of this.#events.keys()) if (known > seq) this.#events.delete(known);
  }

  #words({ type, data, seat }: GameEvent): string | null {
    switch (type) {
      case "seat.taken":
        return `${this.#name(seat)} sat down.`;
      case "seat.left":
        return `${this.#name(seat)} left the table.`;
      case "session.started":
        return "The game began.";
      case "session.paused":
        return "The host paused the game.";
      case "session.resumed":
        return "The game goes on.";
      case "rolled":
        return "Everybody rolled.";
      case "bid":
        return `${this.#name(seat)} bid ${bidWords(Number(data.count), Number(data.face))}.`;
      case "challenged":
        return `${this.#name(data.by)} challenged: ${data.count} on the table. ${this.#loses(data.loser)} a die.`;
      case "session.ended":
        return `The game is over.${typeof data.winner === "number" ? ` ${this.#wins(data.winner)}` : ""}`;
      default:
        return null;
    }
  }

  #loses(seat: unknown): string {
    return seat === this.#own ? "You lose" : `${this.#name(seat)} loses`;
  }

  #wins(seat: unknown): string {
    return seat === this.#own ? "You win!" : `${this.#name(seat)} wins.`;
  }

  #name(seat: unknown): string {
    if (typeof seat !== "number") return "Time ran out: somebody";
    if (seat === this.#own) return "You";
    return this.#names.get(seat) ?? `Seat ${seat + 1}`;
  }
}
