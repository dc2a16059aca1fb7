import { z } from "zod";
import type { Principal } from "../accounts/tokens.ts";
import { type AnyEndpoint, defineEndpoint } from "../http/endpoint.ts";
import type { Campaigns } from "./campaigns.ts";

const TAG = "Campaigns";
const SOME_ID = "01900000-0000-7000-8000-000000000000";
const SESSIONS_SHOWN = 100;

const NewCampaign = z.strictObject({
  name: z.string().trim().min(1).max(80),
  members: z.array(z.uuid()).max(50).optional().describe("Accounts besides the caller's own."),
});

const Campaign = z
  .strictObject({
    id: z.uuid(),
    name: z.string(),
    ownerId: z.string(),
    members: z.array(z.string()),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "Campaign" });

const Listed = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.uuid().optional(),
});

export interface CampaignsParts {
  readonly campaigns: Campaigns;
  /** The newest sessions of a campaign that the caller may see, as the API shows them. */
  readonly sessionsOf: (campaignId: string, who: Principal, limit: number) => Promise<readonly unknown[]>;
  /** What such a session looks like. */
  readonly session: z.ZodType;
}

/** Grouping sessions: the evenings of an adventure, the rounds of a league. */
export function campaignsEndpoints({ campaigns, sessionsOf, session }: CampaignsParts): readonly AnyEndpoint[] {
  const Detailed = Campaign.extend({ sessions: z.array(session) }).meta({ id: "CampaignWithSessions" });
  return [
    defineEndpoint({
      ...{ method: "post", path: "/v1/campaigns", id: "createCampaign", tag: TAG, access: "play" },
      summary: "Create a campaign",
      body: NewCampaign,
      idempotent: true,
      answers: { 201: { description: "The campaign.", body: Campaign, headers: { Location: "Where it is." } } },
      errors: ["campaign_quota"],
      examples: { body: { name: "The sunken library" } },
      async handle({ body, principal, requestId, effectId }) {
        const campaign = await campaigns.create(body, { principal: principal!, requestId }, effectId);
        return { status: 201, body: campaign, headers: { Location: `/v1/campaigns/${campaign.id}` } };
      },
    }),

    defineEndpoint({
      ...{ method: "get", path: "/v1/campaigns", id: "listCampaigns", tag: TAG, access: "account" },
      summary: "List the caller's campaigns",
      query: Listed,
      answers: {
        200: {
          description: "Newest first.",
          body: z.strictObject({ items: z.array(Campaign), nextCursor: z.string().nullable() }),
        },
      },
      examples: { query: { limit: 10 } },
      async handle({ query: { limit, cursor }, principal }) {
        return { status: 200, body: await campaigns.list(principal!.accountId, limit, cursor) };
      },
    }),

    defineEndpoint({
      ...{ method: "get", path: "/v1/campaigns/{id}", id: "getCampaign", tag: TAG, access: "account" },
      summary: "Read a campaign and its newest sessions",
      params: z.strictObject({ id: z.uuid() }),
      answers: { 200: { description: "The campaign.", body: Detailed } },
      errors: ["campaign_not_found"],
      examples: { params: { id: SOME_ID } },
      async handle({ params, principal }) {
        const campaign = await campaigns.get(params.id, principal!);
        const sessions = await sessionsOf(campaign.id, principal!, SESSIONS_SHOWN);
        return { status: 200, body: { ...campaign, sessions } };
      },
    }),
  ];
}
