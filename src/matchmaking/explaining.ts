import type { Clock } from "../lib/clock.ts";
import { explain, explainSettled } from "./explain.rules.ts";
import { candidateOf, type Matcher } from "./leader.ts";
import type { Explanation, QueueRules } from "./matchmaking-types.rules.ts";
import { Pool } from "./pool.rules.ts";
import type { QueueStatus } from "./queue-status.store.ts";
import type { TicketExplanation } from "./ticket-view.ts";
import type { TicketDocument, TicketStatus, TicketStore } from "./tickets.store.ts";

/** So many neighbours by rating are read, above and below, where the pool is another process's. */
const NEAR = 50;

/** What became of tickets that wait no more. Between two looks any may have come so far, and then that is the answer. */
const SETTLED: Partial<Record<TicketStatus, string>> = {
  requires_acceptance: "A match was found, and its players are asked whether they want it.",
  placing: "A match was found, and its session is being made.",
  completed: "A match was found; the ticket holds the seat.",
  failed: "The search is over: the match that was found fell through.",
  cancelled: "The search was cancelled.",
  timed_out: "The search is over: nobody fit within the time that its queue allows.",
};

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
 * Why a ticket waits, or what became of it; null where its queue is not offered any more. Who leads the queue asks its
 * pool; any other process reads the neighbours and asks the same rules about these, so that an explanation never waits
 * for another process.
 */
export function explaining(parts: ExplainingParts): (ticket: TicketDocument) => Promise<TicketExplanation | null> {
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

  async function asItWaits(ticket: TicketDocument, rules: QueueRules): Promise<Explanation | null> {
    const at = { now: clock.now(), regions: regions() };
    const here = await poolOf(rules.id)
      ?.explain(rules.id, ticket._id, at)
      .catch(() => null);
    return here ?? fromNeighbours(ticket, rules);
  }

  return async (ticket) => {
    const { queue, status: was, since } = ticket;
    const rules = queues.get(queue);
    if (!rules) return null;
    const sentence = SETTLED[was];
    const explained =
      sentence === undefined
        ? await asItWaits(ticket, rules)
        : explainSettled(rules, Math.max(0, clock.now() - since), sentence);
    return explained && { ...explained, status: was };
  };
}
