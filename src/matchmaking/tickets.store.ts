import { type Connection, type mongo, Schema } from "mongoose";
import { areTaken, insertedBut } from "../infra/mongo.ts";
import type { Device } from "../sessions/sessions.store.ts";

/** `queued`: no matchmaker has seen it yet. `searching`: it is in the pool. The last four are for good. */
export const TICKET_STATUSES = [
  ...(["queued", "searching", "requires_acceptance", "placing"] as const),
  ...(["completed", "failed", "cancelled", "timed_out"] as const),
];
export type TicketStatus = (typeof TICKET_STATUSES)[number];

/** Those of a ticket that waits for a match. */
export const WAITING: readonly TicketStatus[] = ["queued", "searching"];

/**
 * What the matchmaker has to do with a ticket: to take it in (`new`), nothing while it waits (`in`), to take it out because
 * it was cancelled (`out`), to look after its match (`claimed`), nothing any more (`none`).
 */
export type PoolPart = "new" | "in" | "out" | "claimed" | "none";

export interface TicketPlayer {
  readonly accountId: string;
  readonly name: string;
  readonly device?: Device;
  /** As the server read them when the ticket was made: integers of 1e-6. */
  readonly rating: number;
  readonly sigma: number;
  readonly role?: string;
}

/** One player, or a whole party: whoever is in one document cannot be parted. */
export interface TicketDocument {
  readonly _id: string;
  readonly queue: string;
  readonly partyId: string | null;
  readonly players: readonly TicketPlayer[];
  /** The mean of its players', by which its neighbours are found. */
  readonly rating: number;
  readonly latencies: Readonly<Record<string, number>>;
  readonly status: TicketStatus;
  readonly pool: PoolPart;
  /** When the waiting began, in ms; a requeued ticket keeps it. */
  readonly since: number;
  /** The match that has claimed it, or null. */
  readonly matchId: string | null;
  /**
   * Names that only one document may have: every player in this queue and, once claimed, every player in a match at all.
   * A ticket that is over holds nothing but its own id, because an index of the portable subset cannot leave it out.
   */
  readonly holds: readonly string[];
  /** Why it came to nothing. */
  readonly reason: string | null;
  readonly version: number;
  /** When it may be forgotten; null while it is of use. */
  readonly expiresAt: Date | null;
}

const player = {
  ...{ accountId: { type: String, required: true }, name: { type: String, default: "" }, device: { type: String } },
  ...{ rating: { type: Number, required: true }, sigma: { type: Number, required: true }, role: { type: String } },
};

const schema = new Schema<TicketDocument>(
  {
    _id: { type: String, required: true },
    queue: { type: String, required: true },
    partyId: { type: String, default: null },
    players: { type: [{ ...player, _id: false }], required: true },
    rating: { type: Number, required: true },
    latencies: { type: Schema.Types.Mixed, default: {} },
    status: { type: String, enum: TICKET_STATUSES, required: true },
    pool: { type: String, required: true },
    since: { type: Number, required: true },
    matchId: { type: String, default: null },
    holds: { type: [String], required: true },
    reason: { type: String, default: null },
    version: { type: Number, required: true },
    expiresAt: { type: Date, default: null },
  },
  { collection: "tickets", versionKey: false, minimize: false },
);
schema.index({ holds: 1 }, { unique: true });
schema.index({ queue: 1, pool: 1, rating: 1 });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

/** Somebody has one ticket in a queue. */
export const holdInQueue = (queue: string, accountId: string) => `queue/${queue}/${accountId}`;
/** Somebody is claimed by one match, whatever the queue. */
const holdInMatch = (accountId: string) => `match/${accountId}`;

/** How long a ticket that is over can still be read. */
const KEPT_MS = 3600_000;
/** Tickets read together when a pool is rebuilt. */
const POOL_PAGE = 5000;

export type TicketStore = ReturnType<typeof ticketStore>;

/** Every change is one conditional update of one document; those of many tickets are as many of these in one call. */
export function ticketStore(connection: Connection) {
  const model = connection.model<TicketDocument>("Ticket", schema);
  const collection = model.collection as unknown as mongo.Collection<TicketDocument>;
  const bumped = { $inc: { version: 1 } } as const;

  async function bulk(writes: mongo.AnyBulkWriteOperation<TicketDocument>[]): Promise<number> {
    if (writes.length === 0) return 0;
    try {
      return (await collection.bulkWrite(writes, { ordered: false })).modifiedCount;
    } catch (error) {
      if (!areTaken(error)) throw error;
      return error.modifiedCount;
    }
  }

  return {
    /**
     * Many at once.
     *
     * @returns the positions of those that were not written, because something they hold is held already
     */
    async insertAll(tickets: readonly TicketDocument[]): Promise<ReadonlySet<number>> {
      return insertedBut(collection.insertMany([...tickets], { ordered: false }), tickets.length);
    },

    async find(id: string): Promise<TicketDocument | null> {
      return collection.findOne({ _id: id });
    },

    async findMany(ids: readonly string[]): Promise<TicketDocument[]> {
      return collection.find({ _id: { $in: [...ids] } }).toArray();
    },

    /** What has changed of these, for those who wait for it. */
    async versions(ids: readonly string[]): Promise<{ _id: string; version: number }[]> {
      const fields = { projection: { version: 1 } };
      return collection.find({ _id: { $in: [...ids] } }, fields).toArray();
    },

    /** Tickets of somebody in these queues that are not over. */
    async activeOf(queues: readonly string[], accountIds: readonly string[]): Promise<TicketDocument[]> {
      const held = queues.flatMap((queue) => accountIds.map((accountId) => holdInQueue(queue, accountId)));
      return collection.find({ holds: { $in: held } }).toArray();
    },

    /** Those that the matchmaker has to take in, or out. */
    async toDo(queue: string, limit: number): Promise<TicketDocument[]> {
      const parts: PoolPart[] = ["new", "out"];
      return collection
        .find({ queue, pool: { $in: parts } })
        .limit(limit)
        .toArray();
    },

    async markSearching(ids: readonly string[]): Promise<void> {
      const found = { _id: { $in: [...ids] }, pool: "new" as const };
      await collection.updateMany(found, { $set: { status: "searching", pool: "in" }, ...bumped });
    },

    async markOut(ids: readonly string[]): Promise<void> {
      await collection.updateMany({ _id: { $in: [...ids] }, pool: "out" }, { $set: { pool: "none" } });
    },

    /** The pool of a queue, page by page. */
    async *pooled(queue: string): AsyncGenerator<TicketDocument[]> {
      let page: TicketDocument[] = [];
      for await (const ticket of collection.find({ queue, pool: "in" }).batchSize(POOL_PAGE)) {
        page.push(ticket);
        if (page.length < POOL_PAGE) continue;
        yield page;
        page = [];
      }
      if (page.length > 0) yield page;
    },

    /** Some of those that wait whose rating is nearest, above and below. */
    async near(queue: string, rating: number, each: number): Promise<TicketDocument[]> {
      const waits = { queue, pool: "in" as const };
      const sides = [
        collection.find({ ...waits, rating: { $gte: rating } }).sort({ rating: 1 }),
        collection.find({ ...waits, rating: { $lt: rating } }).sort({ rating: -1 }),
      ];
      return (await Promise.all(sides.map((side) => side.limit(each).toArray()))).flat();
    },

    /** Tickets that a match has claimed. */
    async claimed(queue: string, limit: number): Promise<TicketDocument[]> {
      return collection.find({ queue, pool: "claimed" }).limit(limit).toArray();
    },

    /** For a match; a ticket goes to one match only, and a player, too. @returns how many of them were to be had */
    async claim(matchId: string, tickets: readonly TicketDocument[], status: TicketStatus): Promise<number> {
      return bulk(
        tickets.map(({ _id, players }) => ({
          updateOne: {
            filter: { _id, status: { $in: [...WAITING] }, matchId: null },
            update: {
              $set: { status, matchId, pool: "claimed" },
              $addToSet: { holds: { $each: players.map(({ accountId }) => holdInMatch(accountId)) } },
              ...bumped,
            },
          },
        })),
      );
    },

    /** Those that the match has claimed go on to the next status. */
    async advance(matchId: string, ids: readonly string[], from: TicketStatus, to: TicketStatus): Promise<void> {
      const claimed = { _id: { $in: [...ids] }, matchId, status: from };
      await collection.updateMany(claimed, { $set: { status: to }, ...bumped });
    },

    /** Those that the match has claimed wait again, as long as they did. */
    async release(matchId: string, tickets: readonly Pick<TicketDocument, "_id" | "players">[]): Promise<void> {
      const ids = tickets.map(({ _id }) => _id);
      const held = tickets.flatMap(({ players }) => players.map(({ accountId }) => holdInMatch(accountId)));
      await collection.updateMany(
        { _id: { $in: ids }, matchId, pool: "claimed" },
        { $set: { status: "queued", pool: "new", matchId: null }, $pull: { holds: { $in: held } }, ...bumped },
      );
    },

    /** Those that left the pool for a match that could not have them are taken in again. */
    async takeInAgain(ids: readonly string[]): Promise<void> {
      const waits = { _id: { $in: [...ids] }, pool: "in" as const, matchId: null };
      await collection.updateMany(waits, { $set: { status: "queued", pool: "new" } });
    },

    /** They keep nobody from the next match any more. */
    async letGo(matchId: string, ids: readonly string[], now: number): Promise<void> {
      const $set = { expiresAt: new Date(now + KEPT_MS) };
      await bulk(
        ids.map((_id) => ({
          updateOne: {
            filter: { _id, matchId, status: "completed" },
            update: { $set: { ...$set, pool: "none", holds: [_id] } },
          },
        })),
      );
    },

    /** For good, those that are in one of these statuses; `matchId` names the match that must have claimed them, or null. */
    async end(ids: readonly string[], over: Ending): Promise<number> {
      const { from, to, reason, matchId, pool, now } = over;
      const $set = { status: to, reason, pool, expiresAt: new Date(now + KEPT_MS) };
      return bulk(
        ids.map((_id) => ({
          updateOne: {
            filter: { _id, matchId, status: { $in: [...from] } },
            update: { $set: { ...$set, holds: [_id] }, ...bumped },
          },
        })),
      );
    },
  };
}

export interface Ending {
  readonly from: readonly TicketStatus[];
  readonly to: TicketStatus;
  readonly reason: string;
  readonly matchId: string | null;
  /** `out` unless the matchmaker itself says so. */
  readonly pool: "out" | "none";
  readonly now: number;
}
