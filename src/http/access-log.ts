import type { Request, RequestHandler, Response } from "express";
import type { Logger } from "../log.ts";
import { routeOf } from "./mount.ts";
import { requestIdOf } from "./request-id.ts";

/** Told once per answered request; `route` is a template such as `/v1/sessions/:id`, so its values are few. */
export type Observe = (route: string, method: string, status: number, seconds: number) => void;

/** Asked every few seconds by machines; at `info` they would drown the rest. */
const QUIET = new Set(["/health", "/ready", "/metrics"]);
const MAX_PATH = 200;

/** One line per request, and one observation. Never the query string or a header: tokens travel in both. */
export function accessLog(log: Logger, observe: Observe): RequestHandler {
  return (req, res, next) => {
    const startedAt = performance.now();
    const { path } = req;
    // "close" comes for answered and for aborted requests; "finish" only for the former.
    res.once("close", () => {
      const milliseconds = performance.now() - startedAt;
      if (res.writableFinished) observe(routeOf(req), req.method, res.statusCode, milliseconds / 1000);
      write(log, req, res, { path: path.slice(0, MAX_PATH), ms: Math.round(milliseconds * 10) / 10 });
    });
    next();
  };
}

function write(log: Logger, req: Request, res: Response, measured: { path: string; ms: number }): void {
  const line = {
    requestId: requestIdOf(req),
    method: req.method,
    ...measured,
    status: res.statusCode,
    address: req.ip,
    ...(res.writableFinished ? {} : { aborted: true }),
  };
  if (res.statusCode >= 500) log.warn(line, "request");
  else if (QUIET.has(measured.path)) log.debug(line, "request");
  else log.info(line, "request");
}
