import { randomBytes } from "node:crypto";
import type { Audit } from "../audit/audit-event.ts";
import { refusal } from "../errors.ts";
import { type Account, toAccount } from "./account-view.ts";
import type { AccountStore } from "./accounts.store.ts";
import type { DisplayNames } from "./display-names.ts";
import type { FamilyStore } from "./families.store.ts";
import type { Families, OwnedFamily } from "./families.ts";
import type { LoginStore } from "./logins.store.ts";
import type { DeviceKind } from "./names.rules.ts";
import type { PersonalData } from "./personal-data.ts";
import type { Caller, Principal } from "./tokens.ts";

export interface ProfileParts {
  readonly accounts: AccountStore;
  readonly logins: LoginStore;
  readonly families: Families;
  readonly familyStore: FamilyStore;
  readonly names: DisplayNames;
  readonly audit: Audit;
  /** What the rest of the product holds about people. */
  readonly personalData: readonly PersonalData[];
}

/** A device that is signed in. Its own label stays with it. */
export interface DeviceView {
  readonly id: string;
  readonly device: DeviceKind | null;
  readonly createdAt: string;
  readonly lastSeenAt: string;
  /** The one that asks. */
  readonly current: boolean;
}

/** What people see and decide of their own accounts. */
export class Profile {
  readonly #parts: ProfileParts;

  constructor(parts: ProfileParts) {
    this.#parts = parts;
  }

  /** @throws Refusal `unauthorized` when the token outlived its account */
  async own({ accountId }: Principal): Promise<Account> {
    const account = await this.#parts.accounts.find(accountId);
    if (!account) throw refusal("unauthorized");
    return toAccount(account);
  }

  /** The name that others see, from now on, but not on seats that are taken. */
  async rename({ principal, requestId }: Caller, name: string): Promise<Account> {
    const account = await this.#parts.accounts.rename(principal.accountId, name);
    if (!account) throw refusal("unauthorized");
    this.#parts.names.note(account._id, name);
    this.#note("account.renamed", principal, requestId);
    return toAccount(account);
  }

  async devices({ accountId, familyId }: Principal): Promise<DeviceView[]> {
    const families = await this.#parts.families.list(accountId);
    return families.map((family) => toDevice(family, familyId));
  }

  /** Signs a device out and closes what it has open. @throws Refusal `not_found` */
  async removeDevice({ principal, requestId }: Caller, id: string): Promise<void> {
    const { families } = this.#parts;
    const family = (await families.list(principal.accountId)).find(({ _id }) => _id === id);
    if (!family) throw refusal("not_found");
    await families.revoke(family);
    this.#note("account.device_removed", principal, requestId);
  }

  /** Everything that is held about a person, by the part of the product that holds it. */
  async export(principal: Principal): Promise<Record<string, unknown>> {
    const { personalData, families } = this.#parts;
    const held: Record<string, unknown> = { account: await this.own(principal) };
    // The person's own labels are part of what is held.
    held.devices = (await families.list(principal.accountId)).map((family) => ({
      ...toDevice(family, principal.familyId),
      deviceId: family.deviceId,
    }));
    for (const { name, export: read } of personalData) held[name] = await read(principal.accountId);
    return held;
  }

  /** Erases the caller and everything that leads to them. */
  async eraseOwn({ principal, requestId }: Caller): Promise<void> {
    await this.erase(principal.accountId, principal.familyId);
    this.#parts.audit.record({
      action: "account.erased",
      subject: { kind: "account", id: "erased" },
      actor: null,
      requestId,
    });
  }

  /**
   * Erases an account; every step can be repeated, and the account itself goes last. Whoever was interrupted begins
   * again by the sign-in that asked, which ends only then, or it is done with the idle guests.
   *
   * @param by the sign-in that asks
   */
  async erase(id: string, by?: string): Promise<void> {
    const { accounts, logins, families, familyStore, names, personalData } = this.#parts;
    await accounts.forsake(id);
    await families.revokeAll(id, by);
    // Not derived from the account: whoever knows the id must not find the person by it.
    const pseudonym = `erased-${randomBytes(12).toString("hex")}`;
    for (const { erase } of personalData) await erase(id, pseudonym);
    await logins.releaseAll(id);
    await families.revokeAll(id);
    await familyStore.anonymise(id);
    await accounts.remove(id);
    names.note(id, undefined);
  }

  #note(action: string, { accountId, deviceId }: Principal, requestId: string): void {
    const subject = { kind: "account", id: accountId } as const;
    this.#parts.audit.record({ action, subject, actor: { accountId, deviceId }, requestId });
  }
}

function toDevice({ _id, device, createdAt, rotatedAt }: OwnedFamily, current: string | undefined): DeviceView {
  const times = { createdAt: createdAt.toISOString(), lastSeenAt: rotatedAt.toISOString() };
  return { id: _id, device, ...times, current: _id === current };
}
