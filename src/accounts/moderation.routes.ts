import { z } from "zod";
import { type AnyEndpoint, defineEndpoint } from "../http/endpoint.ts";
import { callerOf } from "./caller.ts";
import type { Moderation } from "./moderation.ts";
import { ROLES } from "./roles.rules.ts";

const TAG = "Administration";
const ID = z.strictObject({ id: z.string().max(64) });
const EXAMPLE_ID = { id: "0199a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b" };
/** A service is a key of the configuration, never an account. */
const AccountRole = z.enum(ROLES).exclude(["service"]);

const ModeratedAccount = z
  .strictObject({
    id: z.string(),
    kind: z.enum(["guest", "full"]),
    name: z.string(),
    roles: z.array(z.enum(ROLES)),
    ban: z.strictObject({ reason: z.string(), until: z.iso.datetime().nullable() }).nullable(),
  })
  .meta({ id: "ModeratedAccount", description: "An account as moderators see it." });

const answers = { 200: { description: "The account.", body: ModeratedAccount } } as const;

/** Bans and roles. */
export function moderationEndpoints({ moderation }: { moderation: Moderation }): readonly AnyEndpoint[] {
  return [
    defineEndpoint({
      method: "post",
      path: "/v1/admin/accounts/{id}/ban",
      id: "banAccount",
      tag: TAG,
      summary: "Ban an account, and close its live rooms",
      description: "Without `until` for good.",
      access: "accounts.ban",
      params: ID,
      body: z.strictObject({ reason: z.string().min(1).max(500), until: z.iso.datetime().optional() }),
      answers,
      errors: ["not_found"],
      examples: { params: EXAMPLE_ID, body: { reason: "Insulted others." } },
      async handle(call) {
        const { reason, until } = call.body;
        const end = until === undefined ? null : new Date(until);
        return { status: 200, body: await moderation.ban(callerOf(call), call.params.id, reason, end) };
      },
    }),

    defineEndpoint({
      method: "post",
      path: "/v1/admin/accounts/{id}/unban",
      id: "unbanAccount",
      tag: TAG,
      summary: "Lift a ban",
      access: "accounts.ban",
      params: ID,
      answers,
      errors: ["not_found"],
      examples: { params: EXAMPLE_ID },
      async handle(call) {
        return { status: 200, body: await moderation.unban(callerOf(call), call.params.id) };
      },
    }),

    defineEndpoint({
      method: "put",
      path: "/v1/admin/accounts/{id}/roles",
      id: "setRoles",
      tag: TAG,
      summary: "Set an account's roles",
      description:
        "Its access tokens of before are answered `token_expired`; refreshing brings one with the new roles.",
      access: "accounts.set_roles",
      params: ID,
      body: z.strictObject({ roles: z.array(AccountRole).min(1).max(ROLES.length) }),
      answers,
      errors: ["not_found"],
      examples: { params: EXAMPLE_ID, body: { roles: ["player", "moderator"] } },
      async handle(call) {
        return { status: 200, body: await moderation.setRoles(callerOf(call), call.params.id, call.body.roles) };
      },
    }),
  ];
}
