import { canonical } from "../lib/canonical.ts";
import { sha256 } from "../lib/sha256.ts";
import { initialCore } from "./core.rules.ts";
import { Diverged, evolveEntry } from "./evolve.ts";
import { type AnyGame, CORE, type Entry } from "./game.ts";
import type { JournalStore } from "./journal.store.ts";
import { Pasts } from "./pasts.ts";

/** The first entry that is not what was written, and how that is known. */
export class Broken extends Error {
  readonly seq: number;

  constructor(seq: number, reason: string) {
    super(reason);
    this.seq = seq;
  }
}

/** The journal evolved once more, by nothing but the rules: the ledger has no part in it, so it is checked as well. */
export class Replay {
  readonly #game: AnyGame;
  readonly #pasts: Pasts | null;
  readonly #core = initialCore();
  #state: unknown;
  /** False once an entry was written by rules that are not at hand. */
  applies = true;

  constructor(game: AnyGame, pasts: Pasts | null) {
    this.#game = game;
    this.#pasts = pasts;
    this.#state = game.init();
  }

  take(entry: Entry, version: number): void {
    this.applies &&= version === this.#game.version;
    if (!this.applies) return;
    try {
      this.#state = evolveEntry(this.#game, this.#core, this.#state, entry, this.#pasts?.for(entry));
      this.#pasts?.note(entry.seq, this.#state);
    } catch (error) {
      throw error instanceof Diverged ? new Broken(entry.seq, error.message) : error;
    }
  }

  stateHash(): string {
    return sha256(canonical({ core: this.#core, state: this.#state }));
  }
}

/** A walk of its own before the others, because only the rewinds say which states will be wanted again. */
export async function pastsOf(
  game: AnyGame | undefined,
  sessionId: string,
  journalStore: Pick<JournalStore, "batches">,
): Promise<Pasts | null> {
  if (!game?.rewindable) return null;
  const rewinds: Entry[] = [];
  for await (const { body } of journalStore.batches(sessionId)) {
    for (const entry of parsed(body).entries ?? []) if (entry?.type === CORE.rewound) rewinds.push(entry);
  }
  return Pasts.of(rewinds);
}

/** What a body says, whatever became of it. */
export function parsed(body: string): { entries?: Entry[] } {
  try {
    return JSON.parse(body) ?? {};
  } catch {
    return {};
  }
}
