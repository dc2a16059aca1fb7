import { type Connection, createConnection, mongo } from "mongoose";
import type { Logger } from "../log.ts";

export type { Connection };

/** The driver's defaults wait half a minute for a database that is away; a game would rather answer "unavailable". */
const TIMEOUTS = {
  serverSelectionTimeoutMS: 2000,
  connectTimeoutMS: 2000,
  socketTimeoutMS: 10_000,
  waitQueueTimeoutMS: 5000,
};

/**
 * How often the driver asks the server whether it is there, in ms: its least. One that hangs is given up after this and
 * the connect timeout, with all that waits for it; one that comes back is found after this. The embedded database of this
 * very process is not asked so: it cannot go away without the process, only be busy.
 */
const PROBE_MS = 500;
/** Seconds without an end of any probe after which probing begins anew, and after which that has not helped. */
const SILENT_S = 6;
const STUCK_S = 20;

/**
 * Opens a connection of its own, so that two servers in one process (or two tests) share nothing.
 * Every write is acknowledged by a majority and journaled; operations fail at once while the database is away.
 *
 * @param options.isOwn the database runs in this very process
 * @throws when no server answers within two seconds
 */
export async function connectMongo(options: {
  uri: string;
  dbName: string;
  log: Logger;
  isOwn?: boolean;
}): Promise<Connection> {
  const { uri, dbName, log, isOwn = false } = options;
  const connection = createConnection(uri, {
    ...TIMEOUTS,
    dbName,
    appName: "hypogeum",
    maxPoolSize: 8,
    bufferCommands: false,
    writeConcern: { w: "majority", journal: true },
    ...(isOwn ? { retryWrites: false } : { heartbeatFrequencyMS: PROBE_MS }),
  });
  connection.on("disconnected", () => log.warn("database connection lost"));
  connection.on("reconnected", () => log.info("database connection restored"));
  connection.on("error", (err) => log.error({ err }, "database connection failed"));
  try {
    return await connection.asPromise();
  } catch (err) {
    await connection.destroy().catch(() => undefined);
    throw err;
  }
}

/** What is told whether the database can be reached; a Breaker is one. */
export interface DatabaseWatcher {
  /** @param sure it was silent for the whole connect timeout; otherwise a connection broke, which may be all */
  lost(sure: boolean): void;
  found(): void;
}

/** Passes on what the driver's own probes find; they go on while nobody else may ask, and need no traffic to notice. */
export function watchDatabase(connection: Connection, watcher: DatabaseWatcher): void {
  connection
    .getClient()
    .on("topologyDescriptionChanged", ({ newDescription }: mongo.TopologyDescriptionChangedEvent) => {
      const servers = [...newDescription.servers.values()];
      if (servers.some(({ isWritable }) => isWritable)) watcher.found();
      else watcher.lost(servers.some(({ error }) => error?.name === "MongoNetworkTimeoutError"));
    });
}

/**
 * Keeps the driver probing a server of another process: a command on a connection that is just breaking may never end in
 * it (mongodb 7.8.0), and a probe that never ends is its last, so that the database would stay lost for good. Counted in
 * ticks and not by a clock, so that a process that was stopped is not to blame.
 *
 * @param onStuck called when probing anew has not helped
 * @param stuckS seconds without the end of a probe
 */
export function watchProbes(connection: Connection, onStuck: (reason: Error) => void, stuckS = STUCK_S): void {
  let silentS = 0;
  const heard = () => {
    silentS = 0;
  };
  const timer = setInterval(() => {
    silentS += 1;
    if (silentS % SILENT_S === 0) probeAnew(connection);
    if (silentS === stuckS) onStuck(new Error("the database driver has stopped looking for the database"));
  }, 1000);
  timer.unref();
  connection.getClient().on("serverHeartbeatSucceeded", heard).on("serverHeartbeatFailed", heard);
  connection.once("close", () => clearInterval(timer));
}

/** No public call does it; the driver's exact version is pinned, and a test holds this. */
interface Probing {
  readonly topology?: {
    readonly s: { readonly servers: ReadonlyMap<string, { monitor: { close(): void; connect(): void } | null }> };
  };
}

function probeAnew(connection: Connection): void {
  const { topology } = connection.getClient() as unknown as Probing;
  for (const { monitor } of topology?.s.servers.values() ?? []) {
    monitor?.close();
    monitor?.connect();
  }
}

/** Closes a connection that is not needed any more; losing it is then no news. */
export async function disconnectMongo(connection: Connection): Promise<void> {
  connection.removeAllListeners("disconnected");
  await connection.close();
}

/** Creates what every model defined on the connection needs; a failed index is an error here, not a slow query later. */
export async function ensureIndexes(connection: Connection): Promise<void> {
  await Promise.all(Object.values(connection.models).map((model) => model.init()));
}

/** Whether the database answers; how long it may take is bounded by the connection's timeouts. */
export async function ping(connection: Connection): Promise<boolean> {
  try {
    await connection.db?.admin().ping();
    return connection.db !== undefined;
  } catch {
    return false;
  }
}

/** The server's code for a write whose unique key is taken. */
export const DUPLICATE_KEY = 11_000;

/** Whether a single write was refused because its unique key is taken. */
export function isTaken(error: unknown): boolean {
  return (error as { code?: unknown }).code === DUPLICATE_KEY;
}

/** True once it is written; false when its unique key is taken. @throws what else becomes of the write */
export async function unlessTaken(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw error;
  }
}

/** Whether of many writes that were unordered all that failed did so because a unique key is taken. */
export function areTaken(error: unknown): error is mongo.MongoBulkWriteError {
  if (!(error instanceof mongo.MongoBulkWriteError)) return false;
  const failed = [error.writeErrors].flat();
  return failed.length > 0 && failed.every(isTaken);
}

/**
 * Whether an error of an unordered insert of `count` is an answer about all of them. The driver wraps broken connections
 * and refused commands in the same error, with no write errors at all: that no document failed then means nothing.
 */
export function accountsForAll(error: mongo.MongoBulkWriteError, count: number): boolean {
  return !error.result.getWriteConcernError() && error.insertedCount + [error.writeErrors].flat().length === count;
}

/**
 * The positions of what an unordered insert of `count` left out because its unique key is taken.
 *
 * @throws what else becomes of any of them; also when not all are accounted for, as after a connection that broke
 */
export async function insertedBut(write: Promise<unknown>, count: number): Promise<ReadonlySet<number>> {
  try {
    await write;
    return new Set();
  } catch (error) {
    if (!areTaken(error) || !accountsForAll(error, count)) throw error;
    return new Set([error.writeErrors].flat().map(({ index }) => index));
  }
}

/** What the driver throws, or mongoose in its place, when no server can be reached in time. */
const UNREACHABLE =
  /^Mongo(ose)?(ServerSelection|ClientClosed|NotConnected|Network(Timeout)?|PoolCleared|WaitQueueTimeout|TopologyClosed)Error$/;

/** Whether an error says that the database is away, and nothing else. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof Error && UNREACHABLE.test(error.name);
}
