import { type Application, type Request, type RequestHandler, Router } from "express";
import { refusal } from "../errors.ts";

/** A router and the path it is mounted at. */
export interface Mounted {
  readonly path: string;
  readonly router: Router;
}

const mounts = new WeakMap<Request, string>();
const allowed = new WeakMap<Request, Set<string>>();

/** Mounts the routers, and answers 405 with `Allow` where a path of theirs is asked with another method. */
export function mountRoutes(app: Application, routers: readonly Mounted[]): void {
  for (const { path, router } of routers) {
    app.use(path, rememberMount(path), router);
  }
  for (const { path, router } of routers) app.use(path, collectMethods(path, router));
  app.use(refuseMethod);
}

/** The template of the route that served a request, or `unmatched`; Express itself forgets the mount on errors. */
export function routeOf(req: Request): string {
  const route: unknown = req.route?.path;
  if (typeof route !== "string") return "unmatched";
  return `${mounts.get(req) ?? ""}${route}`.replace(/^\/\//, "/");
}

function rememberMount(path: string): RequestHandler {
  return (req, _res, next) => {
    mounts.set(req, path);
    next();
  };
}

/** A router with the same paths that only notes which methods they have. */
function collectMethods(path: string, router: Router): Router {
  const collector = Router();
  for (const { route } of router.stack) {
    if (route === undefined) continue;
    const methods = route.stack.flatMap((layer) => (layer.method ? [layer.method.toUpperCase()] : []));
    collector.all(route.path, (req, _res, next) => {
      const known = allowed.get(req) ?? new Set<string>();
      for (const method of methods) known.add(method);
      if (known.has("GET")) known.add("HEAD");
      allowed.set(req, known);
      mounts.set(req, path);
      next();
    });
  }
  return collector;
}

const refuseMethod: RequestHandler = (req, res, next) => {
  const methods = allowed.get(req);
  if (methods === undefined || methods.has(req.method)) return next();
  res.setHeader("Allow", [...methods].sort().join(", "));
  throw refusal("method_not_allowed");
};
