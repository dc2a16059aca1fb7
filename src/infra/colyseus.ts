import { EventEmitter } from "node:events";
import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { defineRoom, defineServer, matchMaker, type Room } from "@colyseus/core";
import { Encoder } from "@colyseus/schema";
import { type TransportOptions, WebSocketTransport } from "@colyseus/ws-transport";
import type { Application } from "express";
import type { Logger } from "../log.ts";
import { SafeRedisDriver, type SafeRedisDriverOptions } from "./redis-driver.ts";
import { SafeRedisPresence } from "./redis-presence.ts";
import { roomIdOf } from "./room-path.ts";
import { type GuardedSocket, guardSocket, type SocketGuardOptions } from "./socket-guard.ts";

export interface ColyseusOptions {
  readonly rooms: Readonly<Record<string, new () => Room>>;
  readonly express: (app: Application) => void;
  readonly beforeUpgrade: NonNullable<TransportOptions["beforeUpgrade"]>;
  readonly guard: Omit<SocketGuardOptions, "takesInputs">;
  /** Asked about every upgrade first; `local` lets this process's rooms answer it. */
  readonly door: Door;
  readonly log: Logger;
  readonly publicAddress: string | undefined;
  /** What the processes of a cluster share; undefined when there is one process. */
  readonly redis: SharedByRedis | undefined;
}

interface SharedByRedis extends Pick<SafeRedisDriverOptions, "link" | "isOwner"> {
  /** Called for everything that went on without Redis because it was away. */
  readonly missed: (part: "listing" | "presence") => void;
}

/** Two buffers of this size per room are most of a small room's memory; larger states grow theirs. */
const ENCODER_BYTES = 4 * 1024;
/** The largest frame a client may send: an action with its data. */
const MAX_PAYLOAD = 64 * 1024;
const PING_EVERY_MS = 3000;
/** How long answers that are under way may take when the server closes. */
const ANSWERS_MS = 1000;
const LOOK_EVERY_MS = 10;
/** What tells the rooms of a name apart for those who look for one. */
const FILTER_BY = ["mode"];

export type Door = (request: IncomingMessage, socket: Duplex, head: Buffer, local: () => void) => void;

class GuardedTransport extends WebSocketTransport {
  constructor(options: TransportOptions, guard: SocketGuardOptions, door: Door) {
    super(options);
    const admitted = new EventEmitter();
    super.listenForUpgrade(admitted as HttpServer);
    (this.server as HttpServer).on("upgrade", (request, socket, head) =>
      door(request, socket, head, () => void admitted.emit("upgrade", request, socket, head)),
    );
    // Not by overriding onConnection: the base constructor hands that to ws before fields of a subclass exist.
    this.wss.prependListener("connection", (socket: GuardedSocket, request: IncomingMessage) =>
      guardSocket(socket, roomIdOf(request), guard),
    );
  }

  protected override listenForUpgrade(): void {
    // Not yet: the base constructor calls this, and would let everybody in.
  }

  get clients(): number {
    return this.wss.clients.size;
  }
}

function takesInputs(roomId: string): boolean {
  return matchMaker.getLocalRoomById(roomId)?.inputs !== undefined;
}

/** Assembles the Colyseus server; one a process, because Colyseus's matchmaker is a singleton of its module. */
export function createColyseus(options: ColyseusOptions) {
  const { rooms, express, beforeUpgrade, guard, door, log, publicAddress, redis } = options;
  Encoder.BUFFER_SIZE = ENCODER_BYTES;
  const transport = new GuardedTransport(
    { maxPayload: MAX_PAYLOAD, pingInterval: PING_EVERY_MS, beforeUpgrade },
    { ...guard, takesInputs },
    door,
  );
  const server = defineServer({
    rooms: Object.fromEntries(
      Object.entries(rooms).map(([name, room]) => [name, defineRoom(room).filterBy(FILTER_BY)]),
    ),
    ...{ transport, express, greet: false, gracefullyShutdown: false, logger: quiet(log) },
    ...(publicAddress === undefined ? {} : { publicAddress }),
    ...(redis ? sharedBy(redis) : {}),
  });

  return {
    get clients(): number {
      return transport.clients;
    },

    /** What Colyseus calls this process; known once it listens. */
    get processId(): string {
      return matchMaker.processId;
    },

    async listen(port: number, host: string): Promise<AddressInfo> {
      await server.listen(port, host);
      return (transport.server as HttpServer).address() as AddressInfo;
    },

    /** Accepts no connection any more; those that stand stay. */
    stopListening(): void {
      (transport.server as HttpServer).close();
    },

    /**
     * Rooms first: each lets go of its session and sends its clients away to come back; then the port. Whoever is being
     * answered gets the answer, if it takes no longer than a second: cut off, they could not know what took effect.
     */
    async close(): Promise<void> {
      if (matchMaker.state === matchMaker.MatchMakerState.SHUTTING_DOWN) return;
      await server.gracefullyShutdown(false);
      await answered(transport.server as HttpServer);
      (transport.server as HttpServer).closeAllConnections();
    },
  };
}

async function answered(server: HttpServer): Promise<void> {
  const until = performance.now() + ANSWERS_MS;
  const open = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
  while (performance.now() < until) {
    // Each is idle once its answer is out; by itself it would be kept for the next request.
    server.closeIdleConnections();
    if ((await open()) === 0) return;
    await pause(LOOK_EVERY_MS);
  }
}

function sharedBy({ link, isOwner, missed }: SharedByRedis) {
  const driver = new SafeRedisDriver({ link, isOwner, filterBy: FILTER_BY, missed: () => missed("listing") });
  const presence = new SafeRedisPresence(link, () => missed("presence"));
  // A room is made where its first player knocked. Asked of the process with the fewest rooms, as Colyseus would, it is
  // made twice when that one answers too late.
  const selectProcessIdToCreateRoom = async () => matchMaker.processId;
  return { driver, presence, selectProcessIdToCreateRoom };
}

/** Colyseus prints a stack for every frame it cannot use: clients must not be able to fill the log. */
function quiet(log: Logger) {
  const write = (...parts: unknown[]) => log.debug({ source: "colyseus" }, parts.map(String).join(" "));
  return { debug: write, trace: write, info: write, warn: write, error: write };
}
