import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Room } from "@colyseus/core";
import { ArenaRoom } from "../rooms/ArenaRoom.ts";
import { bindRoom } from "../rooms/admission.ts";
import { DiceRoom } from "../rooms/DiceRoom.ts";
import { mayReturn, type RoomDeps } from "../rooms/room-deps.ts";
import { accountsRoutes } from "./accounts/accounts.routes.ts";
import { accountStore } from "./accounts/accounts.store.ts";
import { createAccounts } from "./accounts/accounts.ts";
import { resolveSecret } from "./accounts/secret.ts";
import { createTokens } from "./accounts/tokens.ts";
import { arena } from "./arena/arena.rules.ts";
import type { Config } from "./config.ts";
import { dice } from "./dice/dice.rules.ts";
import { type EmbeddedDatabase, startEmbedded } from "./embedded/embedded.ts";
import { authenticate } from "./http/authenticate.ts";
import { corsHeaders } from "./http/cors.ts";
import { buildHttp } from "./http/http.ts";
import { limitByKey, noRateLimit, rateLimit } from "./http/rate-limit.ts";
import { createColyseus } from "./infra/colyseus.ts";
import { OutputGate } from "./infra/gate.ts";
import { joinCluster } from "./infra/heartbeat.ts";
import { connectMongo, disconnectMongo, ensureIndexes, ping } from "./infra/mongo.ts";
import { processStore } from "./infra/processes.store.ts";
import { Rooms } from "./infra/rooms.ts";
import type { AnyGame } from "./journal/game.ts";
import { journalStore as createJournalStore } from "./journal/journal.store.ts";
import { Journal, type JournalMetrics } from "./journal/journal.ts";
import { snapshotStore } from "./journal/snapshots.store.ts";
import { systemClock as clock } from "./lib/clock.ts";
import { uuid7 } from "./lib/uuid7.ts";
import type { Logger } from "./log.ts";
import { createMetrics } from "./ops/metrics.ts";
import { opsRoutes } from "./ops/ops.routes.ts";
import { Seats } from "./sessions/seats.ts";
import { SessionReads } from "./sessions/session-reads.ts";
import { sessionsRoutes } from "./sessions/sessions.routes.ts";
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
  const accountsStore = accountStore(connection);
  const processes = processStore(connection);
  const indexed = ensureIndexes(connection);
  const keys = await resolveSecret(config);
  const gate = embedded ? OutputGate.alwaysOpen() : new OutputGate(clock);
  const membership = embedded ? undefined : await joinCluster({ processes, processId, config, gate, log, onFatal });

  // Identity
  const tokens = createTokens({ key: keys.accessKey, ttl: config.accessTokenTtl });
  const accounts = createAccounts({ store: accountsStore, tokens });
  const authenticated = authenticate(tokens);
  const limit = config.rateLimit ? rateLimit : noRateLimit;

  // Sessions
  const games = new Map(bundled.map(({ game }) => [game.id, game]));
  const journalMetrics: JournalMetrics = {
    appended(outcome, entries) {
      metrics.journalBatches.inc({ outcome });
      metrics.journalEntries.inc({ outcome }, entries);
    },
    flushed: (seconds) => metrics.journalAppend.observe(seconds),
  };
  const journal = new Journal({ store: journalStore, clock, log, metrics: journalMetrics });
  const onFault = () => metrics.roomFaults.inc({ method: "game" });
  const { region, journalFlushMs: flushMs, journalTickMs: tickMs } = config;
  const shared = { store, journalStore, snapshots, clock, log };
  const sessions = new Sessions({ ...shared, games, journal, processId, region, flushMs, tickMs, onFault });
  const seats = new Seats(store);
  const names = accounts.names;
  const reads = new SessionReads({ ...shared, sessions, names, mayAnswer: () => gate.isOpen() });
  const sweeper = new Sweeper({ ...shared, sessions });

  // Rooms
  const limitJoins = config.rateLimit ? limitByKey({ points: 60, seconds: 60 }) : async () => undefined;
  const { reconnectKey } = keys;
  const deps: RoomDeps = {
    ...{ sessions, seats, clock, log, metrics, names, reconnectKey, limitJoins },
    verify: tokens.verify,
  };
  const rooms = new Rooms({ sessions, log, verify: tokens.verify, mayReturn: mayReturn(reconnectKey) });
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
        routers: [
          { path: "/", router: opsRoutes({ health, registry: metrics.registry, version: VERSION }) },
          {
            path: "/v1",
            router: accountsRoutes({ accounts, authenticated, guestLimit: limit({ points: 30, seconds: 60 }) }),
          },
          { path: "/v1/sessions", router: sessionsRoutes({ reads, authenticated }) },
        ],
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
