import express, { type Application, type Request, type RequestHandler } from "express";
import { Refusal, refusal } from "../errors.ts";
import type { Owners } from "../sessions/owners.ts";
import type { CallAnswer } from "./gateway-calls.ts";
import { HOP_HEADER, type Hop, type Hops } from "./gateway-hop.ts";
import { ALIVE_PATH, CALLS_PATH, MISDIRECTED, PROCESS_HEADER } from "./gateway-peers.ts";
import type { Whereabouts } from "./gateway-where.ts";

const BODY_MAX = 64 * 1024;

/** What other processes may ask this one to do with a session that it holds; see `Calls`. */
export type CallHandler = (sessionId: string, body: unknown, address: string) => Promise<unknown>;

export interface HopRoutesParts {
  readonly hops: Hops;
  readonly owners: Owners;
  readonly where: Whereabouts;
  readonly processId: string;
  readonly handlers: Readonly<Record<string, CallHandler>>;
}

const hopped = new WeakMap<object, Hop>();

/** The hop by which a request came; undefined for a client's own. */
export function hopOf(request: Request): Hop | undefined {
  return hopped.get(request);
}

/** Before everything else: tells the hops of other processes from forgeries, and answers their calls. */
export function mountHops(app: Application, parts: HopRoutesParts): void {
  const { handlers, where } = parts;
  app.use(admitHops(parts));
  app.get(ALIVE_PATH, (req, res, next) => {
    if (hopOf(req)) res.status(204).end();
    else next();
  });
  app.post(`${CALLS_PATH}/:name/:sessionId`, onlyHops, express.json({ limit: BODY_MAX }), async (req, res) => {
    const { name, sessionId } = req.params as { name: string; sessionId: string };
    const handler = handlers[name];
    if (!handler || (await where.of(sessionId))) return void res.status(MISDIRECTED).end();
    const answer: CallAnswer = await handler(sessionId, req.body, hopOf(req)!.address).then(
      (value) => ({ value }),
      (reason: unknown) => ({ refused: refusedOf(reason) }),
    );
    // Taken by somebody else meanwhile: the asker finds out by whom.
    if ("refused" in answer && answer.refused.code === "session_moved") res.status(MISDIRECTED).end();
    else res.json(answer);
  });
}

function admitHops({ hops, owners, processId }: HopRoutesParts): RequestHandler {
  return (req, res, next) => {
    const hop = hops.read(req.headers[HOP_HEADER], { method: req.method, url: req.originalUrl });
    if (hop === undefined) return next();
    if (hop === "forged") throw refusal("forbidden");
    res.setHeader(PROCESS_HEADER, processId);
    if (hop.to !== owners.self) return void res.status(MISDIRECTED).end();
    hopped.set(req, hop);
    // Limits count the client, not the process that passed its request on.
    Object.defineProperty(req, "ip", { value: hop.address });
    next();
  };
}

const onlyHops: RequestHandler = (req, _res, next) => {
  if (!hopOf(req)) throw refusal("not_found");
  next();
};

function refusedOf(reason: unknown) {
  const { code, status, message, retryable } = reason instanceof Refusal ? reason : refusal("internal_error");
  return { code, status, message, retryable };
}
