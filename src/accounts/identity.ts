import type { Audit } from "../audit/audit-event.ts";
import type { Config } from "../config.ts";
import type { AnyEndpoint } from "../http/endpoint.ts";
import type { Connection } from "../infra/mongo.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../log.ts";
import { accountStore } from "./accounts.store.ts";
import { createCodes } from "./codes.ts";
import { credentialsEndpoints } from "./credentials.routes.ts";
import { Credentials } from "./credentials.ts";
import { createDisplayNames } from "./display-names.ts";
import { familyStore } from "./families.store.ts";
import { createFamilies, type OwnedFamily } from "./families.ts";
import { ADMIN, ensureAdmin, forgetPasswordFile } from "./first-admin.ts";
import { createIdleGuests } from "./idle-guests.ts";
import { loginStore } from "./logins.store.ts";
import { createLogins } from "./logins.ts";
import type { Mailer } from "./mail.ts";
import { moderationEndpoints } from "./moderation.routes.ts";
import { Moderation } from "./moderation.ts";
import { createOidc } from "./oidc.ts";
import { createPasswords } from "./passwords.ts";
import type { PersonalData } from "./personal-data.ts";
import { profileEndpoints } from "./profile.routes.ts";
import { Profile } from "./profile.ts";
import { refreshCookie } from "./refresh-cookie.ts";
import { createRevocations, isBanned, type Revoked } from "./revocations.ts";
import type { Keys } from "./secret.ts";
import { createServiceKeys } from "./service-keys.ts";
import { signInEndpoints } from "./sign-in.routes.ts";
import { SignIn } from "./sign-in.ts";
import { createSignInGuard, noSignInGuard } from "./sign-in-guard.ts";
import { stockEndpoints } from "./stock.routes.ts";
import { createTokens, type Principal } from "./tokens.ts";

export type IdentityStores = ReturnType<typeof identityStores>;

/** What identity keeps. Apart from the rest, because indexes are made for models that are there. */
export function identityStores(connection: Connection) {
  return { accounts: accountStore(connection), loginDocs: loginStore(connection), familyDocs: familyStore(connection) };
}

export interface IdentityParts {
  readonly stores: IdentityStores;
  readonly config: Pick<
    Config,
    | "accessTokenTtl"
    | "refreshTokenTtl"
    | "serviceKeys"
    | "oidcIssuers"
    | "corsOrigins"
    | "admin"
    | "mode"
    | "dataDir"
    | "rateLimit"
  >;
  readonly keys: Keys;
  readonly log: Logger;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly mail: Mailer;
  /** The part of an address that one customer holds. */
  readonly blockOf: (address: string) => string;
  /** What the rest of the product holds about people. */
  readonly personalData: readonly PersonalData[];
  /** Closes live connections; within the second in which it is called. */
  readonly onRevoked: (revoked: Revoked) => void;
  readonly statisticsOf?: (accountId: string) => Promise<Readonly<Record<string, unknown>>>;
}

/** What other processes revoke is seen this soon; a ban closes live rooms within a second. */
const POLL_MS = 500;
/** With one process there is nothing to see, only to forget. */
const POLL_ALONE_MS = 60_000;

export interface Identity {
  readonly endpoints: readonly AnyEndpoint[];
  /** Whose an access token is; refuses as `unauthorized`, `token_expired`, `token_revoked` and `banned`. */
  verify(token: string): Promise<Principal>;
  /** Whose a service key is; refuses as `unauthorized`. */
  service(key: string): Principal;
  names(accountIds: readonly string[]): Promise<Map<string, string>>;
  /** For those who were let in a moment ago. @throws Refusal `banned`, `token_revoked` */
  refuseRevoked(who: Pick<Principal, "accountId" | "familyId">): void;
  /** For those who come back by something else than an access token. */
  isBanned(accountId: string): Promise<boolean>;
  /** The sign-ins of an account that are good, newest first. */
  signIns(accountId: string): Promise<readonly OwnedFamily[]>;
  /** Erases the guests who cannot come back; how many. */
  purgeGuests(): Promise<number>;
  /** Reads what was revoked and makes the first administrator. Indexes must exist. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Puts identity together: who people are, by which device, and what they may. */
export function createIdentity(parts: IdentityParts): Identity {
  const { stores, config, keys, log, clock, audit, mail, blockOf } = parts;
  const { accounts, loginDocs, familyDocs } = stores;
  const { accessTokenTtl, refreshTokenTtl } = config;

  const shared = { accounts, audit, clock, log };
  const revocations = createRevocations({
    ...{ accounts, families: familyDocs, ttl: accessTokenTtl, clock, log, onRevoked: parts.onRevoked },
  });
  const tokens = createTokens({ signing: keys.signing, ttl: accessTokenTtl, clock, check: revocations.check });
  const families = createFamilies({
    ...{ store: familyDocs, revocations, key: keys.refreshKey, ttl: refreshTokenTtl, accessTtl: accessTokenTtl, clock },
  });
  const logins = createLogins({ store: loginDocs, accounts, clock });
  const names = createDisplayNames(accounts);
  const passwords = createPasswords();
  const guard = config.rateLimit ? createSignInGuard(clock) : noSignInGuard;
  const codes = createCodes(keys.codeKey);

  const credentials = new Credentials({ ...shared, logins, families, passwords, codes, mail, guard });
  const signIn = new SignIn({
    ...{ ...shared, logins, families, tokens, passwords, credentials, guard, names },
    onLogin: ({ username }) => {
      if (username === ADMIN) forgetPasswordFile(config.dataDir).catch(warn);
    },
  });
  const { personalData } = parts;
  const profile = new Profile({ ...shared, logins: loginDocs, families, familyStore: familyDocs, names, personalData });
  const moderation = new Moderation({ ...shared, revocations });
  const oidc = createOidc({ issuers: config.oidcIssuers, clock });
  const cookie = refreshCookie(config.corsOrigins, refreshTokenTtl);
  const guests = createIdleGuests({ ...shared, erase: (id) => profile.erase(id), refreshTtl: refreshTokenTtl });

  function warn(error: unknown): void {
    log.warn({ error: String(error) }, "the file with the administrator's password could not be removed");
  }

  return {
    endpoints: [
      ...signInEndpoints({ signIn, families, oidc, cookie, blockOf }),
      ...credentialsEndpoints({ credentials, blockOf }),
      ...profileEndpoints({ profile, names, cookie, statisticsOf: parts.statisticsOf ?? (() => Promise.resolve({})) }),
      ...moderationEndpoints({ moderation }),
      ...stockEndpoints({ signIn, profile, credentials, blockOf }),
    ],
    verify: tokens.verify,
    service: createServiceKeys(config.serviceKeys),
    names: names.of,
    signIns: families.list,
    purgeGuests: guests.purge,

    refuseRevoked({ accountId, familyId }) {
      // Roles that have changed since are no reason: nothing goes by them any more.
      revocations.check({ accountId, familyId, issuedAt: Number.POSITIVE_INFINITY });
    },

    async isBanned(accountId) {
      return isBanned((await accounts.find(accountId))?.ban ?? null, clock.now());
    },

    async start() {
      await revocations.load();
      await ensureAdmin(config, { accounts, logins, passwords, clock });
      revocations.start(config.mode === "embedded" ? POLL_ALONE_MS : POLL_MS);
      guests.start();
    },

    async close() {
      await guests.stop();
      await revocations.stop();
      await credentials.settled();
    },
  };
}
