import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Room } from "@colyseus/core";
import { ArenaRoom } from "../rooms/ArenaRoom.ts";
import { bindRoom } from "../rooms/admission.ts";
import { CombatRoom } from "../rooms/CombatRoom.ts";
import { DiceRoom } from "../rooms/DiceRoom.ts";
import { lobbyOf } from "../rooms/LobbyRoom.ts";
import { mayReturn, type RoomDeps } from "../rooms/room-deps.ts";
import { createIdentity } from "./accounts/identity.ts";
import { fileMail, noMail } from "./accounts/mail.ts";
import type { PersonalData } from "./accounts/personal-data.ts";
import { resolveSecret } from "./accounts/secret.ts";
import type { Principal } from "./accounts/tokens.ts";
import { arena } from "./arena/arena.rules.ts";
import { auditEndpoints } from "./audit/audit.routes.ts";
import { createAudit } from "./audit/audit.ts";
import { campaignsEndpoints } from "./campaigns/campaigns.routes.ts";
import { createCampaigns } from "./campaigns/campaigns.ts";
import { combatEndpoints } from "./combat/combat.routes.ts";
import { combat } from "./combat/combat.rules.ts";
import type { Config } from "./config.ts";
import { custom, player } from "./custom/custom.rules.ts";
import { dice } from "./dice/dice.rules.ts";
import { type EmbeddedOptions, startEmbedded } from "./embedded/embedded.ts";
import { clientAddress, type Trusts } from "./http/client-address.ts";
import { corsHeaders } from "./http/cors.ts";
import { withDocs } from "./http/docs.ts";
import { buildHttp } from "./http/http.ts";
import { createIdempotency } from "./http/idempotency.ts";
import { memoryCounters } from "./http/limits.memory.ts";
import { redisCounters } from "./http/limits.redis.ts";
import { addressKey, limitByKey, limitCalls } from "./http/limits.ts";
import { Breaker } from "./infra/breaker.ts";
import { aloneCluster, joinCluster } from "./infra/cluster.ts";
import { createColyseus } from "./infra/colyseus.ts";
import { ADOPT, YOUNG_MS } from "./infra/drain.ts";
import { OutputGate } from "./infra/gate.ts";
import { connectMongo, disconnectMongo, ensureIndexes, ping, watchDatabase, watchProbes } from "./infra/mongo.ts";
import { RedisLink } from "./infra/redis.ts";
import { colyseusReservations } from "./infra/reservations.ts";
import { Rooms } from "./infra/rooms.ts";
import { Takeover } from "./infra/takeover.ts";
import { startWatchdog } from "./infra/watchdog.ts";
import { invitesEndpoints } from "./invites/invites.routes.ts";
import { Invites } from "./invites/invites.ts";
import type { Batch } from "./journal/batch.ts";
import type { AnyGame } from "./journal/game.ts";
import { Journal } from "./journal/journal.ts";
import { systemClock as clock } from "./lib/clock.ts";
import { inOrder } from "./lib/in-order.ts";
import { uuid7 } from "./lib/uuid7.ts";
import type { Logger } from "./log.ts";
import { createMatchmaking } from "./matchmaking/matchmaking.ts";
import { createMetrics } from "./ops/metrics.ts";
import { clusterMetricsOf, journalMetricsOf } from "./ops/metrics-of-parts.ts";
import { opsEndpoints } from "./ops/ops.routes.ts";
import { regionsEndpoints } from "./ops/regions.routes.ts";
import { createRegions } from "./ops/regions.ts";
import { createRanking } from "./ranking/ranking.ts";
import { memoryRankingIndex } from "./ranking/ranking-index.memory.ts";
import { redisRankingIndex } from "./ranking/ranking-index.redis.ts";
import { ActingSessions } from "./sessions/acting-sessions.ts";
import { Entering } from "./sessions/entering.ts";
import { Handoffs } from "./sessions/handoffs.ts";
import { Seating } from "./sessions/seating.ts";
import { seatsEndpoints } from "./sessions/seats.routes.ts";
import { Seats } from "./sessions/seats.ts";
import { isInReach, mayHost, SessionAccess } from "./sessions/session-access.ts";
import { aloneCache, noSessionCache } from "./sessions/session-cache.memory.ts";
import { RedisSessionCache } from "./sessions/session-cache.redis.ts";
import { SessionCommands } from "./sessions/session-commands.ts";
import { sessionIdOf } from "./sessions/session-path.ts";
import { seatsAsPersonalData } from "./sessions/session-people.ts";
import { sessionQuota } from "./sessions/session-quota.ts";
import { SessionReads } from "./sessions/session-reads.ts";
import { Place, Session } from "./sessions/session-shapes.ts";
import { sessionStateEndpoints } from "./sessions/session-state.routes.ts";
import { sessionWritesEndpoints } from "./sessions/session-writes.routes.ts";
import { sessionsEndpoints } from "./sessions/sessions.routes.ts";
import { Sessions } from "./sessions/sessions.ts";
import { stampedStore } from "./sessions/stamped-store.ts";
import { Sweeper } from "./sessions/sweeper.ts";
import { openStores } from "./stores.ts";
import { VERSION } from "./version.ts";

export interface BundledGame {
  readonly game: AnyGame;
  readonly room: new () => Room;
}

/** The games this server offers; clients join a room by the game's id. */
const GAMES: readonly BundledGame[] = [
  { game: dice, room: DiceRoom },
  { game: arena, room: ArenaRoom },
  { game: combat, room: CombatRoom },
];

/** How often one account may join a room. */
const JOINS = { points: 60, seconds: 60 };

/** Of the time to drain, what is left for closing down after everybody has moved. */
const CLOSING_MS = 3000;

/** What an export lists of one kind. */
const EXPORTED_MAX = 1000;

export interface App {
  readonly port: number;
  /** Resolves when players may be sent here. */
  readonly ready: Promise<void>;
  /** A promise failed with nobody listening. */
  countRejection(): void;
  /** Drains and closes everything; see main.ts for the deadline. */
  close(): Promise<void>;
}

/**
 * The composition root: what there is, and what is wired to what. Nothing else picks an adapter.
 *
 * @param onFatal called when the process must not go on: its database died, or the cluster declared it dead
 */
export async function createApp(
  config: Config,
  log: Logger,
  onFatal: (reason: Error) => void,
  bundled: readonly BundledGame[] = GAMES,
): Promise<App> {
  let phase: "starting" | "ready" | "draining" = "starting";
  const processId = uuid7(clock.now());
  const metrics = createMetrics();

  // Redis, by which the processes of a cluster find each other's rooms and share what is asked often
  const missed = (part: string) => metrics.redisMissed.inc({ part });
  const { redisUrl: url } = config;
  const redis = url ? await RedisLink.open({ url, name: `hypogeum-${processId}`, log }) : undefined;
  const sharedCache = redis ? new RedisSessionCache(redis, clock, () => missed("stamp")) : undefined;
  const cache = sharedCache ?? (config.mongodbUri === undefined ? aloneCache() : noSessionCache());

  // The database, and whether this process may speak for what is in it
  const tell: EmbeddedOptions["log"] = (level, message, fields) =>
    log[level]({ source: "embedded", ...fields }, message);
  const startOwn = () => startEmbedded({ dir: config.dataDir, onDeath: onFatal, log: tell });
  const embedded = config.mongodbUri === undefined ? await startOwn() : undefined;
  const uri = config.mongodbUri ?? embedded!.uri;
  const connection = await connectMongo({ uri, dbName: "hypogeum", log, isOwn: embedded !== undefined });
  const breaker = new Breaker((why) => metrics.breakerRefused.inc({ of: "database", why }));
  watchDatabase(connection, breaker);
  if (!embedded) watchProbes(connection, onFatal);
  const stores = openStores(connection, breaker);
  const store = stampedStore(stores.store, cache);
  const { journalStore, snapshots, identityDocs, processes, leases, sessionOwners, people } = stores;
  const { idempotencies, audits, handoffsStore, invitesStore, campaignsStore } = stores;
  const indexed = ensureIndexes(connection);
  const keys = await resolveSecret(config);
  const gate = embedded ? OutputGate.alwaysOpen() : new OutputGate(clock);
  const cluster = embedded
    ? aloneCluster(processId)
    : await joinCluster({
        ...{ processId, config, processes, leases, sessionOwners, hopKey: keys.hopKey, gate, clock, log, onFatal },
        metrics: clusterMetricsOf(metrics),
      });
  const { owners } = cluster;
  const duty = cluster.lease("sweeper");
  const isOnDuty = async () => (await duty.hold()) !== null;

  const audit = createAudit({
    ...{ store: audits, clock, log, retentionDays: config.auditRetentionDays },
    onDropped: (events) => metrics.auditDropped.inc(events),
  });

  // Identity
  const personalData: PersonalData[] = [];
  const mail = config.dataDir === ":memory:" ? noMail : fileMail({ dir: join(config.dataDir, "log"), clock });
  const identity = createIdentity({
    ...{ stores: identityDocs, config, keys, log, clock, audit, mail, blockOf: addressKey, personalData },
    onRevoked: ({ accountId, deviceId, code }) => rooms.closeConnections(accountId, deviceId, code),
    statisticsOf: (accountId) => ranking.statisticsOf(accountId),
  });
  const { names, verify, service } = identity;
  const alone = memoryCounters();
  const counters = redis
    ? redisCounters({ redis: redis.commands, salt: keys.codeKey, fallback: alone, missed: () => missed("limit") })
    : alone;

  const ranking = createRanking({
    ...{ stores: stores.ranking, journalStore, names, audit, clock, log, metrics, lease: cluster.lease("ranking") },
    index: redis ? redisRankingIndex(redis) : memoryRankingIndex(),
    placements: stores.matchmaking.placements,
  });

  // Sessions
  const games = new Map([...bundled.map(({ game }) => game), player, custom].map((game: AnyGame) => [game.id, game]));
  const beforeTold = ({ s: sessionId, fence }: Batch) => cache.changed(sessionId, fence);
  const journal = new Journal({
    ...{ store: journalStore, clock, log, metrics: journalMetricsOf(metrics) },
    ...(sharedCache ? { beforeTold } : {}),
  });
  const onFault = () => metrics.roomFaults.inc({ method: "game" });
  const onHold = (sessionId: string) => reads.tiers.held(sessionId);
  const { region, journalFlushMs: flushMs, journalTickMs: tickMs } = config;
  const shared = { store, journalStore, snapshots, clock, log };
  const sessions = new Sessions({
    ...{ ...shared, games, journal, owners, region, flushMs, tickMs, onFault, onHold },
    onRecovered({ sessionId: id, seconds, from, epoch, seq }) {
      metrics.takeovers.inc({ outcome: "recovered" });
      metrics.recovery.observe(seconds);
      const subject = { kind: "session", id } as const;
      audit.record({ action: "session.recovered", subject, actor: null, details: { from, epoch, seq } });
    },
  });
  const seats = new Seats(store, ranking.left);
  const access = new SessionAccess({ sessions, store });
  const onRead = (tier: string) => metrics.sessionReads.inc({ tier });
  const mayAnswer = () => gate.isOpen();
  const reads = new SessionReads({ ...shared, ...{ sessions, access, cache, names, mayAnswer, onRead } });
  const quota = sessionQuota(store.hosted);
  const sweeper = new Sweeper({ ...shared, sessions, mayWake: isOnDuty });
  let trusts: Trusts = () => false;
  const doors = cluster.open({
    ...{ sessions, sessionIdOf },
    addressOf: (request) => clientAddress(request, (...proxy) => trusts(...proxy)),
  });
  const { calls, place } = doors;
  const here = { region, addresses: { public: config.publicAddress ?? null } };
  const regions = createRegions(here, () => doors.living().map(({ row }) => row));

  // Rooms
  const limitJoins = config.rateLimit ? limitByKey(counters, "joins", JOINS) : async () => undefined;
  const { reconnectKey } = keys;
  const deps: RoomDeps = {
    ...{ sessions, seats, clock, log, metrics, names, reconnectKey, limitJoins },
    ...{ verify, refuseRevoked: identity.refuseRevoked },
  };
  const rooms = new Rooms({
    sessions,
    calls,
    log,
    verify,
    quota,
    isBanned: identity.isBanned,
    mayReturn: mayReturn(reconnectKey),
  });
  const types = new Set(bundled.map(({ game }) => game.id));
  const reservations = colyseusReservations({ rooms, sessions, calls, types });
  const isOthers = (of: string) => of !== region && doors.living().some(({ row }) => row.region === of);
  const takeover = new Takeover({
    ...{ store: sessionOwners, owners, log, maySweep: isOnDuty, raise: (id) => rooms.raise(id), isOthers },
    kindOf: (type) => (types.has(type) ? "room" : sessions.offers(type) ? "roomless" : "unknown"),
    onOutcome: (outcome) => void (outcome !== "recovered" && metrics.takeovers.inc({ outcome })),
  });
  const acting = new ActingSessions({ ...shared, sessions });
  const seating = new Seating({ access, acting, seats, audit });
  const entering = new Entering({ access, reservations, seating });
  const handoffs = new Handoffs({ store: handoffsStore, access, entering, clock, audit });
  const invites = new Invites({ store: invitesStore, access, entering, mayHost, clock, audit });
  const campaigns = createCampaigns({ store: campaignsStore, clock, audit });
  const sessionsOf = async (campaignId: string, who: Principal, limit: number) =>
    (await reads.ofCampaign(campaignId, who, limit)).filter((session) => isInReach(session, who));
  const commands = new SessionCommands({ ...shared, sessions, audit, admitToCampaign: campaigns.admit });
  const matchmaking = createMatchmaking({
    ...{ docs: stores.matchmaking, games: bundled.map(({ game }) => game), ratings: ranking, cluster, regions },
    ...{ reservations, sessions, acting, seats, store, calls, place, audit, clock, log, metrics },
  });
  const forgetReads = () => {
    reads.tiers.forgetAll();
    void cache.forgetAll();
  };
  personalData.push(
    seatsAsPersonalData({ store, people, sessions, forgetReads }),
    { name: "campaigns", export: campaigns.exportOf, erase: campaigns.forget },
    { name: "audit", export: (id) => audit.list({ actor: id }, EXPORTED_MAX), erase: audit.forget },
    // Codes that live for minutes: nothing of theirs is worth an export.
    { name: "invites", export: async () => [], erase: invitesStore.forget },
    { name: "idempotency", export: async () => [], erase: idempotencies.forget },
    { name: "handoffs", export: async () => [], erase: handoffsStore.forget },
    matchmaking.personalData,
    ranking.personalData,
  );
  // Only here: the umbrella package brings authentication defaults and environment files that a server must not load.
  const playground = config.development ? (await import("colyseus")).playground() : undefined;
  const health = {
    database: async () => !breaker.isOpen && ping(connection),
    rooms: () => rooms.count,
    phase: () => phase,
    redis: redis && (() => redis.isUp),
  };
  const colyseus = createColyseus({
    rooms: {
      ...Object.fromEntries(bundled.map(({ game, room }) => [game.id, bindRoom(room, deps)])),
      lobby: bindRoom(lobbyOf(matchmaking.lobby, processId), deps),
    },
    beforeUpgrade: rooms.beforeUpgrade,
    guard: { gate, clock, log, onClose: (code) => metrics.closes.inc({ code: String(code) }) },
    door: doors.door,
    express: (app) => {
      const { answerMatchmake: matchmake, adopt } = rooms;
      doors.mount(app, { matchmake, reserve: reservations.answer, [ADOPT]: adopt, ...matchmaking.calls });
      if (playground) app.use("/playground", playground);
      buildHttp(app, {
        ...{ log, config, staticDir: resolve(fileURLToPath(import.meta.url), "../../dist/web") },
        observe: (route, method, status, seconds) =>
          metrics.httpRequests.labels(route, method, String(status)).observe(seconds),
        ...{ identities: { verify, service }, askedByPages: regions.pingHosts },
        ...(config.rateLimit ? { takeLimits: limitCalls(counters) } : {}),
        idempotency: createIdempotency({ store: idempotencies, clock, log }),
        forward: doors.forward,
        endpoints: withDocs(
          [
            ...opsEndpoints({ health, registry: metrics.registry, version: VERSION }),
            ...identity.endpoints,
            ...sessionsEndpoints({ reads, signIns: identity.signIns }),
            ...sessionWritesEndpoints({ commands, reads, quota, placeIn: regions.place, place: doors.place }),
            ...sessionStateEndpoints({ commands, reads }),
            ...seatsEndpoints({ entering, seating, handoffs, reads }),
            ...invitesEndpoints({ invites, place: Place }),
            ...campaignsEndpoints({ campaigns, sessionsOf, session: Session }),
            ...combatEndpoints({ commands, reads, access, quota, placeIn: regions.place, place: doors.place }),
            ...matchmaking.endpoints,
            ...ranking.endpoints,
            ...auditEndpoints({ audit }),
            ...regionsEndpoints({ regions, own: region }),
          ],
          VERSION,
        ),
      });
      trusts = app.get("trust proxy fn") as Trusts;
    },
    ...{ log, publicAddress: config.publicAddress },
    redis: redis && { link: redis, isOwner: (id) => sessions.held(id)?.live.isClosed === false, missed },
  });
  rooms.install(["joinOrCreate", "joinById", "reconnect"], corsHeaders(config.corsOrigins));
  metrics.observe({
    sessions: () => sessions.heldCount,
    rooms: () => rooms.count,
    clients: () => colyseus.clients,
    journalBacklog: () => journal.backlog,
    tunnels: () => doors.tunnels,
    processes: () => doors.living().length,
    databaseAway: () => breaker.isOpen,
    redisUp: redis && (() => Number(redis.isUp)),
  });

  await indexed;
  await identity.start();
  const { port } = await colyseus.listen(config.port, config.host);
  sessions.projector.start();
  sweeper.start();
  const stopWatchdog = startWatchdog({ clock, log, onBlocked: (seconds) => metrics.blocked.observe(seconds) });
  await doors.listening({
    ...{ port, matchmakerId: colyseus.processId, onDeath: (name) => takeover.begin(name) },
    load: () => ({ rooms: rooms.count, clients: colyseus.clients, sessions: sessions.heldCount }),
  });
  const ready = takeover.start().then(() => {
    if (phase === "starting") phase = "ready";
  });
  matchmaking.start();
  ranking.start();

  return {
    port,
    ready,
    countRejection: () => metrics.unhandledRejections.inc(),
    async close() {
      phase = "draining";
      const until = clock.monotonic() + Math.max(0, config.drainSeconds * 1000 - CLOSING_MS);
      rooms.drain();
      const steps = {
        matchmaking: () => matchmaking.stop(),
        ranking: () => ranking.stop(),
        drain: () => doors.drain(),
        takeover: () => takeover.stop(),
        sweeper: () => sweeper.stop(),
        duty: () => duty.release(),
        rooms: () =>
          doors.handOver({
            ...{ until, stopListening: () => colyseus.stopListening() },
            isYoung: (id) => rooms.isYoung(id, clock.monotonic(), YOUNG_MS),
          }),
        colyseus: () => colyseus.close(),
        sessions: () => Promise.all([...sessions.all()].map((held) => sessions.release(held))),
        journal: () => journal.drained(),
        projector: () => sessions.projector.stop(),
        identity: () => identity.close(),
        audit: () => audit.close(),
        cluster: () => cluster.leave(),
        watchdog: stopWatchdog,
        cache: () => sharedCache?.close(),
        redis: () => redis?.close(),
        mongo: () => disconnectMongo(connection),
        embedded: () => embedded?.close(),
        metrics: () => metrics.close(),
      };
      await inOrder(steps, (step, error) => log.warn({ step, error: String(error) }, "not closed in order"));
    },
  };
}
