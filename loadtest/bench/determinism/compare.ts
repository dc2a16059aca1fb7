import type { Engine } from "./engines.ts";
import type { Recorded } from "./record.ts";

/** How an engine's replay of all matches compares with what was live. */
export interface Comparison {
  readonly engine: string;
  readonly equal: number;
  readonly seconds: number;
  /** Of each match that came to something else: its number, and to what. */
  readonly differing: readonly string[];
}

export async function compare(engine: Engine, matches: readonly Recorded[]): Promise<Comparison> {
  const started = performance.now();
  const outcomes = await engine.replay(matches.map(({ journal }) => journal));
  const seconds = (performance.now() - started) / 1000;
  const differing = matches.flatMap(({ liveHash }, index) =>
    outcomes[index] === liveHash ? [] : [`match ${index}: ${outcomes[index]} instead of ${liveHash}`],
  );
  return { engine: engine.name, equal: matches.length - differing.length, seconds, differing };
}
