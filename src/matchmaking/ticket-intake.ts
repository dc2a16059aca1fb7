import { type Refusal, refusal } from "../errors.ts";
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

interface Waiting {
  readonly ticket: NewTicket;
  readonly done: (ticket: TicketDocument | null) => void;
  readonly failed: (reason: unknown) => void;
}

/** Tickets that are written together. */
const BATCH = 500;
/** Tickets that wait to be written; more are told to come later. */
const WAITING_MAX = 20_000;

/**
 * Writes new tickets in groups: what comes while a group is being written is the next one. Each alone would wait for a
 * rating and for the database by itself, and a thousand a second would be two thousand round trips.
 */
export class TicketIntake {
  readonly #store: TicketStore;
  readonly #ratings: Ratings;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(store: TicketStore, ratings: Ratings) {
    this.#store = store;
    this.#ratings = ratings;
  }

  /**
   * The ticket, durable; null when it is there already, or a player of it has one in that queue.
   *
   * @throws Refusal `overloaded`, `unavailable`
   */
  add(ticket: NewTicket): Promise<TicketDocument | null> {
    if (this.#waiting.length >= WAITING_MAX) return Promise.reject(overloaded());
    return new Promise((done, failed) => {
      this.#waiting.push({ ticket, done, failed });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    // Whatever else arrived in this turn of the event loop belongs to the first group.
    await new Promise((next) => setImmediate(next));
    while (this.#waiting.length > 0) {
      const group = this.#waiting.slice(0, BATCH);
      this.#waiting = this.#waiting.slice(BATCH);
      await this.#write(group);
    }
    this.#running = false;
  }

  async #write(group: readonly Waiting[]): Promise<void> {
    try {
      const tickets = await this.#rated(group.map(({ ticket }) => ticket));
      const refused = await this.#store.insertAll(tickets);
      for (const [at, { done }] of group.entries()) done(refused.has(at) ? null : tickets[at]!);
    } catch (reason) {
      for (const { failed } of group) failed(reason);
    }
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

function overloaded(): Refusal {
  const refused = refusal("unavailable");
  refused.retryAfter = 1;
  return refused;
}
