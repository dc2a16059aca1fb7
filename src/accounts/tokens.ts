import { errors, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { refusal } from "../errors.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { uuid7, uuid7Time } from "../lib/uuid7.ts";
import { DEVICE_KINDS, type DeviceKind } from "./names.rules.ts";
import type { Revocable } from "./revocations.ts";
import { ROLES, type Role } from "./roles.rules.ts";
import type { SigningKey } from "./secret.ts";

const ISSUER = "hypogeum";
const AUDIENCE = "hypogeum";
/** Tokens whose signature is known to be good: players send the same one with every call. */
const KNOWN_MAX = 10_000;

const Claims = z.object({
  sub: z.string().min(1),
  did: z.string().min(1),
  jti: z.string(),
  exp: z.number(),
  fam: z.string().optional(),
  dev: z.enum(DEVICE_KINDS).optional(),
  name: z.string(),
  roles: z.array(z.enum(ROLES)),
});

/** Who is asking, as the access token says. */
export interface Principal {
  readonly accountId: string;
  readonly name: string;
  readonly roles: readonly Role[];
  /** The client's own label of its device. */
  readonly deviceId: string;
  /** The sign-in the token comes from; services have none. */
  readonly familyId?: string;
  /** What kind of device it is, where the client said so. */
  readonly device?: DeviceKind;
  /** A service's key may be good for the sessions of one game only. */
  readonly gameId?: string;
}

/** Who asks for a change, and by which request; both go into the audit. */
export interface Caller {
  readonly principal: Principal;
  readonly requestId: string;
}

export interface Tokens {
  /** Seconds a token is good for. */
  readonly ttl: number;
  /** A signed access token for an account on one of its devices. */
  issue(
    account: { id: string; name: string; roles: readonly Role[] },
    deviceId: string,
    signIn?: Pick<Principal, "familyId" | "device">,
  ): Promise<string>;
  /**
   * Who the token was issued to; refuses as `token_expired`, `token_revoked` or `banned`, and as `unauthorized` for
   * every other fault.
   */
  verify(token: string): Promise<Principal>;
}

export interface TokensOptions {
  readonly signing: SigningKey;
  /** Seconds. */
  readonly ttl: number;
  readonly clock?: Clock;
  /** Refuses what was revoked. */
  readonly check?: (token: Revocable) => void;
}

/** Access tokens: JWTs that say who is asking without a look at the database. */
export function createTokens(options: TokensOptions): Tokens {
  const { signing, ttl, clock = systemClock, check = () => undefined } = options;

  const known = new LRUCache<string, z.infer<typeof Claims>>({ max: KNOWN_MAX });

  async function payloadOf(token: string): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, signing.verify, {
      // Pinned: a token that names another algorithm, or none, is no token of ours.
      algorithms: [signing.algorithm],
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ["sub", "exp", "jti"],
      currentDate: new Date(clock.now()),
    });
    return payload;
  }

  async function claimsOf(token: string): Promise<z.infer<typeof Claims>> {
    const seen = known.get(token);
    if (seen && seen.exp * 1000 > clock.now()) return seen;
    try {
      const claims = Claims.parse(await payloadOf(token));
      known.set(token, claims);
      return claims;
    } catch (error) {
      throw refusal(error instanceof errors.JWTExpired ? "token_expired" : "unauthorized");
    }
  }

  return {
    ttl,

    async issue(account, deviceId, { familyId, device } = {}) {
      const seconds = Math.floor(clock.now() / 1000);
      return new SignJWT({ did: deviceId, fam: familyId, dev: device, name: account.name, roles: [...account.roles] })
        .setProtectedHeader({ alg: signing.algorithm, typ: "JWT" })
        .setSubject(account.id)
        .setJti(uuid7(clock.now()))
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt(seconds)
        .setExpirationTime(seconds + ttl)
        .sign(signing.sign);
    },

    async verify(token) {
      const { sub: accountId, did: deviceId, fam: familyId, dev: device, name, roles, jti } = await claimsOf(token);
      // The id says when to the millisecond; `iat` knows whole seconds only.
      check({ accountId, familyId, issuedAt: uuid7Time(jti) ?? 0 });
      return { accountId, deviceId, name, roles, ...(familyId ? { familyId } : {}), ...(device ? { device } : {}) };
    },
  };
}
