import { Router } from "express";
import type { Registry } from "prom-client";
import { refusal } from "../errors.ts";
import { type HealthSource, healthReporter } from "./health.ts";

/** What operators and load balancers ask, to be mounted at `/`. */
export function opsRoutes(parts: { health: HealthSource; registry: Registry; version: string }): Router {
  const { health, registry, version } = parts;
  const report = healthReporter(health, version);
  const router = Router();

  router.get("/health", async (_req, res) => {
    const found = await report();
    res
      .set("Cache-Control", "no-store")
      .status(found.status === "down" ? 503 : 200)
      .json(found);
  });

  router.get("/ready", (_req, res) => {
    const phase = health.phase();
    if (phase !== "ready") throw refusal("unavailable", `The server is ${phase}.`);
    res.set("Cache-Control", "no-store").json({ status: phase });
  });

  router.get("/metrics", async (_req, res) => {
    res
      .set("Cache-Control", "no-store")
      .type(registry.contentType)
      .send(await registry.metrics());
  });

  return router;
}
