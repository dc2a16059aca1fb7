import type { GameEvent } from "../../src/client/client.ts";
import type { TableView } from "./table-view.ts";
import { bidWords } from "./words.ts";

export interface LogLine {
  readonly seq: number;
  readonly text: string;
}

/** What happened at the table, in words. */
export class GameLog {
  /** Players who left are still named in what they did. */
  readonly #names = new Map<number, string>();
  #own: number | null = null;

  /** Worded when asked for: a name may become known after what its bearer did. */
  lines(events: readonly GameEvent[]): LogLine[] {
    return events.flatMap((event) => {
      const text = this.#words(event);
      return text === null ? [] : [{ seq: event.seq, text }];
    });
  }

  clear(): void {
    this.#names.clear();
  }

  learnNames(table: TableView, own: number | null): void {
    this.#own = own;
    for (const { seat, name } of table.seats) if (name) this.#names.set(seat, name);
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
