import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { refusal } from "../errors.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { uuid7 } from "../lib/uuid7.ts";

/** Pinned: a token that names another algorithm, or none, is no token of ours. */
const ALGORITHM = "HS256";
const ISSUER = "hypogeum";
const AUDIENCE = "hypogeum";

const Claims = z.object({
  sub: z.string().min(1),
  did: z.string().min(1),
  name: z.string(),
  roles: z.array(z.enum(["player", "moderator", "admin", "service"])),
});

export type Role = "player" | "moderator" | "admin" | "service";

/** Who is asking, as the access token says. */
export interface Principal {
  readonly accountId: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly deviceId: string;
}

export interface Tokens {
  /** Seconds a token is good for. */
  readonly ttl: number;
  /** A signed access token for an account on one of its devices. */
  issue(account: { id: string; name: string; roles: readonly Role[] }, deviceId: string): Promise<string>;
  /** Who the token was issued to; refuses as `token_expired`, and as `unauthorized` for every other fault. */
  verify(token: string): Promise<Principal>;
}

/** Access tokens: JWTs that say who is asking without a look at the database. */
export function createTokens(options: { key: Uint8Array; ttl: number; clock?: Clock }): Tokens {
  const { key, ttl, clock = systemClock } = options;
  return {
    ttl,

    async issue(account, deviceId) {
      const seconds = Math.floor(clock.now() / 1000);
      return new SignJWT({ did: deviceId, name: account.name, roles: [...account.roles] })
        .setProtectedHeader({ alg: ALGORITHM, typ: "JWT" })
        .setSubject(account.id)
        .setJti(uuid7(clock.now()))
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt(seconds)
        .setExpirationTime(seconds + ttl)
        .sign(key);
    },

    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: [ALGORITHM],
          issuer: ISSUER,
          audience: AUDIENCE,
          requiredClaims: ["sub", "exp", "jti"],
          currentDate: new Date(clock.now()),
        });
        const { sub, did, name, roles } = Claims.parse(payload);
        return { accountId: sub, deviceId: did, name, roles };
      } catch (error) {
        throw refusal(error instanceof errors.JWTExpired ? "token_expired" : "unauthorized");
      }
    },
  };
}
