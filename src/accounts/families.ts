import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import { uuid7 } from "../lib/uuid7.ts";
import type { FamilyDoc, FamilyStore } from "./families.store.ts";
import type { DeviceKind } from "./names.rules.ts";
import type { Revocations } from "./revocations.ts";

/** Two tabs refresh together, or an answer is lost: so long the former token brings the same successor, in ms. */
const GRACE_MS = 10_000;
/** Sign-ins an account may have side by side; one more ends the oldest. */
const FAMILIES_MAX = 50;
/** Access tokens of a family that ended are known as revoked for their whole life, and then some. */
const KEEP_MS = 60_000;

const TOKEN = /^([0-9a-f-]{36})\.(\d{1,9})\.([\w-]{43})$/;

/** A refresh token, and the family it is of. */
export interface Issued {
  readonly family: OwnedFamily;
  readonly refreshToken: string;
}

/** A family of an account that has not been erased. */
export interface OwnedFamily extends FamilyDoc {
  readonly accountId: string;
  readonly deviceId: string;
}

export interface Device {
  readonly deviceId: string;
  readonly device: DeviceKind | null;
}

export interface Families {
  /** A new sign-in; one that the device had before ends, without closing what the device is doing. */
  open(accountId: string, device: Device): Promise<Issued>;
  /** The same for an account that has no sign-in yet. */
  openFirst(accountId: string, device: Device): Promise<Issued>;
  /**
   * The next refresh token. The same token again within ten seconds brings the same successor.
   *
   * @param admit refuses accounts that may not come in; asked before the token is used up
   * @throws Refusal `unauthorized`, `token_expired`, `token_revoked`, `device_mismatch`, and `token_reused` for a token
   *   of long ago: somebody has a copy, so the whole family ends
   */
  refresh(token: string, deviceId: string, admit: (accountId: string) => Promise<void>): Promise<Issued>;
  /** The family of a refresh token, whichever generation; null for one that never was ours. */
  of(token: string): Promise<OwnedFamily | null>;
  /** The live ones, newest first. */
  list(accountId: string): Promise<OwnedFamily[]>;
  revoke(family: OwnedFamily): Promise<void>;
  /** Every sign-in of the account, but for one. */
  revokeAll(accountId: string, except?: string): Promise<void>;
}

/**
 * Refresh tokens. A token is `<family>.<generation>.<mac>`, the mac being of a key that is not in the database and a
 * salt that is nowhere else: what is stored suffices for no token, and the successor of a token can be derived again.
 */
export function createFamilies(parts: {
  store: FamilyStore;
  revocations: Revocations;
  key: Uint8Array;
  /** Seconds a family lives without being used. */
  ttl: number;
  /** Seconds an access token lives. */
  accessTtl: number;
  clock: Clock;
}): Families {
  const { store, revocations, key, clock } = parts;

  function macOf({ _id, salt }: FamilyDoc, generation: number): string {
    return createHmac("sha256", key).update(`${_id}/${salt}/${generation}`).digest("base64url");
  }

  function issued(family: OwnedFamily): Issued {
    const { _id, generation } = family;
    return { family, refreshToken: `${_id}.${generation}.${macOf(family, generation)}` };
  }

  function expiry(now: number): Date {
    return new Date(now + parts.ttl * 1000);
  }

  async function read(token: string): Promise<{ family: OwnedFamily; generation: number } | null> {
    const [, id, digits, mac] = TOKEN.exec(token) ?? [];
    const family = id === undefined ? null : await store.find(id);
    if (family === null || !isOwned(family)) return null;
    const generation = Number(digits);
    const genuine = timingSafeEqual(Buffer.from(macOf(family, generation)), Buffer.from(mac!));
    return genuine ? { family, generation } : null;
  }

  async function end(family: OwnedFamily, replaced: boolean): Promise<void> {
    const now = clock.now();
    const keepUntil = new Date(now + parts.accessTtl * 1000 + KEEP_MS);
    await store.revoke(family._id, new Date(now), keepUntil, replaced);
    revocations.family({ ...family, revokedAt: new Date(now), replaced });
  }

  async function list(accountId: string): Promise<OwnedFamily[]> {
    return (await store.ofAccount(accountId, new Date(clock.now()), 2 * FAMILIES_MAX)).filter(isOwned);
  }

  async function openFirst(accountId: string, { deviceId, device }: Device): Promise<Issued> {
    const now = clock.now();
    const at = new Date(now);
    const family = {
      ...{ _id: uuid7(now), accountId, deviceId, device, salt: randomBytes(16).toString("base64url") },
      ...{ generation: 1, rotatedAt: at, createdAt: at, expiresAt: expiry(now), revokedAt: null, replaced: false },
    };
    await store.insert(family);
    return issued(family);
  }

  /** The family one generation on, by whoever was first; null when it is over or has gone further. */
  async function advance(family: OwnedFamily): Promise<OwnedFamily | null> {
    const now = clock.now();
    const advanced = await store.rotate(family._id, family.generation, new Date(now), expiry(now));
    const current = advanced ?? (await store.find(family._id));
    if (!current || !isOwned(current) || current.revokedAt !== null) return null;
    return current.generation === family.generation + 1 ? current : null;
  }

  return {
    openFirst,
    list,

    async open(accountId, device) {
      const former = await list(accountId);
      const same = former.filter(({ deviceId }) => deviceId === device.deviceId);
      const others = former.filter(({ deviceId }) => deviceId !== device.deviceId);
      for (const family of same) await end(family, true);
      for (const family of others.slice(FAMILIES_MAX - 1)) await end(family, false);
      return openFirst(accountId, device);
    },

    async refresh(token, deviceId, admit) {
      const known = await read(token);
      if (!known) throw refusal("unauthorized", "The refresh token is not valid.");
      const { family, generation } = known;
      if (family.deviceId !== deviceId) throw refusal("device_mismatch");
      if (family.revokedAt !== null) throw refusal("token_revoked");
      if (family.expiresAt.getTime() <= clock.now()) throw refusal("token_expired", "The refresh token has expired.");
      const age = family.generation - generation;
      if (age > 1 || (age === 1 && clock.now() - family.rotatedAt.getTime() > GRACE_MS)) {
        await end(family, false);
        throw refusal("token_reused");
      }
      await admit(family.accountId);
      if (age === 1) return issued(family);
      const next = await advance(family);
      if (!next) throw refusal("token_revoked");
      return issued(next);
    },

    async of(token) {
      return (await read(token))?.family ?? null;
    },

    revoke: (family) => end(family, false),

    async revokeAll(accountId, except) {
      for (const family of await list(accountId)) if (family._id !== except) await end(family, false);
    },
  };
}

function isOwned(family: FamilyDoc): family is OwnedFamily {
  return family.accountId !== null && family.deviceId !== null;
}
