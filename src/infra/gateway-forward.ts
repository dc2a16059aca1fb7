import { type IncomingMessage, request as send } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Request, RequestHandler, Response } from "express";
import { Refusal, refusal } from "../errors.ts";
import { requestIdOf } from "../http/request-id.ts";
import type { Clock } from "../lib/clock.ts";
import { HOP_HEADER } from "./gateway-hop.ts";
import { hopOf } from "./gateway-http.ts";
import { isRefused, MISDIRECTED, type Peers, placeOf } from "./gateway-peers.ts";
import { seek } from "./gateway-seek.ts";
import type { Whereabouts } from "./gateway-where.ts";
import type { Peer, ProcessWatch } from "./processes-watch.ts";

/** How long a request may take altogether. */
const FORWARD_MS = 15_000;
/** Requests under way at a time. */
const FORWARDS_MAX = 2000;
/** They belong to one connection, not to the request. */
const PER_HOP = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "te",
  "trailer",
  "proxy-connection",
]);

export interface ForwardParts {
  readonly where: Whereabouts;
  readonly watch: ProcessWatch;
  readonly peers: Peers;
  readonly clock: Clock;
  /** Who makes what would be new here, while this process is about to stop; undefined otherwise. */
  readonly instead: () => Peer | undefined;
  readonly onForward: (outcome: "answered" | "refused" | "lost") => void;
}

/** `again`: the owner has not begun to work on it. `lost`: it may have. */
type Passed = "answered" | "again" | "lost";

/**
 * Requests about a session that another process holds: passed on as they are, so that limits, idempotency and the
 * session's one door are met exactly once, at its owner.
 *
 * @param sessionIdOf the session that a path is about; `new` for paths at which sessions are made
 */
export function forwardToOwner(
  parts: ForwardParts,
  sessionIdOf: (path: string) => string | "new" | undefined,
): RequestHandler {
  const { where, onForward, instead } = parts;
  let running = 0;

  async function route(req: Request, res: Response, sessionId: string): Promise<boolean> {
    const isBirth = sessionId === "new";
    if (isBirth && isSafe(req)) return false;
    const find = async () => (isBirth ? instead() : where.of(sessionId));
    for await (const { peer, left } of seek(parts, FORWARD_MS, find)) {
      if (!peer) return false;
      if (hopOf(req)) return misdirect(res);
      const passed = await pass(parts.peers, peer, req, res, left);
      if (passed === "answered") onForward("answered");
      if (passed === "answered") return true;
      // Only what changes nothing may be asked again of somebody who perhaps has answered it.
      if (passed === "lost" && !isSafe(req)) break;
    }
    onForward("lost");
    throw refusal(isSafe(req) ? "unavailable" : "outcome_unknown");
  }

  return async (req, res, next) => {
    const sessionId = sessionIdOf(req.path);
    if (sessionId === undefined) return next();
    if (running >= FORWARDS_MAX) {
      onForward("refused");
      throw refusal("unavailable");
    }
    running += 1;
    const done = await route(req, res, sessionId).finally(() => {
      running -= 1;
    });
    if (!done) next();
  };
}

/** Sends the request to the owner and its answer to the client. The body is not touched before the owner listens. */
async function pass(peers: Peers, peer: Peer, req: Request, res: Response, ms: number): Promise<Passed> {
  if (peer.row.addresses.internal === null) return "again";
  let sent = false;
  const { method, originalUrl: path } = req;
  const headers = headersOf(req, peers.header(peer, method, path, req.ip ?? ""));
  const signal = AbortSignal.any([peer.gone, AbortSignal.timeout(Math.ceil(ms))]);
  const asked = send({ ...placeOf(peer), method, path, headers, signal, agent: false });
  const answered = new Promise<IncomingMessage>((resolve, reject) =>
    asked.once("response", resolve).once("error", reject),
  );
  asked.once("socket", (socket) =>
    socket.once("connect", () => {
      sent = true;
      req.pipe(asked);
    }),
  );
  try {
    const answer = await answered;
    if (answer.statusCode === MISDIRECTED) {
      answer.resume();
      if (!hasBody(req)) return "again";
      throw refusal("session_moved"); // nobody has done it, but what was sent once cannot be sent again
    }
    copyHead(answer, res);
    await pipeline(answer, res);
    return "answered";
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (res.headersSent) {
      res.destroy();
      return "answered";
    }
    return !sent || isRefused(error) ? "again" : "lost";
  }
}

function headersOf(req: Request, hop: string): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(req.headers)) if (!PER_HOP.has(name)) headers[name] = value!;
  return { ...headers, [HOP_HEADER]: hop, "x-request-id": requestIdOf(req) };
}

function copyHead(answer: IncomingMessage, res: Response): void {
  res.status(answer.statusCode!);
  for (const [name, value] of Object.entries(answer.headers)) if (!PER_HOP.has(name)) res.setHeader(name, value!);
}

function misdirect(res: Response): true {
  res.status(MISDIRECTED).end();
  return true;
}

function isSafe({ method }: Request): boolean {
  return method === "GET" || method === "HEAD";
}

function hasBody(req: Request): boolean {
  return req.headers["transfer-encoding"] !== undefined || (req.headers["content-length"] ?? "0") !== "0";
}
