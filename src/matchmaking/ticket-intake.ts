import { grouped } from "../lib/grouped.ts";
import type { QueueRules } from "./matchmaking-types.rules.ts";
import { type Ratings, UNRATED } from "./ratings-port.ts";
import { holdInQueue, type TicketDocument, type TicketPlayer, type TicketStore } from "./tickets.store.ts";

/** A ticket that nobody has rated yet. */
export interface NewTicket {
  readonly id: string;
  readonly rules: QueueRules;
  readonly partyId: string | null;
  readonly players: readonly Omit<TicketPlayer, "rating" | "sigma">[];
  readonly latencies: Readonly<Record<string, number>>;
  readonly since: number;
}

/**
 * Writes new tickets in groups: what comes while a group is being written is the next one. Each alone would wait for a
 * rating and for the database by itself, and a thousand a second would be two thousand round trips.
 */
export class TicketIntake {
  readonly #store: TicketStore;
  readonly #ratings: Ratings;

  /**
   * The ticket, durable; null when it is there already, or a player of it has one in that queue.
   *
   * @throws Refusal `unavailable`
   */
  readonly add: (ticket: NewTicket) => Promise<TicketDocument | null>;

  constructor(store: TicketStore, ratings: Ratings) {
    this.#store = store;
    this.#ratings = ratings;
    this.add = grouped((group) => this.#write(group));
  }

  async #write(group: readonly NewTicket[]): Promise<(TicketDocument | null)[]> {
    const tickets = await this.#rated(group);
    const refused = await this.#store.insertAll(tickets);
    return tickets.map((ticket, at) => (refused.has(at) ? null : ticket));
  }

  async #rated(group: readonly NewTicket[]): Promise<TicketDocument[]> {
    const queues = new Map(group.map(({ rules }) => [rules.id, rules]));
    const read = async ({ id, type, gameId = type, mode }: QueueRules) => {
      const players = group.filter(({ rules }) => rules.id === id).flatMap((ticket) => ticket.players);
      const accounts = players.map(({ accountId }) => accountId);
      return [id, await this.#ratings.ratingsOf(accounts, gameId, mode)] as const;
    };
    // All queues at once: a group with tickets for five would wait for one after the other.
    const known = new Map(await Promise.all([...queues.values()].map(read)));
    return group.map((ticket) => documentOf(ticket, known.get(ticket.rules.id)!));
  }
}

function documentOf(ticket: NewTicket, ratings: Awaited<ReturnType<Ratings["ratingsOf"]>>): TicketDocument {
  const { id, rules, partyId, latencies, since } = ticket;
  const players = ticket.players.map((player) => {
    const { rating, sigma } = ratings.get(player.accountId) ?? UNRATED;
    return { ...player, rating, sigma };
  });
  const rating = players.reduce((sum, player) => sum + player.rating, 0) / players.length;
  return {
    ...{ _id: id, queue: rules.id, partyId, players, rating, latencies, since },
    ...{ status: "queued", pool: "new", matchId: null, reason: null, version: 1, expiresAt: null },
    holds: players.map(({ accountId }) => holdInQueue(rules.id, accountId)),
  };
}
