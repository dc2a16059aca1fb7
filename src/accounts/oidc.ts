import { createHash } from "node:crypto";
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import type { OidcIssuer } from "../config.ts";
import { refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import { oidcLogin } from "./names.rules.ts";

/** Asymmetric ones only: with an HMAC the client's own secret would sign. */
const ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"];
/** An ID token is made for the sign-in that follows at once. */
const MAX_AGE_S = 600;
const TIMEOUT_MS = 5000;
const SILENT = "The issuer does not answer; try again.";
const USED_MAX = 10_000;

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });

type KeySet = ReturnType<typeof createRemoteJWKSet>;

export interface Oidc {
  /**
   * The login of the person whom an ID token of a configured issuer names.
   *
   * @param nonce what the client asked the issuer to put in; required where the token has one
   * @throws Refusal `issuer_unknown`, `invalid_credentials`, `unavailable` when the issuer does not answer
   */
  identify(issuer: string, idToken: string, nonce?: string): Promise<string>;
}

/** Verifies ID tokens. Nothing in them is believed but who it is: no name, no address, no role. */
export function createOidc({ issuers, clock }: { issuers: readonly OidcIssuer[]; clock: Clock }): Oidc {
  const keySets = new Map<string, Promise<KeySet>>();
  const used = new LRUCache<string, true>({ max: USED_MAX, ttl: 2 * MAX_AGE_S * 1000 });

  function keysOf(issuer: string): Promise<KeySet> {
    let keys = keySets.get(issuer);
    if (!keys) {
      keys = discover(issuer);
      keySets.set(issuer, keys);
      keys.catch(() => keySets.delete(issuer));
    }
    return keys;
  }

  async function payloadOf(issuer: string, audience: string[], idToken: string): Promise<JWTPayload> {
    const keys = await keysOf(issuer);
    const { payload } = await jwtVerify(idToken, keys, {
      ...{ algorithms: ALGORITHMS, issuer, audience, requiredClaims: ["sub", "exp", "iat"] },
      ...{ maxTokenAge: MAX_AGE_S, currentDate: new Date(clock.now()) },
    });
    return payload;
  }

  return {
    async identify(issuer, idToken, nonce) {
      const audience = issuers.filter((known) => known.issuer === issuer).map(({ clientId }) => clientId);
      if (audience.length === 0) throw refusal("issuer_unknown");
      const payload = await payloadOf(issuer, audience, idToken).catch((reason: unknown) => {
        throw isUnanswered(reason) ? refusal("unavailable", SILENT) : refusal("invalid_credentials");
      });
      // Of several audiences one asked for the token: it must be us.
      const partyOk = payload.azp === undefined || audience.includes(String(payload.azp));
      if (!partyOk || payload.nonce !== nonce || !payload.sub) throw refusal("invalid_credentials");
      const digest = createHash("sha256").update(idToken).digest("base64url");
      if (used.has(digest)) throw refusal("invalid_credentials");
      used.set(digest, true);
      return oidcLogin(issuer, payload.sub);
    },
  };
}

/** Everything that is not a verdict about the token: no connection, no time, no key set. */
function isUnanswered(reason: unknown): boolean {
  if (!(reason instanceof errors.JOSEError)) return true;
  return reason instanceof errors.JWKSTimeout || reason.code === errors.JOSEError.code;
}

async function discover(issuer: string): Promise<KeySet> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "error" });
  const found = Discovery.parse(await response.json());
  if (found.issuer !== issuer) throw new Error("the issuer calls itself otherwise");
  return createRemoteJWKSet(new URL(found.jwks_uri), { timeoutDuration: TIMEOUT_MS });
}
