import type { Audit } from "../audit/audit-event.ts";
import { refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import type { AccountDoc, AccountStore } from "./accounts.store.ts";
import type { Revocations } from "./revocations.ts";
import type { Role } from "./roles.rules.ts";
import { may } from "./roles.rules.ts";
import type { Caller } from "./tokens.ts";

export interface ModerationParts {
  readonly accounts: AccountStore;
  readonly revocations: Revocations;
  readonly audit: Audit;
  readonly clock: Clock;
}

/** An account as moderators see it: neither its address nor its user name is their business. */
export interface ModeratedAccount {
  readonly id: string;
  readonly kind: AccountDoc["kind"];
  readonly name: string;
  readonly roles: readonly Role[];
  readonly ban: { readonly reason: string; readonly until: string | null } | null;
}

/** Bans and roles. Each holds at once: what the tokens of before say is not believed any more. */
export class Moderation {
  readonly #parts: ModerationParts;

  constructor(parts: ModerationParts) {
    this.#parts = parts;
  }

  /** Closes the account's live rooms too. @throws Refusal `not_found`; `forbidden` for oneself and for staff */
  async ban(caller: Caller, id: string, reason: string, until: Date | null): Promise<ModeratedAccount> {
    await this.#refuseAbove(caller, id);
    const { accounts, clock } = this.#parts;
    const account = await accounts.setBan(id, { reason, until }, new Date(clock.now()));
    return this.#changed("account.banned", caller, account, until === null ? {} : { until: until.toISOString() });
  }

  /** @throws Refusal `not_found` */
  async unban(caller: Caller, id: string): Promise<ModeratedAccount> {
    await this.#refuseAbove(caller, id);
    const { accounts, clock } = this.#parts;
    return this.#changed("account.unbanned", caller, await accounts.setBan(id, null, new Date(clock.now())), {});
  }

  /** @throws Refusal `not_found`; `forbidden` for oneself, so that no installation loses its last administrator so */
  async setRoles(caller: Caller, id: string, roles: readonly Role[]): Promise<ModeratedAccount> {
    if (id === caller.principal.accountId) throw refusal("forbidden", "Nobody changes the own roles.");
    const { accounts, clock } = this.#parts;
    const unique = [...new Set(roles)].sort();
    const account = await accounts.setRoles(id, unique, new Date(clock.now()));
    return this.#changed("account.roles_set", caller, account, { roles: unique.join(" ") });
  }

  /** A moderator bans players, neither other moderators nor administrators; nobody bans oneself. */
  async #refuseAbove({ principal }: Caller, id: string): Promise<void> {
    const account = await this.#parts.accounts.find(id);
    if (!account) throw refusal("not_found");
    const isStaff = may(account.roles, "accounts.ban") && !may(principal.roles, "accounts.set_roles");
    if (isStaff || id === principal.accountId) throw refusal("forbidden");
  }

  #changed(
    action: string,
    { principal, requestId }: Caller,
    account: AccountDoc | null,
    details: Readonly<Record<string, string>>,
  ): ModeratedAccount {
    if (!account) throw refusal("not_found");
    this.#parts.revocations.standing(account);
    const actor = { accountId: principal.accountId, deviceId: principal.deviceId };
    const subject = { kind: "account", id: account._id } as const;
    this.#parts.audit.record({ action, subject, actor, requestId, details });
    const { _id: id, kind, name, roles, ban } = account;
    const shown = ban && { reason: ban.reason, until: ban.until?.toISOString() ?? null };
    return { id, kind, name, roles: [...roles], ban: shown };
  }
}
