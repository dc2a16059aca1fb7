/** How much later than the first word of a new owner the former one's last may arrive: what sockets and hops hold. */
export const EXPLAINED_MS = 500;

interface Span {
  first: number;
  last: number;
}

/** By which owner's word a client went, and when: the epochs it was told, on one monotonic clock for all clients. */
export class Sightings {
  readonly #spans = new Map<number, Span>();

  /** @param epoch null while it is not known; @param at monotonic, in ms */
  saw(epoch: number | null, at = performance.now()): void {
    if (epoch === null) return;
    const span = this.#spans.get(epoch);
    if (span) span.last = at;
    else this.#spans.set(epoch, { first: at, last: at });
  }

  spans(): ReadonlyMap<number, Readonly<Span>> {
    return this.#spans;
  }
}

/**
 * Moments in which two owners of one session were visible: a former owner's word after somebody had the next one's.
 *
 * @param clients all clients of one session
 */
export function twoOwners(clients: readonly { readonly name: string; readonly sightings: Sightings }[]): string[] {
  const spans = clients.flatMap(({ name, sightings }) =>
    [...sightings.spans()].map(([epoch, span]) => ({ name, epoch, ...span })),
  );
  return spans.flatMap(({ name, epoch, last }) => {
    const later = spans.filter((other) => other.epoch > epoch && last - other.first > EXPLAINED_MS);
    return later.map((other) => {
      const ms = Math.round(last - other.first);
      const when = new Date(performance.timeOrigin + last).toISOString();
      return `${when} ${name} had the word of epoch ${epoch} ${ms} ms after ${other.name} had that of ${other.epoch}`;
    });
  });
}
