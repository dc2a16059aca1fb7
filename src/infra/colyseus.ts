import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { defineRoom, defineServer, matchMaker, type Room } from "@colyseus/core";
import { Encoder } from "@colyseus/schema";
import { type TransportOptions, WebSocketTransport } from "@colyseus/ws-transport";
import type { Application } from "express";
import type { Logger } from "../log.ts";
import { type GuardedSocket, guardSocket, type SocketGuardOptions } from "./socket-guard.ts";

export interface ColyseusOptions {
  readonly rooms: Readonly<Record<string, new () => Room>>;
  readonly express: (app: Application) => void;
  readonly beforeUpgrade: NonNullable<TransportOptions["beforeUpgrade"]>;
  readonly guard: Omit<SocketGuardOptions, "takesInputs">;
  readonly log: Logger;
  readonly publicAddress: string | undefined;
}

/** Two buffers of this size per room are most of a small room's memory; larger states grow theirs. */
const ENCODER_BYTES = 4 * 1024;
/** The largest frame a client may send: an action with its data. */
const MAX_PAYLOAD = 64 * 1024;
const PING_EVERY_MS = 3000;

class GuardedTransport extends WebSocketTransport {
  constructor(options: TransportOptions, guard: SocketGuardOptions) {
    super(options);
    // Not by overriding onConnection: the base constructor hands that to ws before fields of a subclass exist.
    this.wss.prependListener("connection", (socket: GuardedSocket, request: IncomingMessage) =>
      guardSocket(socket, roomIdOf(request), guard),
    );
  }

  get clients(): number {
    return this.wss.clients.size;
  }
}

/** Clients address a room as `/<process>/<room>`. */
function roomIdOf({ url = "" }: IncomingMessage): string {
  return url.split("?", 1)[0]!.split("/").at(-1)!;
}

function takesInputs(roomId: string): boolean {
  return matchMaker.getLocalRoomById(roomId)?.inputs !== undefined;
}

/** Assembles the Colyseus server; one a process, because Colyseus's matchmaker is a singleton of its module. */
export function createColyseus(options: ColyseusOptions) {
  const { rooms, express, beforeUpgrade, guard, log, publicAddress } = options;
  Encoder.BUFFER_SIZE = ENCODER_BYTES;
  const transport = new GuardedTransport(
    { maxPayload: MAX_PAYLOAD, pingInterval: PING_EVERY_MS, beforeUpgrade },
    { ...guard, takesInputs },
  );
  const server = defineServer({
    rooms: Object.fromEntries(Object.entries(rooms).map(([name, room]) => [name, defineRoom(room).filterBy(["mode"])])),
    ...{ transport, express, greet: false, gracefullyShutdown: false, logger: quiet(log) },
    ...(publicAddress === undefined ? {} : { publicAddress }),
  });

  return {
    get clients(): number {
      return transport.clients;
    },

    async listen(port: number, host: string): Promise<AddressInfo> {
      await server.listen(port, host);
      return (transport.server as HttpServer).address() as AddressInfo;
    },

    /** Rooms first: each lets go of its session and sends its clients away to come back; then the port. */
    async close(): Promise<void> {
      if (matchMaker.state === matchMaker.MatchMakerState.SHUTTING_DOWN) return;
      await server.gracefullyShutdown(false);
      (transport.server as HttpServer).closeAllConnections();
    },
  };
}

/** Colyseus prints a stack for every frame it cannot use: clients must not be able to fill the log. */
function quiet(log: Logger) {
  const write = (...parts: unknown[]) => log.debug({ source: "colyseus" }, parts.map(String).join(" "));
  return { debug: write, trace: write, info: write, warn: write, error: write };
}
