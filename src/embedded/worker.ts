/** The database thread: opens the file, listens, sweeps, and answers the main thread. Fsync blocks nobody but itself. */
import { closeSync, openSync, rmSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { Engine, type Log } from "./engine.ts";
import { DataDirectoryInUse } from "./errors.ts";
import { claimSocket, claimSocketFile, protectSocket } from "./socket-path.ts";
import { WireServer } from "./wire-server.ts";
import type { EmbeddedStats, WorkerMessage, WorkerRequest, WorkerSettings } from "./worker-protocol.ts";

const CACHE_MB = 16;

const settings = workerData as WorkerSettings;
const port = parentPort!;
const send = (message: WorkerMessage) => port.postMessage(message);
const log: Log = (level, message, fields) => send({ type: "log", level, message, fields });

async function start(): Promise<void> {
  const { file, synchronous } = settings;
  const engine = new Engine({ file, synchronous, cacheMb: CACHE_MB, log });
  const server = new WireServer(engine, log);
  const uri = await listen(server).catch((error: unknown) => {
    engine.close();
    throw error;
  });
  const sweeper = setInterval(() => {
    engine
      .sweepExpired()
      .catch((error) => log("error", "embedded database: TTL sweep failed", { error: String(error) }));
  }, settings.ttlSweepMs);
  port.on("message", (request: WorkerRequest) => {
    handle(engine, server, sweeper, request).then(
      (value) => {
        send({ type: "done", id: request.id, value });
        if (request.kind === "close") port.close();
      },
      (error) =>
        send({ type: "error", id: request.id, message: error instanceof Error ? error.message : String(error) }),
    );
  });
  send({ type: "ready", uri });
}

async function listen(server: WireServer): Promise<string> {
  const at = settings.listen;
  if ("host" in at) {
    await server.listen(at);
    return `mongodb://${reachableAs(at.host)}:${server.port}/`;
  }
  // The file lock is held by now: whatever socket lies in this directory belonged to an owner that is gone.
  const path = "socketDir" in at ? claimSocket(at.socketDir) : await claimSocketFile(at.socketFile);
  await server.listen({ path });
  protectSocket(path);
  return `mongodb://${encodeURIComponent(path)}/`;
}

/** Nobody can connect to "every address", but this machine is one of them. */
function reachableAs(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

async function handle(
  engine: Engine,
  server: WireServer,
  sweeper: NodeJS.Timeout,
  request: WorkerRequest,
): Promise<unknown> {
  switch (request.kind) {
    case "backup":
      return backup(engine, request.file);
    case "sweep":
      return engine.sweepExpired();
    case "stats":
      return stats(engine, server);
    case "close":
      clearInterval(sweeper);
      await server.close();
      engine.close();
      if ("socketDir" in settings.listen) rmSync(settings.listen.socketDir, { recursive: true, force: true });
      return null;
  }
}

function stats(engine: Engine, server: WireServer): EmbeddedStats {
  const { cursorsOpen, collections, fileBytes } = engine.status();
  return {
    ...engine.counters,
    connections: server.connections,
    connectionsRefused: server.connectionsRefused,
    cursorsOpen: cursorsOpen as number,
    collections: collections as number,
    fileBytes: fileBytes as number,
  };
}

/** The file is created here, exclusively and private, because SQLite would create it readable by everyone. */
function backup(engine: Engine, file: string): void {
  closeSync(openSync(file, "wx", 0o600));
  try {
    engine.store.prepare("VACUUM INTO ?").run(file);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}

start().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  send({ type: "failed", inUse: error instanceof DataDirectoryInUse, message });
  port.close();
});
