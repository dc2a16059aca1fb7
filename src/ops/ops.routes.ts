import type { Registry } from "prom-client";
import { z } from "zod";
import { refusal } from "../errors.ts";
import { type AnyEndpoint, defineEndpoint } from "../http/endpoint.ts";
import { type HealthSource, healthReporter } from "./health.ts";

const TAG = "Operations";

/** Pages of other regions measure by `GET /health` how far away this one is; without it a browser hides the answer. */
const PINGED = { "Cross-Origin-Resource-Policy": "cross-origin" };

const HealthResponse = z
  .strictObject({
    status: z.enum(["ok", "degraded", "down"]),
    checks: z.strictObject({
      database: z.enum(["ok", "down"]),
      redis: z.enum(["ok", "down", "not_used"]),
      rooms: z.int().min(0).describe("Rooms that live in this process."),
    }),
    uptime: z.int().min(0).describe("Seconds since the process started."),
    version: z.string(),
  })
  .meta({ id: "HealthResponse", description: "How this process is." });

/** What operators and load balancers ask. */
export function opsEndpoints(parts: {
  health: HealthSource;
  registry: Registry;
  version: string;
}): readonly AnyEndpoint[] {
  const { health, registry, version } = parts;
  const report = healthReporter(health, version);
  return [
    defineEndpoint({
      ...{ method: "get", path: "/health", id: "getHealth", tag: TAG, access: "anyone", probe: true },
      summary: "How the process is",
      answers: {
        200: { description: "It serves, perhaps degraded.", body: HealthResponse },
        503: { description: "It cannot serve.", body: HealthResponse },
      },
      async handle() {
        const body = await report();
        return { status: body.status === "down" ? 503 : 200, body, headers: PINGED };
      },
    }),

    defineEndpoint({
      ...{ method: "get", path: "/ready", id: "getReady", tag: TAG, access: "anyone", probe: true },
      summary: "Whether to send players here",
      answers: { 200: { description: "Yes.", body: z.strictObject({ status: z.literal("ready") }) } },
      async handle() {
        const phase = health.phase();
        if (phase !== "ready") throw refusal("unavailable", `The server is ${phase}.`);
        return { status: 200, body: { status: phase } };
      },
    }),

    defineEndpoint({
      ...{ method: "get", path: "/metrics", id: "getMetrics", tag: TAG, access: "anyone", probe: true },
      summary: "Metrics for Prometheus",
      answers: { 200: { description: "The text format of Prometheus.", mediaType: "text/plain" } },
      async handle() {
        const headers = { "Content-Type": registry.contentType };
        return { status: 200, body: await registry.metrics(), headers };
      },
    }),
  ];
}
