import { resolve, sep } from "node:path";
import express, { type Application, type RequestHandler } from "express";
import helmet from "helmet";
import type { Config } from "../config.ts";
import { refusal } from "../errors.ts";
import type { Logger } from "../log.ts";
import { accessLog, type Observe } from "./access-log.ts";
import { cors } from "./cors.ts";
import { docsFiles } from "./docs.ts";
import type { AnyEndpoint } from "./endpoint.ts";
import { type MountParts, mountEndpoints } from "./mount.ts";
import { errorHandler } from "./problem.ts";
import { requestId } from "./request-id.ts";

const YEAR_SECONDS = 365 * 24 * 3600;

export interface HttpParts extends MountParts {
  readonly log: Logger;
  readonly config: Pick<Config, "trustProxy" | "corsOrigins">;
  readonly endpoints: readonly AnyEndpoint[];
  /** Passes requests on that another process of the cluster must answer. */
  readonly forward?: RequestHandler | undefined;
  /** The built page: `index.html`, and hashed files under `assets/`. */
  readonly staticDir?: string | undefined;
  /** host[:port] of others that the pages may ask things of; by default nobody. */
  readonly askedByPages?: (() => readonly string[]) | undefined;
  readonly observe?: Observe | undefined;
}

/** Assembles everything a request passes, in order. */
export function buildHttp(app: Application, parts: HttpParts): void {
  const { log, config, endpoints, staticDir } = parts;
  // An ETag of ours is a resource's version; one made from the bytes of the answer would look like it.
  app.disable("etag");
  app.set("trust proxy", config.trustProxy);

  app.use(requestId);
  app.use(accessLog(log, parts.observe ?? (() => undefined)));
  app.use(securityHeaders());
  app.use(cors(config.corsOrigins));
  if (parts.forward !== undefined) app.use(parts.forward);
  mountEndpoints(app, endpoints, parts);
  app.use("/docs", docsFiles());
  if (parts.askedByPages !== undefined) app.use(pagePolicy(parts.askedByPages));
  if (staticDir !== undefined) app.use(staticFiles(staticDir));
  app.use(() => {
    throw refusal("not_found");
  });
  app.use(errorHandler(log));
}

const POLICY = {
  defaultSrc: ["'self'"],
  // Browsers differ on whether 'self' covers ws: on the same host.
  connectSrc: ["'self'", "ws:", "wss:"],
  imgSrc: ["'self'", "data:"],
  objectSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
};

function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives: POLICY },
    // The other hosts of a studio's domain are not ours to bind.
    strictTransportSecurity: { maxAge: YEAR_SECONDS, includeSubDomains: false },
  });
}

/** Hosts come and go while the server runs, and only pages ask them: everything else keeps the narrow policy. */
function pagePolicy(asked: () => readonly string[]): RequestHandler {
  return (req, res, next) => {
    const hosts = asked();
    if (hosts.length === 0) return next();
    const directives = { ...POLICY, connectSrc: [...POLICY.connectSrc, ...hosts] };
    helmet.contentSecurityPolicy({ useDefaults: false, directives })(req, res, next);
  };
}

/** Hashed files never change under their name; everything else is asked for again each time. */
function staticFiles(staticDir: string): RequestHandler {
  const hashed = resolve(staticDir, "assets") + sep;
  return express.static(staticDir, {
    cacheControl: false,
    setHeaders: (res, path) => {
      const policy = path.startsWith(hashed) ? `public, max-age=${YEAR_SECONDS}, immutable` : "no-cache";
      res.setHeader("Cache-Control", policy);
    },
  });
}
