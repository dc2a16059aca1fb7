import { CLOSE, refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../log.ts";
import type { AccountStore, Ban, Standing } from "./accounts.store.ts";
import type { FamilyStore, Revocation } from "./families.store.ts";

/** Whose live connections must close; without a device, all of the account's. */
export interface Revoked {
  readonly accountId: string;
  readonly deviceId?: string;
  readonly code: typeof CLOSE.banned | typeof CLOSE.tokenRevoked;
}

/** What a token says that revocations go by. */
export interface Revocable {
  readonly accountId: string;
  readonly familyId: string | undefined;
  /** Ms since the epoch. */
  readonly issuedAt: number;
}

export interface Revocations {
  /** Reads what was revoked while this process was not there; no token may be trusted before. */
  load(): Promise<void>;
  /** @throws Refusal `token_revoked`, `banned`, or `token_expired` where a refresh brings a token with the new roles */
  check(token: Revocable): void;
  family(revocation: Revocation): void;
  standing(standing: Standing): void;
  /** Polls for what other processes revoke. */
  start(everyMs: number): void;
  stop(): Promise<void>;
}

/** Clocks of processes differ a little, and a write becomes visible after its time stamp. */
const OVERLAP_MS = 10_000;

/**
 * What is revoked among the access tokens that have not expired yet: held in memory, so that checking a token asks no
 * database, and forgotten once every such token has expired.
 */
export function createRevocations(parts: {
  accounts: AccountStore;
  families: FamilyStore;
  /** Seconds an access token lives. */
  ttl: number;
  clock: Clock;
  log: Logger;
  onRevoked: (revoked: Revoked) => void;
}): Revocations {
  const { accounts, families, clock, log, onRevoked } = parts;
  const lifetimeMs = parts.ttl * 1000 + OVERLAP_MS;
  const revokedFamilies = new Map<string, number>();
  const standings = new Map<string, Omit<Standing, "_id">>();
  let readUntil = 0;
  let timer: NodeJS.Timeout | undefined;
  let polling: Promise<void> | undefined;

  function family({ _id, accountId, deviceId, revokedAt, replaced }: Revocation): void {
    if (revokedAt === null || revokedFamilies.has(_id)) return;
    revokedFamilies.set(_id, revokedAt.getTime());
    if (accountId === null || deviceId === null || replaced) return;
    onRevoked({ accountId, deviceId, code: CLOSE.tokenRevoked });
  }

  function standing({ _id, ban, standingAt }: Standing): void {
    const known = standings.get(_id);
    if (known && known.standingAt >= standingAt) return;
    standings.set(_id, { ban, standingAt });
    if (isBanned(ban, clock.now())) onRevoked({ accountId: _id, code: CLOSE.banned });
  }

  async function read(): Promise<void> {
    const now = clock.now();
    const since = new Date(Math.max(readUntil - OVERLAP_MS, now - lifetimeMs));
    for await (const revocation of families.revokedSince(since)) family(revocation);
    for await (const changed of accounts.standingsSince(since)) standing(changed);
    readUntil = now;
    forgetBefore(now - lifetimeMs);
  }

  function forgetBefore(instant: number): void {
    for (const [id, at] of revokedFamilies) if (at < instant) revokedFamilies.delete(id);
    for (const [id, { standingAt }] of standings) if (standingAt.getTime() < instant) standings.delete(id);
  }

  async function poll(): Promise<void> {
    await read().catch((error: unknown) => log.warn({ error: String(error) }, "revocations not read"));
  }

  return {
    load: read,
    family,
    standing,

    check({ accountId, familyId, issuedAt }) {
      if (familyId !== undefined && revokedFamilies.has(familyId)) throw refusal("token_revoked");
      const changed = standings.get(accountId);
      if (!changed) return;
      if (isBanned(changed.ban, clock.now())) throw refusal("banned");
      if (issuedAt < changed.standingAt.getTime()) throw refusal("token_expired");
    },

    start(everyMs) {
      timer = setInterval(() => {
        // One at a time: on a slow database they would pile up.
        polling ??= poll().finally(() => {
          polling = undefined;
        });
      }, everyMs);
      timer.unref();
    },

    async stop() {
      clearInterval(timer);
      await polling;
    },
  };
}

export function isBanned(ban: Ban | null, now: number): boolean {
  return ban !== null && (ban.until === null || ban.until.getTime() > now);
}
