import type { Clock } from "../lib/clock.ts";
import { explain } from "./explain.rules.ts";
import { candidateOf, type Matcher } from "./leader.ts";
import type { Explanation, QueueRules } from "./matchmaking-types.rules.ts";
import { Pool } from "./pool.rules.ts";
import type { QueueStatus } from "./queue-status.store.ts";
import type { TicketDocument, TicketStore } from "./tickets.store.ts";

/** So many neighbours by rating are read, above and below, where the pool is another process's. */
const NEAR = 50;

export interface ExplainingParts {
  readonly queues: ReadonlyMap<string, QueueRules>;
  readonly store: TicketStore;
  /** Where this process leads the queue, its pool. */
  readonly poolOf: (queue: string) => Matcher | undefined;
  readonly status: (queue: string) => Promise<QueueStatus | null>;
  readonly regions: () => readonly string[];
  readonly clock: Clock;
}

/**
 * Why a ticket waits. Who leads the queue asks its pool; any other process reads the neighbours and asks the same rules about
 * these, so that an explanation never waits for another process.
 */
export function explaining(parts: ExplainingParts): (ticket: TicketDocument) => Promise<Explanation | null> {
  const { queues, store, poolOf, status, regions, clock } = parts;

  async function fromNeighbours(ticket: TicketDocument, rules: QueueRules): Promise<Explanation | null> {
    const pool = new Pool(rules);
    const [near, said] = await Promise.all([store.near(rules.id, ticket.rating, NEAR), status(rules.id)]);
    for (const one of [ticket, ...near]) pool.put(candidateOf(one));
    const explained = explain(pool, ticket._id, { now: clock.now(), regions: regions() });
    if (!explained) return null;
    const tickets = Math.max(explained.pool.tickets, said?.tickets ?? 0);
    return { ...explained, pool: { ...explained.pool, tickets, players: Math.max(explained.pool.players, tickets) } };
  }

  return async (ticket) => {
    const rules = queues.get(ticket.queue);
    if (!rules) return null;
    const at = { now: clock.now(), regions: regions() };
    const here = await poolOf(rules.id)
      ?.explain(rules.id, ticket._id, at)
      .catch(() => null);
    return here ?? fromNeighbours(ticket, rules);
  };
}
