import { LRUCache } from "lru-cache";
import type { PersonalData } from "../accounts/personal-data.ts";
import type { Principal } from "../accounts/tokens.ts";
import type { AnyEndpoint } from "../http/endpoint.ts";
import type { Cluster } from "../infra/cluster.ts";
import type { AnyGame } from "../journal/game.ts";
import type { Clock } from "../lib/clock.ts";
import { inOrder } from "../lib/in-order.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../ops/metrics.ts";
import type { Regions } from "../ops/regions.ts";
import type { Reservations, SeatReservation } from "../sessions/reservations.ts";
import type { AbsenceStore } from "./absences.store.ts";
import { BUNDLED_QUEUES } from "./bundled-queues.rules.ts";
import { ChangeWatch } from "./change-watch.ts";
import { explaining } from "./explaining.ts";
import { Grace } from "./grace.ts";
import { QueueLeader } from "./leader.ts";
import { MATCH_CALL, MatchSessions, type MatchSessionsParts } from "./match-sessions.ts";
import { MatcherPool } from "./matcher-pool.ts";
import type { QueueRules } from "./matchmaking-types.rules.ts";
import { OpenRooms } from "./open-rooms.ts";
import { partiesEndpoints } from "./parties.routes.ts";
import type { PartyStore } from "./parties.store.ts";
import { Parties } from "./parties.ts";
import type { PlacementDocument, PlacementStore } from "./placement.store.ts";
import { Placements } from "./placement.ts";
import type { QueueStatus, QueueStatusStore } from "./queue-status.store.ts";
import { readQueues } from "./queues.rules.ts";
import { noRatings, type Ratings } from "./ratings-port.ts";
import { TicketIntake } from "./ticket-intake.ts";
import { ticketsEndpoints } from "./tickets.routes.ts";
import type { TicketStore } from "./tickets.store.ts";
import { Tickets } from "./tickets.ts";

export interface MatchmakingDocs {
  readonly tickets: TicketStore;
  readonly placements: PlacementStore;
  readonly parties: PartyStore;
  readonly queueStatus: QueueStatusStore;
  readonly absences: AbsenceStore;
}

export interface MatchmakingParts extends Omit<MatchSessionsParts, "placeIn"> {
  readonly docs: MatchmakingDocs;
  /** Games that queues may make sessions of. */
  readonly games: readonly AnyGame[];
  readonly queues?: readonly QueueRules[];
  /** Where nobody is rated, everybody counts as a beginner. */
  readonly ratings?: Ratings;
  readonly cluster: Pick<Cluster, "owners" | "lease">;
  readonly regions: Regions;
  readonly reservations: Reservations;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What the lobby needs. */
export interface LobbyServices {
  readonly tickets: Tickets;
  readonly parties: Parties;
  readonly grace: Grace;
  readonly ticketWatch: ChangeWatch;
  readonly partyWatch: ChangeWatch;
  readonly queues: ReadonlyMap<string, QueueRules>;
  readonly status: (queue: string) => Promise<QueueStatus | null>;
}

export interface Matchmaking {
  readonly endpoints: readonly AnyEndpoint[];
  readonly lobby: LobbyServices;
  /** What other processes ask this one to do with the session of a match. */
  readonly calls: Readonly<Record<string, MatchSessions["answer"]>>;
  readonly personalData: PersonalData;
  start(): void;
  stop(): Promise<void>;
}

/** How old what is told of a queue may be, in ms. */
const STATUS_MS = 2000;
/** A reservation is good for 15 s; until shortly before that the same one is told again. */
const SEAT = { max: 20_000, ttl: 10_000 };
const SWEEP_MS = 2000;
/** What an export lists of one kind. */
const EXPORTED_MAX = 1000;

/** From "find me a game" to a seat in it. */
export function createMatchmaking(parts: MatchmakingParts): Matchmaking {
  const { docs, games, ratings = noRatings, cluster, regions, clock, log, metrics } = parts;
  const offered = games.map(({ id, seats }) => ({ type: id, seats }));
  const data = (parts.queues ?? BUNDLED_QUEUES).filter((queue) => offered.some(({ type }) => type === queue.type));
  const queues = readQueues(data, offered);
  const served = () => regions.list().map(({ region }) => region);
  const [ticketWatch, partyWatch] = [new ChangeWatch(docs.tickets, log), new ChangeWatch(docs.parties, log)];

  const sessions = new MatchSessions({ ...parts, placeIn: regions.place });
  const placements = new Placements({
    ...{ queues, store: docs.placements, tickets: docs.tickets, sessions, watch: ticketWatch, clock, log },
    onOutcome: (queue, outcome) => metrics.matches.inc({ queue, outcome }),
  });
  const openRooms = new OpenRooms({ store: docs.placements, sessions, clock });

  let pool: MatcherPool | undefined;
  const matcher = () => {
    pool ??= new MatcherPool({
      onDeath(error) {
        log.error({ error: String(error) }, "the matcher's thread died");
        pool = undefined;
      },
    });
    return pool;
  };
  const leaders = new Map(
    [...queues.values()].map((rules) => [
      rules.id,
      new QueueLeader({
        ...{ rules, matcher, tickets: docs.tickets, placements, openRooms, status: docs.queueStatus },
        ...{ alone: cluster.owners.alone, lease: cluster.lease(`matchmaking/${rules.id}`) },
        ...{
          watch: ticketWatch,
          regions: served,
          clock,
          log,
          onPass: (seconds) => metrics.matchmakerPass.observe(seconds),
        },
      }),
    ]),
  );

  const status = statusReader(docs.queueStatus, [...queues.keys()], clock);
  const poolOf = (queue: string) => (leaders.get(queue)?.leads ? pool : undefined);
  const parties: Parties = new Parties({
    ...{ store: docs.parties, clock },
    async onChanged(party, was) {
      await tickets.voidOf(was);
      partyWatch.changed([party._id]);
    },
  });
  const tickets: Tickets = new Tickets({
    ...{ queues, store: docs.tickets, intake: new TicketIntake(docs.tickets, ratings), placements: docs.placements },
    ...{ parties, watch: ticketWatch, clock, regions: served, seat: seatTeller(parts.reservations, queues) },
    estimate: async (queue) => (await status(queue))?.estimatedWaitSeconds ?? null,
    explain: explaining({ queues, store: docs.tickets, poolOf, status, regions: served, clock }),
    nudge: (queue) => leaders.get(queue)?.nudge(),
  });
  const giveUp = (id: string) => tickets.giveUp([id], "player_left");
  const grace = new Grace({ store: docs.absences, clock, giveUp });

  const duty = cluster.lease("matchmaking");
  let sweeping = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const sweep = async () => void ((await duty.hold()) !== null && (await grace.sweep()));
  const sweepSoon = () => {
    timer = setTimeout(() => {
      const failed = (error: unknown) => log.warn({ error: String(error) }, "tickets of those who left stay");
      sweeping = sweep().catch(failed).finally(sweepSoon);
    }, SWEEP_MS).unref();
  };

  return {
    endpoints: [...ticketsEndpoints({ tickets, queues, status }), ...partiesEndpoints({ parties })],
    lobby: { tickets, parties, grace, ticketWatch, partyWatch, queues, status },
    calls: { [MATCH_CALL]: sessions.answer },
    personalData: {
      name: "matchmaking",
      export: async (id) => ({
        tickets: await tickets.activeOf([id]),
        party: await parties.ofMember(id),
        matches: await docs.placements.listOf(id, EXPORTED_MAX),
      }),
      async erase(id) {
        const active = await tickets.activeOf([id]);
        await tickets.giveUp(
          active.map(({ _id }) => _id),
          "account_erased",
        );
        await parties.forget(id);
        await docs.placements.forget(id);
      },
    },
    start() {
      for (const leader of leaders.values()) leader.start();
      sweepSoon();
    },
    async stop() {
      clearTimeout(timer);
      ticketWatch.close();
      partyWatch.close();
      await sweeping;
      clearTimeout(timer);
      const steps = [...leaders].map(([queue, leader]) => [queue, () => leader.stop()] as const);
      await inOrder(Object.fromEntries(steps), (queue, error) => log.warn({ queue, error: String(error) }, "not left"));
      await duty.release().catch(() => undefined);
      await pool?.end();
    },
  };
}

/** What leaders say of their queues, read together and seldom: every ticket that is shown asks for it. */
function statusReader(store: QueueStatusStore, ids: readonly string[], clock: { monotonic(): number }) {
  let known: Promise<ReadonlyMap<string, QueueStatus>> = Promise.resolve(new Map());
  let readAt = Number.NEGATIVE_INFINITY;
  return async (queue: string): Promise<QueueStatus | null> => {
    if (clock.monotonic() - readAt > STATUS_MS) {
      readAt = clock.monotonic();
      const last = known;
      known = store.all(ids).then(
        (rows) => new Map(rows.map((row) => [row._id, row])),
        () => last,
      );
    }
    return (await known).get(queue) ?? null;
  };
}

/** Stages in which players are on their way. */
const COMING: ReadonlySet<PlacementDocument["stage"]> = new Set(["seated", "arriving"]);

/** Places in the rooms of matches, one for each player at a time: somebody who asks again and again fills no room. */
function seatTeller(reservations: Reservations, queues: ReadonlyMap<string, QueueRules>) {
  const told = new LRUCache<string, Promise<SeatReservation | undefined>>(SEAT);
  return ({ _id, sessionId, queue, stage }: PlacementDocument, who: Principal) => {
    const type = queues.get(queue)?.type;
    if (!COMING.has(stage) || type === undefined || !reservations.hasRooms(type)) return Promise.resolve(undefined);
    const key = `${_id}/${who.accountId}/${who.deviceId}`;
    let seat = told.get(key);
    if (!seat) {
      // Without one the player asks again, or joins by the session's own route.
      seat = reservations.reserve(sessionId, who, { role: "player" }).catch(() => {
        told.delete(key);
        return undefined;
      });
      told.set(key, seat);
    }
    return seat;
  };
}
