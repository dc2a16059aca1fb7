import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Room } from "@colyseus/core";
import { ArenaRoom } from "../rooms/ArenaRoom.ts";
import { bindRoom } from "../rooms/admission.ts";
import { DiceRoom } from "../rooms/DiceRoom.ts";
import { mayReturn, type RoomDeps } from "../rooms/room-deps.ts";
import { createIdentity, identityStores } from "./accounts/identity.ts";
import { fileMail, noMail } from "./accounts/mail.ts";
import type { PersonalData } from "./accounts/personal-data.ts";
import { resolveSecret } from "./accounts/secret.ts";
import type { Principal } from "./accounts/tokens.ts";
import { arena } from "./arena/arena.rules.ts";
import { auditEndpoints } from "./audit/audit.routes.ts";
import { auditStore } from "./audit/audit.store.ts";
import { createAudit } from "./audit/audit.ts";
import { campaignsEndpoints } from "./campaigns/campaigns.routes.ts";
import { campaignStore } from "./campaigns/campaigns.store.ts";
import { createCampaigns } from "./campaigns/campaigns.ts";
import type { Config } from "./config.ts";
import { custom, player } from "./custom/custom.rules.ts";
import { dice } from "./dice/dice.rules.ts";
import { type EmbeddedDatabase, startEmbedded } from "./embedded/embedded.ts";
import { corsHeaders } from "./http/cors.ts";
import { withDocs } from "./http/docs.ts";
import { buildHttp } from "./http/http.ts";
import { idempotencyStore } from "./http/idempotency.store.ts";
import { createIdempotency } from "./http/idempotency.ts";
import { memoryCounters } from "./http/limits.memory.ts";
import { addressKey, limitByKey, limitCalls } from "./http/limits.ts";
import { createColyseus } from "./infra/colyseus.ts";
import { OutputGate } from "./infra/gate.ts";
import { joinCluster } from "./infra/heartbeat.ts";
import { connectMongo, disconnectMongo, ensureIndexes, ping } from "./infra/mongo.ts";
import { processStore } from "./infra/processes.store.ts";
import { colyseusReservations } from "./infra/reservations.ts";
import { Rooms } from "./infra/rooms.ts";
import { invitesEndpoints } from "./invites/invites.routes.ts";
import { inviteStore } from "./invites/invites.store.ts";
import { Invites } from "./invites/invites.ts";
import type { AnyGame } from "./journal/game.ts";
import { journalStore as createJournalStore } from "./journal/journal.store.ts";
import { Journal, type JournalMetrics } from "./journal/journal.ts";
import { snapshotStore } from "./journal/snapshots.store.ts";
import { systemClock as clock } from "./lib/clock.ts";
import { uuid7 } from "./lib/uuid7.ts";
import type { Logger } from "./log.ts";
import { createMetrics } from "./ops/metrics.ts";
import { opsEndpoints } from "./ops/ops.routes.ts";
import { ActingSessions } from "./sessions/acting-sessions.ts";
import { Entering } from "./sessions/entering.ts";
import { handoffStore } from "./sessions/handoffs.store.ts";
import { Handoffs } from "./sessions/handoffs.ts";
import { Seating } from "./sessions/seating.ts";
import { seatsEndpoints } from "./sessions/seats.routes.ts";
import { Seats } from "./sessions/seats.ts";
import { isInReach, mayHost, SessionAccess } from "./sessions/session-access.ts";
import { aloneCache, noSessionCache } from "./sessions/session-cache.memory.ts";
import { SessionCommands } from "./sessions/session-commands.ts";
import { sessionPeopleStore } from "./sessions/session-people.store.ts";
import { seatsAsPersonalData } from "./sessions/session-people.ts";
import { sessionQuota } from "./sessions/session-quota.ts";
import { SessionReads } from "./sessions/session-reads.ts";
import { Place, Session } from "./sessions/session-shapes.ts";
import { sessionStateEndpoints } from "./sessions/session-state.routes.ts";
import { sessionWritesEndpoints } from "./sessions/session-writes.routes.ts";
import { sessionsEndpoints } from "./sessions/sessions.routes.ts";
import { sessionStore } from "./sessions/sessions.store.ts";
import { Sessions } from "./sessions/sessions.ts";
import { Sweeper } from "./sessions/sweeper.ts";
import { VERSION } from "./version.ts";

export interface BundledGame {
  readonly game: AnyGame;
  readonly room: new () => Room;
}

/** The games this server offers; clients join a room by the game's id. */
const GAMES: readonly BundledGame[] = [
  { game: dice, room: DiceRoom },
  { game: arena, room: ArenaRoom },
];

/** How often one account may join a room. */
const JOINS = { points: 60, seconds: 60 };

/** What an export lists of one kind. */
const EXPORTED_MAX = 1000;

/** Orphans looked up at start; more come back one by one when their clients knock. */
const ORPHANS_MAX = 10_000;

export interface App {
  readonly port: number;
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

  // The database, and whether this process may speak for what is in it
  const embedded = config.mongodbUri === undefined ? await openEmbedded(config, log, onFatal) : undefined;
  const connection = await connectMongo({ uri: config.mongodbUri ?? embedded!.uri, dbName: "hypogeum", log });
  const store = sessionStore(connection);
  const journalStore = createJournalStore(connection);
  const snapshots = snapshotStore(connection);
  const identityDocs = identityStores(connection);
  const processes = processStore(connection);
  const idempotencies = idempotencyStore(connection);
  const audits = auditStore(connection);
  const handoffsStore = handoffStore(connection);
  const invitesStore = inviteStore(connection);
  const campaignsStore = campaignStore(connection);
  const indexed = ensureIndexes(connection);
  const keys = await resolveSecret(config);
  const gate = embedded ? OutputGate.alwaysOpen() : new OutputGate(clock);
  const membership = embedded ? undefined : await joinCluster({ processes, processId, config, gate, log, onFatal });

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
  });
  const { names, verify, service } = identity;
  const counters = memoryCounters();

  // Sessions
  const games = new Map([...bundled.map(({ game }) => game), player, custom].map((game: AnyGame) => [game.id, game]));
  const journalMetrics: JournalMetrics = {
    appended(outcome, entries) {
      metrics.journalBatches.inc({ outcome });
      metrics.journalEntries.inc({ outcome }, entries);
    },
    flushed: (seconds) => metrics.journalAppend.observe(seconds),
  };
  const journal = new Journal({ store: journalStore, clock, log, metrics: journalMetrics });
  const onFault = () => metrics.roomFaults.inc({ method: "game" });
  const onHold = (sessionId: string) => reads.tiers.held(sessionId);
  const { region, journalFlushMs: flushMs, journalTickMs: tickMs } = config;
  const shared = { store, journalStore, snapshots, clock, log };
  const sessions = new Sessions({ ...shared, games, journal, processId, region, flushMs, tickMs, onFault, onHold });
  const seats = new Seats(store);
  const access = new SessionAccess({ sessions, store });
  const cache = embedded ? aloneCache() : noSessionCache();
  const onRead = (tier: string) => metrics.sessionReads.inc({ tier });
  const mayAnswer = () => gate.isOpen();
  const reads = new SessionReads({ ...shared, ...{ sessions, access, cache, names, mayAnswer, onRead } });
  const quota = sessionQuota(store.hosted);
  const sweeper = new Sweeper({ ...shared, sessions });

  // Rooms
  const limitJoins = config.rateLimit ? limitByKey(counters, "joins", JOINS) : async () => undefined;
  const { reconnectKey } = keys;
  const deps: RoomDeps = {
    ...{ sessions, seats, clock, log, metrics, names, reconnectKey, limitJoins },
    ...{ verify, refuseRevoked: identity.refuseRevoked },
  };
  const rooms = new Rooms({
    sessions,
    log,
    verify,
    quota,
    isBanned: identity.isBanned,
    mayReturn: mayReturn(reconnectKey),
  });
  const types = new Set(bundled.map(({ game }) => game.id));
  const reservations = colyseusReservations({ rooms, sessions, types });
  const acting = new ActingSessions({ ...shared, sessions });
  const seating = new Seating({ access, acting, seats, audit });
  const entering = new Entering({ access, reservations, seating });
  const handoffs = new Handoffs({ store: handoffsStore, access, entering, clock, audit });
  const invites = new Invites({ store: invitesStore, access, entering, mayHost, clock, audit });
  const campaigns = createCampaigns({ store: campaignsStore, clock, audit });
  const sessionsOf = async (campaignId: string, who: Principal, limit: number) =>
    (await reads.ofCampaign(campaignId, who, limit)).filter((session) => isInReach(session, who));
  const commands = new SessionCommands({ ...shared, sessions, audit, admitToCampaign: campaigns.admit });
  const forgetReads = () => reads.tiers.forgetAll();
  const people = sessionPeopleStore(connection);
  personalData.push(
    seatsAsPersonalData({ store, people, sessions, forgetReads }),
    { name: "campaigns", export: campaigns.exportOf, erase: campaigns.forget },
    { name: "audit", export: (id) => audit.list({ actor: id }, EXPORTED_MAX), erase: audit.forget },
    // Codes that live for minutes: nothing of theirs is worth an export.
    { name: "invites", export: async () => [], erase: invitesStore.forget },
    { name: "idempotency", export: async () => [], erase: idempotencies.forget },
    { name: "handoffs", export: async () => [], erase: handoffsStore.forget },
  );
  // Only here: the umbrella package brings authentication defaults and environment files that a server must not load.
  const playground = config.development ? (await import("colyseus")).playground() : undefined;
  const health = { database: () => ping(connection), rooms: () => rooms.count, phase: () => phase };
  const colyseus = createColyseus({
    rooms: Object.fromEntries(bundled.map(({ game, room }) => [game.id, bindRoom(room, deps)])),
    beforeUpgrade: rooms.beforeUpgrade,
    guard: { gate, clock, log, onClose: (code) => metrics.closes.inc({ code: String(code) }) },
    express: (app) => {
      if (playground) app.use("/playground", playground);
      buildHttp(app, {
        ...{ log, config, staticDir: resolve(fileURLToPath(import.meta.url), "../../dist/web") },
        observe: (route, method, status, seconds) =>
          metrics.httpRequests.labels(route, method, String(status)).observe(seconds),
        identities: { verify, service },
        ...(config.rateLimit ? { takeLimits: limitCalls(counters) } : {}),
        idempotency: createIdempotency({ store: idempotencies, clock, log }),
        endpoints: withDocs(
          [
            ...opsEndpoints({ health, registry: metrics.registry, version: VERSION }),
            ...identity.endpoints,
            ...sessionsEndpoints({ reads, signIns: identity.signIns }),
            ...sessionWritesEndpoints({ commands, reads, quota }),
            ...sessionStateEndpoints({ commands, reads }),
            ...seatsEndpoints({ entering, seating, handoffs, reads }),
            ...invitesEndpoints({ invites, place: Place }),
            ...campaignsEndpoints({ campaigns, sessionsOf, session: Session }),
            ...auditEndpoints({ audit }),
          ],
          VERSION,
        ),
      });
    },
    ...{ log, publicAddress: config.publicAddress },
  });
  rooms.install(["joinOrCreate", "joinById", "reconnect"], corsHeaders(config.corsOrigins));
  metrics.observe({
    sessions: () => sessions.heldCount,
    rooms: () => rooms.count,
    clients: () => colyseus.clients,
    journalBacklog: () => journal.backlog,
  });

  await indexed;
  await identity.start();
  const { port } = await colyseus.listen(config.port, config.host);
  sessions.projector.start();
  sweeper.start();
  const restored = store.orphans(processId, ORPHANS_MAX).then(async (orphans) => {
    await rooms.raiseAll(orphans);
    if (orphans.length > 0) log.info({ sessions: orphans.length }, "sessions of a former process restored");
    if (phase === "starting") phase = "ready";
  });

  return {
    port,
    countRejection: () => metrics.unhandledRejections.inc(),
    async close() {
      phase = "draining";
      rooms.drain();
      await restored;
      await sweeper.stop();
      await colyseus.close();
      for (const held of [...sessions.all()]) await sessions.release(held);
      await journal.drained();
      await sessions.projector.stop();
      await identity.close();
      await audit.close();
      await membership?.leave();
      await disconnectMongo(connection);
      await embedded?.close();
      metrics.close();
    },
  };
}

async function openEmbedded(config: Config, log: Logger, onFatal: (reason: Error) => void): Promise<EmbeddedDatabase> {
  return startEmbedded({
    dir: config.dataDir,
    onDeath: onFatal,
    log: (level, message, fields) => log[level]({ source: "embedded", ...fields }, message),
  });
}
