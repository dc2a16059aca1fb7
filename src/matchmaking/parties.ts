import type { Principal } from "../accounts/tokens.ts";
import { refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import { newCode, readCode } from "../lib/spoken-code.ts";
import { uuid7 } from "../lib/uuid7.ts";
import type { PartyDocument, PartyMember, PartyStore } from "./parties.store.ts";

export const PARTY_MAX = 8;
/** A party that nobody has touched for so long is none. */
const KEPT_MS = 24 * 3600_000;
/** Two changes at once: the one that comes second looks again. */
const ATTEMPTS = 5;

export interface PartiesParts {
  readonly store: PartyStore;
  readonly clock: Clock;
  /** A party is not what it was: tickets that were made for it are void. */
  readonly onChanged: (party: PartyDocument, was: PartyDocument) => Promise<void>;
}

type Change = (party: PartyDocument) => PartyDocument | "disband" | null;

/** People who queue together. Nobody but its members knows of a party. */
export class Parties {
  readonly #parts: PartiesParts;

  constructor(parts: PartiesParts) {
    this.#parts = parts;
  }

  /**
   * A party of the caller's own, led by the caller.
   *
   * @param id names the new party; where the caller leads one of that name already, an earlier attempt has made it
   * @throws Refusal `in_party`
   */
  async create(who: Principal, maxSize: number = PARTY_MAX, id?: string): Promise<PartyDocument> {
    const { store, clock } = this.#parts;
    await this.#forgetExpired(who.accountId);
    const now = clock.now();
    const party: PartyDocument = {
      ...{ _id: id ?? uuid7(now), leaderId: who.accountId, code: newCode(), maxSize, version: 1 },
      ...{ members: [memberOf(who, true)], createdAt: new Date(now), expiresAt: new Date(now + KEPT_MS) },
    };
    if (await store.insert(party)) return party;
    const before = id === undefined ? null : await store.find(id, new Date(now));
    if (before?.leaderId !== who.accountId) throw refusal("in_party");
    return before;
  }

  /** @throws Refusal `party_not_found`, also to those who are not in it */
  async read(id: string, who: Pick<Principal, "accountId">): Promise<PartyDocument> {
    const party = await this.#parts.store.find(id, new Date(this.#parts.clock.now()));
    if (!party || !isIn(party, who.accountId)) throw refusal("party_not_found");
    return party;
  }

  /** The party that somebody is in; null without. */
  async ofMember(accountId: string): Promise<PartyDocument | null> {
    const party = await this.#parts.store.ofMember(accountId);
    return party && party.expiresAt.getTime() > this.#parts.clock.now() ? party : null;
  }

  /** By the code that a member gave away. @throws Refusal `code_invalid`, `party_full`, `in_party` */
  async join(id: string, who: Principal, code: string): Promise<PartyDocument> {
    await this.#forgetExpired(who.accountId);
    return this.#change(id, "code_invalid", (party) => {
      if (party.code !== readCode(code)) throw refusal("code_invalid");
      if (isIn(party, who.accountId)) return null;
      if (party.members.length >= party.maxSize) throw refusal("party_full");
      return { ...party, members: [...party.members, memberOf(who, false)] };
    });
  }

  /** The next in line leads when the leader goes. @throws Refusal `party_not_found` */
  async leave(id: string, { accountId }: Pick<Principal, "accountId">): Promise<void> {
    await this.#change(id, "party_not_found", (party) => {
      if (!isIn(party, accountId)) throw refusal("party_not_found");
      return without(party, accountId);
    });
  }

  /** @throws Refusal `party_not_found`, `forbidden` for all but the leader, `validation_failed` for the leader itself */
  async kick(id: string, { accountId: by }: Pick<Principal, "accountId">, accountId: string): Promise<PartyDocument> {
    return this.#change(id, "party_not_found", (party) => {
      this.#led(party, by);
      if (accountId === by) throw refusal("validation_failed", "A leader leaves; nobody is put out by oneself.");
      // A new code with it: who was put out knows the old one.
      return isIn(party, accountId) ? { ...without(party, accountId), code: newCode() } : null;
    });
  }

  /** @throws Refusal `party_not_found` */
  async setReady(id: string, { accountId }: Pick<Principal, "accountId">, ready: boolean): Promise<PartyDocument> {
    return this.#change(id, "party_not_found", (party) => {
      if (!isIn(party, accountId)) throw refusal("party_not_found");
      const members = party.members.map((one) => (one.accountId === accountId ? { ...one, ready } : one));
      return party.members.some((one) => one.accountId === accountId && one.ready !== ready)
        ? { ...party, members }
        : null;
    });
  }

  /** @throws Refusal `party_not_found`, `forbidden` for all but the leader */
  async disband(id: string, { accountId }: Pick<Principal, "accountId">): Promise<void> {
    await this.#change(id, "party_not_found", (party) => {
      this.#led(party, accountId);
      return "disband";
    });
  }

  /** Leaves whatever party somebody is in who is no more. */
  async forget(accountId: string): Promise<void> {
    const party = await this.#parts.store.ofMember(accountId);
    if (party) await this.leave(party._id, { accountId }).catch(() => undefined);
  }

  #led(party: PartyDocument, accountId: string): void {
    if (!isIn(party, accountId)) throw refusal("party_not_found");
    if (party.leaderId !== accountId) throw refusal("forbidden", "Only the leader of the party may do that.");
  }

  async #change(id: string, missing: "party_not_found" | "code_invalid", change: Change): Promise<PartyDocument> {
    const { store, clock, onChanged } = this.#parts;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const now = clock.now();
      const was = await store.find(id, new Date(now));
      if (!was) throw refusal(missing);
      const wanted = change(was);
      if (wanted === null) return was;
      const times = { version: was.version + 1, expiresAt: new Date(now + KEPT_MS) };
      const next = { ...(wanted === "disband" ? { ...was, members: [] } : wanted), ...times };
      const written = await this.#write(next, was);
      if (written === "taken") throw refusal("in_party");
      if (!written) continue;
      await onChanged(next, was);
      return next;
    }
    throw refusal("unavailable");
  }

  /** An empty party is none: its document would stand in the way of the next one without members. */
  #write(next: PartyDocument, { version }: PartyDocument): Promise<boolean | "taken"> {
    const { store } = this.#parts;
    return next.members.length === 0 ? store.remove(next._id, version) : store.replace(next, version);
  }

  /** The database forgets it some time later, and until then it would keep its members from others. */
  async #forgetExpired(accountId: string): Promise<void> {
    const { store, clock } = this.#parts;
    const party = await store.ofMember(accountId);
    if (party && party.expiresAt.getTime() <= clock.now()) await store.remove(party._id, party.version);
  }
}

function isIn({ members }: PartyDocument, accountId: string): boolean {
  return members.some((member) => member.accountId === accountId);
}

function without(party: PartyDocument, accountId: string): PartyDocument {
  const members = party.members.filter((member) => member.accountId !== accountId);
  const leaderId = party.leaderId === accountId ? (members[0]?.accountId ?? accountId) : party.leaderId;
  return { ...party, members, leaderId };
}

function memberOf({ accountId, name, device }: Principal, ready: boolean): PartyMember {
  return { accountId, name, ready, ...(device ? { device } : {}) };
}
