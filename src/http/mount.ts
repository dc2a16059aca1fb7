import type { Application, Request, RequestHandler, Response } from "express";
import { refusal } from "../errors.ts";
import { sendAnswer } from "./answer.ts";
import { authorize, type Identities, identifyService } from "./authenticate.ts";
import { bodyReader } from "./body.ts";
import { readCall } from "./call.ts";
import type { AnyEndpoint } from "./endpoint.ts";
import type { Idempotency } from "./idempotency.ts";
import type { TakeLimits } from "./limits.ts";

export interface MountParts {
  readonly identities: Identities;
  /** Without it, nothing is limited. */
  readonly takeLimits?: TakeLimits | undefined;
  /** Without it, an Idempotency-Key means nothing. */
  readonly idempotency?: Idempotency | undefined;
}

/** Mounts the endpoints, and answers 405 with `Allow` where a path of theirs is asked with another method. */
export function mountEndpoints(app: Application, endpoints: readonly AnyEndpoint[], parts: MountParts): void {
  const byPath = Map.groupBy(endpoints, ({ path }) => path);
  for (const [path, group] of [...byPath].sort(([a], [b]) => literalsFirst(a, b))) {
    const route = app.route(path.replaceAll(/\{(\w+)\}/g, ":$1"));
    for (const endpoint of group) route[endpoint.method](serve(endpoint, parts));
    route.all(refuseMethod(group));
  }
}

/** The template of the route that served a request, such as `/v1/sessions/:id`, or `unmatched`. */
export function routeOf(req: Request): string {
  const path: unknown = req.route?.path;
  return typeof path === "string" ? path : "unmatched";
}

/** Everything one call passes, in order. */
function serve(endpoint: AnyEndpoint, parts: MountParts): RequestHandler {
  const { identities, takeLimits, idempotency } = parts;
  const readBody = bodyReader(endpoint);

  async function admit(req: Request, res: Response) {
    const service = identifyService(req, identities);
    // A game's own servers call for all of its players.
    if (service === undefined) await takeLimits?.(res, endpoint, "address", req.ip ?? "");
    const principal = await authorize(req, endpoint.access, service, identities);
    if (service === undefined && principal !== undefined) {
      await takeLimits?.(res, endpoint, "account", principal.accountId);
    }
    return principal;
  }

  return async (req, res) => {
    const principal = await admit(req, res);
    const body = await readBody(req, res);
    const call = readCall(req, endpoint, body, principal);
    const handle = (effectId?: string) => endpoint.handle({ ...call, effectId });
    const key = endpoint.idempotent ? req.get("Idempotency-Key") : undefined;
    const answer =
      key === undefined || idempotency === undefined
        ? await handle()
        : await idempotency.once({ key, method: req.method, path: req.path, body, call }, handle);
    sendAnswer(res, endpoint, answer);
  };
}

function refuseMethod(group: readonly AnyEndpoint[]): RequestHandler {
  const methods = new Set(group.map(({ method }) => method.toUpperCase()));
  if (methods.has("GET")) methods.add("HEAD");
  const allow = [...methods].sort().join(", ");
  return (_req, res) => {
    res.setHeader("Allow", allow);
    throw refusal("method_not_allowed");
  };
}

/** Express takes the first route that fits: `/a/b` must come before `/a/{id}`, whoever named it first. */
function literalsFirst(a: string, b: string): number {
  const [left, right] = [a.split("/"), b.split("/")];
  for (const [index, segment] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (segment.startsWith("{") !== other.startsWith("{")) return segment.startsWith("{") ? 1 : -1;
    if (segment !== other && !segment.startsWith("{")) return segment < other ? -1 : 1;
  }
  return left.length - right.length;
}
