import { defineRoom, defineServer, Room } from "@colyseus/core";
import { RedisDriver } from "@colyseus/redis-driver";
import { RedisPresence } from "@colyseus/redis-presence";
import { WebSocketTransport } from "@colyseus/ws-transport";

/*
 * What the product's matchmaking is measured against: Colyseus's own, with its own Redis driver and presence, and a room
 * that does nothing. No accounts, no quota, no session, no journal.
 */
class EmptyTable extends Room {
  override maxClients = 6;
}

const { REDIS_URL = "", PORT } = process.env;
const server = defineServer({
  rooms: { dice: defineRoom(EmptyTable).filterBy(["mode"]) },
  ...{ presence: new RedisPresence(REDIS_URL), driver: new RedisDriver(REDIS_URL) },
  transport: new WebSocketTransport({}),
  express: (app) => void app.get("/ready", (_, answer) => void answer.send("ready")),
  greet: false,
});
await server.listen(Number(PORT), "127.0.0.1");
