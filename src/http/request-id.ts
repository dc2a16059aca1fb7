import type { Request, RequestHandler } from "express";
import { uuid7 } from "../lib/uuid7.ts";

const HEADER = "X-Request-Id";
/** A caller's own id goes into logs and answers, so it may hold nothing that means something there. */
const SANE = /^[A-Za-z0-9._-]{1,64}$/;

const ids = new WeakMap<Request, string>();

/** Gives every request an id, the caller's if it is sane, and every response the same. */
export const requestId: RequestHandler = (req, res, next) => {
  const given = req.get(HEADER);
  const id = given !== undefined && SANE.test(given) ? given : uuid7(Date.now());
  ids.set(req, id);
  res.setHeader(HEADER, id);
  next();
};

/** The id of a request that came through `requestId`. */
export function requestIdOf(req: Request): string {
  return ids.get(req) ?? "";
}
