import type { Request } from "express";
import { may } from "../accounts/roles.rules.ts";
import type { Principal } from "../accounts/tokens.ts";
import { Refusal, refusal } from "../errors.ts";
import type { Access } from "./endpoint.ts";

/** Who stands behind a credential. */
export interface Identities {
  /** Of an access token; refuses as `token_expired`, `banned`, and as `unauthorized` for every other fault. */
  verify(token: string): Promise<Principal>;
  /** Of a service key; refuses as `unauthorized`. */
  service(key: string): Principal;
}

/** The service whose key came as `X-Service-Key`; undefined when none came. */
export function identifyService(req: Request, identities: Identities): Principal | undefined {
  const key = req.get("X-Service-Key");
  return key === undefined ? undefined : identities.service(key);
}

/**
 * Who calls by `Authorization: Bearer <access token>`, if they may: refuses as `unauthorized` or `token_expired` where a
 * token is missing or wrong, and as `forbidden` where the role is not enough.
 */
export async function authorize(
  req: Request,
  access: Access,
  service: Principal | undefined,
  identities: Identities,
): Promise<Principal | undefined> {
  if (access === "anyone") return service ?? (await bearer(req, identities).catch(nobody));
  const principal = service ?? (await bearer(req, identities));
  if (principal === undefined) throw refusal("unauthorized");
  if (access !== "account" && !may(principal.roles, access)) throw refusal("forbidden");
  return principal;
}

async function bearer(req: Request, identities: Identities): Promise<Principal | undefined> {
  const [, token] = /^Bearer +(\S+)$/i.exec(req.get("Authorization") ?? "") ?? [];
  return token === undefined ? undefined : identities.verify(token);
}

/** Clients send their token with everything: one that has expired must not keep its owner from refreshing it. */
function nobody(reason: unknown): undefined {
  if (!(reason instanceof Refusal) || reason.status >= 500) throw reason;
}
