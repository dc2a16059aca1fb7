import { may } from "../accounts/roles.rules.ts";
import type { Caller, Principal } from "../accounts/tokens.ts";
import type { Audit } from "../audit/audit-event.ts";
import { refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import { uuid7 } from "../lib/uuid7.ts";
import type { CampaignDocument, CampaignStore } from "./campaigns.store.ts";

/** Campaigns an account may own. Those of others do not count: anybody may name anybody as a member. */
const CAMPAIGNS_MAX = 100;
const EXPORTED_MAX = 1000;

export interface Campaign {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
  readonly members: readonly string[];
  /** ISO 8601. */
  readonly createdAt: string;
}

export interface NewCampaign {
  readonly name: string;
  readonly members?: readonly string[] | undefined;
}

/** Groups of sessions, and who belongs to them. */
export interface Campaigns {
  /**
   * @param id of the new campaign; where there is one already, an earlier attempt has made it
   * @throws Refusal `campaign_quota`
   */
  create(wanted: NewCampaign, caller: Caller, id?: string): Promise<Campaign>;
  list(accountId: string, limit: number, cursor?: string): Promise<{ items: Campaign[]; nextCursor: string | null }>;
  /** @throws Refusal `campaign_not_found`, also for those who do not belong to it */
  get(id: string, principal: Principal): Promise<Campaign>;
  /** Throws `campaign_not_found` unless the caller may add sessions to it. */
  admit(caller: Caller, id: string): Promise<void>;
  /** Everything kept about a person here, for their eyes. */
  exportOf(accountId: string): Promise<Campaign[]>;
  /** Takes a person out; in what they made and share with others the pseudonym stands for them. */
  forget(accountId: string, pseudonym: string): Promise<void>;
}

export function createCampaigns(parts: { store: CampaignStore; clock: Clock; audit: Audit }): Campaigns {
  const { store, clock, audit } = parts;

  return {
    async create({ name, members = [] }, { principal, requestId }, id) {
      const { accountId: ownerId, deviceId } = principal;
      const before = id === undefined ? null : await store.find(id);
      if (before) return toCampaign(before);
      if ((await store.countOwn(ownerId, CAMPAIGNS_MAX)) >= CAMPAIGNS_MAX) throw refusal("campaign_quota");
      const now = clock.now();
      const all = [...new Set([ownerId, ...members])];
      const document = { _id: id ?? uuid7(now), name, ownerId, members: all, createdAt: new Date(now) };
      await store.insert(document);
      const subject = { kind: "campaign", id: document._id } as const;
      audit.record({ action: "campaign.created", subject, actor: { accountId: ownerId, deviceId }, requestId });
      return toCampaign(document);
    },

    async list(accountId, limit, cursor) {
      const found = await store.listOf(accountId, limit + 1, cursor);
      const page = found.slice(0, limit);
      return { items: page.map(toCampaign), nextCursor: found.length > limit ? page.at(-1)!._id : null };
    },

    async get(id, { accountId, roles }) {
      const document = await store.find(id);
      const visible = document && (document.members.includes(accountId) || may(roles, "sessions.read_any"));
      if (!visible) throw refusal("campaign_not_found");
      return toCampaign(document);
    },

    async admit({ principal }, id) {
      const members = (await store.find(id))?.members ?? [];
      if (!members.includes(principal.accountId) && !may(principal.roles, "sessions.manage_any")) {
        throw refusal("campaign_not_found");
      }
    },

    async exportOf(accountId) {
      return (await store.listOf(accountId, EXPORTED_MAX)).map(toCampaign);
    },

    forget: (accountId, pseudonym) => store.forget(accountId, pseudonym),
  };
}

function toCampaign({ _id, name, ownerId, members, createdAt }: CampaignDocument): Campaign {
  return { id: _id, name, ownerId, members, createdAt: createdAt.toISOString() };
}
