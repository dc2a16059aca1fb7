import { canonical } from "../lib/canonical.ts";
import { type CoreState, evolveCore } from "./core.rules.ts";
import { type AnyGame, CORE, type Draft, type Entry, TICK, type TickInputs } from "./game.ts";

/** A tick of the journal, stepped again, decided something else: the rules or the journal are not what they were. */
export class Diverged extends Error {
  readonly seq: number;

  constructor({ seq }: Entry) {
    super(`the rules decide something else at tick entry ${seq} than the journal says`);
    this.seq = seq;
  }
}

/**
 * What the game is not told. Who owns the session is nothing it may depend on, for a crash must not change the course
 * of play; a pause is over before anything else happens; and an edit is about the session.
 */
const NOT_FOR_GAMES: ReadonlySet<string> = new Set([CORE.owner, CORE.paused, CORE.edited]);

/**
 * Applies one entry of the journal to a session's state: recovery, verification and re-simulation all go this way.
 *
 * @param past for a rewind: the state it goes back to, which becomes the session's and is changed from here on
 * @returns the state to go on with: the same object but for a rewind
 * @throws Diverged when a tick does not decide what it decided when it was played
 */
export function evolveEntry<State>(game: AnyGame, core: CoreState, state: State, entry: Entry, past?: State): State {
  evolveCore(core, entry);
  if (entry.type === TICK) repeatTick(game, state, entry);
  if (entry.type === TICK || NOT_FOR_GAMES.has(entry.type)) return state;
  const current = entry.type === CORE.rewound ? takeBack(entry, past) : state;
  game.evolve(current, entry);
  return current;
}

function takeBack<State>({ seq, data }: Entry, past: State | undefined): State {
  if (past === undefined) throw new Error(`entry ${seq} goes back to a state that is not at hand`);
  if (data.reroll === true && data.draws !== undefined) (past as { draws: unknown }).draws = data.draws;
  return past;
}

function repeatTick(game: AnyGame, state: unknown, entry: Entry): void {
  const { facts } = playTick(game, state, entry.data.in as TickInputs);
  if (canonical(facts) !== canonical(entry.data.facts ?? [])) throw new Diverged(entry);
}

/** What a tick decided, and the session's end if that was part of it: the end is an entry of its own. */
export interface Played {
  readonly facts: readonly Draft[];
  readonly ending: Draft | undefined;
}

const NOTHING: Played = { facts: [], ending: undefined };
const LEDGER_ONLY: ReadonlySet<string> = new Set(Object.values(CORE));

/** Steps the game by one tick: mutates `state`. */
export function playTick(game: AnyGame, state: unknown, inputs: TickInputs): Played {
  const drafts = game.realtime!.step(state, inputs);
  if (drafts.length === 0) return NOTHING;
  const ending = drafts.find(({ type }) => type === CORE.ended);
  const facts = drafts.filter((draft) => draft !== ending);
  const forged = facts.find(({ type }) => LEDGER_ONLY.has(type));
  if (forged) throw new Error(`game ${game.id} may not decide ${forged.type} in a tick`);
  return { facts, ending };
}

/** The facts of a tick as entries of their own, which is how clients see them; any other entry is itself. */
export function factsOf(entry: Entry): readonly Entry[] {
  if (entry.type !== TICK) return [entry];
  const { seq, at, data } = entry;
  if (data.facts === undefined) return [];
  return (data.facts as unknown as Draft[]).map((fact) => ({ seq, at, seat: null, type: fact.type, data: fact.data }));
}
