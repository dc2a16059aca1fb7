import type { GameEvent } from "../../src/client/client.ts";
import { ABILITIES } from "../../src/combat/content/abilities.rules.ts";
import { CREATURES } from "../../src/combat/content/creatures.rules.ts";
import type { FightView, PersonView } from "./fight-view.ts";
import { lineOf } from "./log-lines.ts";
import type { RollView } from "./rolls.ts";

export interface LogLine {
  readonly seq: number;
  readonly text: string;
  readonly rolls: readonly RollView[];
  /** How it is set: a turn begins, somebody falls, only the game master is told. */
  readonly tone: "plain" | "turn" | "grave" | "secret";
}

/** What a sentence may call things. */
export interface Names {
  fighter(id: unknown): string;
  person(seat: unknown): string;
  /** An attack or ability of somebody's. */
  way(id: unknown, by: unknown): string;
  effect(id: unknown, key: unknown): string;
}

/** What happened in the fight, in words. Creatures that are gone are still named in what they did. */
export class FightLog {
  readonly #fighters = new Map<string, { readonly name: string; readonly creature: string }>();
  readonly #people = new Map<number, PersonView>();
  readonly #effects = new Map<number, string>();

  clear(): void {
    for (const known of [this.#fighters, this.#people, this.#effects]) known.clear();
  }

  learn({ fighters, people }: FightView): void {
    for (const { id, name, creature, effects } of fighters) {
      this.#fighters.set(id, { name, creature });
      for (const effect of effects) this.#effects.set(effect.id, effect.name);
    }
    for (const person of people) this.#people.set(person.seat, person);
  }

  /** Worded when asked for: a name may become known after what its bearer did. */
  lines(events: readonly GameEvent[]): LogLine[] {
    return events.flatMap((event) => {
      this.#note(event);
      const line = lineOf(event, this.#names);
      return line ? [{ seq: event.seq, ...line, ...(event.data.gm === true ? { tone: "secret" as const } : {}) }] : [];
    });
  }

  readonly #names: Names = {
    fighter: (id) => this.#fighters.get(String(id))?.name ?? "Somebody",
    person: (seat) => (typeof seat === "number" ? this.#people.get(seat)?.name || `Seat ${seat + 1}` : "Somebody"),
    way: (id, by) => this.#way(String(id), String(by)),
    effect: (id, key) =>
      this.#effects.get(Number(id)) ?? ABILITIES.get(String(key))?.name ?? String(key).replaceAll("_", " "),
  };

  #note({ type, data }: GameEvent): void {
    if (type === "joined") this.#meet(data.combatant as { id: string; creature: string; ordinal: number });
    if (type === "effectAdded") this.#noteEffect(data.effect as { id: number; spec?: { name: string }; name?: string });
  }

  #meet({ id, creature, ordinal }: { id: string; creature: string; ordinal: number }): void {
    if (this.#fighters.has(id)) return;
    const kind = CREATURES.get(creature)?.name ?? creature;
    this.#fighters.set(id, { name: ordinal > 1 ? `${kind} ${ordinal}` : kind, creature });
  }

  #noteEffect({ id, spec, name }: { id: number; spec?: { name: string }; name?: string }): void {
    this.#effects.set(id, name ?? spec?.name ?? "an effect");
  }

  #way(id: string, by: string): string {
    return this.#attackOf(id, by)?.name ?? ABILITIES.get(id)?.name ?? id;
  }

  #attackOf(id: string, by: string) {
    return CREATURES.get(this.#fighters.get(by)?.creature ?? "")?.attacks.find((attack) => attack.id === id);
  }
}
