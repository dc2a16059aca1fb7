import { KINDS, type Kind, type Random } from "./cluster-faults.ts";

/** One fault: a kind, or two at once. */
export interface Planned {
  readonly kinds: readonly Kind[];
  /** Milliseconds of play before it. */
  readonly after: number;
  /** Strikes in the moment of an acknowledgement, where the kind can. */
  readonly onAcknowledgement: boolean;
}

/** How often each kind comes, among so many. */
const WEIGHTS: Readonly<Record<Kind, number>> = {
  ...{ kill: 10, pause: 8, drain: 6, "redis-kept": 3, "redis-lost": 3, database: 4 },
  ...{ "cut-off": 4, "lost-replies": 5, cut: 4, "half-open": 3 },
};
const TWICE = 0.15;
const AFTER_MAX_MS = 1000;

/**
 * Faults in the order in which they come: the first ones are of every kind once.
 *
 * @param only the kinds to choose from; all when there is none
 */
export function schedule(count: number, random: Random, only: readonly Kind[] = []): Planned[] {
  const offered = only.length > 0 ? only : KINDS;
  const ballot = offered.flatMap((kind) => Array.from({ length: WEIGHTS[kind] }, () => kind));
  const draw = () => ballot[Math.floor(random() * ballot.length)]!;
  return Array.from({ length: count }, (_, index) => {
    const first = offered[index] ?? draw();
    const second = random() < TWICE && index >= offered.length ? draw() : first;
    const kinds = goTogether(first, second) ? [first, second] : [first];
    return { kinds, after: random() * AFTER_MAX_MS, onAcknowledgement: random() < 0.5 };
  });
}

/** Redis cannot die of two things. */
function goTogether(one: Kind, other: Kind): boolean {
  return one !== other && !(one.startsWith("redis") && other.startsWith("redis"));
}
