import type { Request, RequestHandler } from "express";
import type { Principal } from "../accounts/tokens.ts";
import { refusal } from "../errors.ts";

const principals = new WeakMap<Request, Principal>();

/** Lets only requests with a valid `Authorization: Bearer <access token>` through. */
export function authenticate(tokens: { verify(token: string): Promise<Principal> }): RequestHandler {
  return async (req, _res, next) => {
    const [, token] = /^Bearer +(\S+)$/i.exec(req.get("Authorization") ?? "") ?? [];
    if (token === undefined) throw refusal("unauthorized");
    principals.set(req, await tokens.verify(token));
    next();
  };
}

/** The principal of a request that came through `authenticate`; refuses as `unauthorized` where it did not. */
export function principalOf(req: Request): Principal {
  const principal = principals.get(req);
  if (principal === undefined) throw refusal("unauthorized");
  return principal;
}
