import { type RequestHandler, Router } from "express";
import { z } from "zod";
import { principalOf } from "../http/authenticate.ts";
import { readParams, readQuery } from "../http/validate.ts";
import type { SessionReads } from "./session-reads.ts";

const Limit = z.coerce.number().int().min(1).max(100).default(20);
const Name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/);
const SessionId = z.uuid();

const ListQuery = z.strictObject({
  type: Name.optional(),
  status: z.enum(["waiting", "active", "ended"]).optional(),
  gameId: Name.optional(),
  mode: Name.optional(),
  playerId: z.uuid().optional(),
  limit: Limit,
  cursor: SessionId.optional(),
});

const SessionParams = z.strictObject({ id: SessionId });

const EventsQuery = z.strictObject({
  after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  cursor: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  limit: Limit,
});

/** Reading sessions, to be mounted at `/v1/sessions`. */
export function sessionsRoutes(parts: { reads: SessionReads; authenticated: RequestHandler }): Router {
  const { reads, authenticated } = parts;
  const router = Router();

  router.get("/", authenticated, async (req, res) => {
    const { limit, cursor, ...filter } = readQuery(req, ListQuery);
    res.json(await reads.list(filter, principalOf(req).accountId, limit, cursor));
  });

  router.get("/:id", authenticated, async (req, res) => {
    const { id } = readParams(req, SessionParams);
    const { resource, runs } = await reads.get(id, principalOf(req).accountId);
    // The state differs by viewer, so a shared cache must not keep it under the version alone.
    const etag = `"${resource.version}"`;
    res.set({ ETag: etag, Vary: "Authorization", "Cache-Control": "private, no-cache" });
    // Ticks do not count as versions: while the clock of a game runs its state is never the one that was read before.
    if (!runs && names(req.get("If-None-Match"), etag)) res.status(304).end();
    else res.json(resource);
  });

  router.get("/:id/events", authenticated, async (req, res) => {
    const { id } = readParams(req, SessionParams);
    const { after, cursor, limit } = readQuery(req, EventsQuery);
    res.json(await reads.events(id, principalOf(req).accountId, cursor ?? after ?? 0, limit));
  });

  return router;
}

/**
 * Whether an If-None-Match header names the tag. Express's own `req.fresh` also looks at Cache-Control, and `fetch` sends
 * `no-cache` with every conditional request.
 */
function names(header: string | undefined, etag: string): boolean {
  const tags = (header ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}
