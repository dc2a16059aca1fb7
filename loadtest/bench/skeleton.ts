import { defineRoom, defineServer, Room } from "@colyseus/core";
import { schema, t } from "@colyseus/schema";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { serialize } from "bson";
import express from "express";
import helmet from "helmet";
import { SignJWT } from "jose";
import { LRUCache } from "lru-cache";
import { createConnection } from "mongoose";
import { pino } from "pino";
import { build } from "pino-pretty";
import { Registry } from "prom-client";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { z } from "zod";

/*
 * A bare Colyseus server that imports the packages the product's own process imports and does nothing with them: what
 * the product costs at rest is measured against it.
 */
export const imported = [
  serialize,
  express,
  SignJWT,
  LRUCache,
  createConnection,
  build,
  Registry,
  RateLimiterMemory,
  z,
];

class EmptyRoom extends Room<{ state: InstanceType<typeof Nothing> }> {
  override state = new Nothing();
}
const Nothing = schema({ n: t.number().default(0) }, "Nothing");

const server = defineServer({
  rooms: { empty: defineRoom(EmptyRoom) },
  transport: new WebSocketTransport({}),
  express: (app) => void app.use(helmet()),
  greet: false,
});
await server.listen(0, "127.0.0.1");
pino().info("listening");
