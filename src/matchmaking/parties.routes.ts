import { z } from "zod";
import { type AnyEndpoint, defineEndpoint } from "../http/endpoint.ts";
import { PARTY_MAX, type Parties } from "./parties.ts";
import { partyView } from "./party-view.ts";

const TAG = "Parties";
const SOME_ID = "01900000-0000-7000-8000-000000000000";
const SOME_CODE = "7K2M-94QX-RD0T";

const PartyParams = z.strictObject({ id: z.uuid() });

const Party = z
  .strictObject({
    id: z.uuid(),
    leaderId: z.string(),
    code: z.string().describe("What lets others in; for its members to give away."),
    maxSize: z.int(),
    members: z.array(z.strictObject({ accountId: z.string(), name: z.string(), ready: z.boolean() })),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "Party" });

const ANSWERS = { 200: { description: "The party.", body: Party } } as const;
const LIMITS = [{ by: "account", points: 60, seconds: 60 }] as const;

/** Playing with friends. A change of who is in a party cancels the tickets that were made for it. */
export function partiesEndpoints({ parties }: { parties: Parties }): readonly AnyEndpoint[] {
  return [
    defineEndpoint({
      ...{ method: "post", path: "/v1/parties", id: "createParty", tag: TAG, access: "play" },
      summary: "Make a party",
      body: z.strictObject({ maxSize: z.int().min(2).max(PARTY_MAX).optional() }),
      idempotent: true,
      limits: LIMITS,
      answers: { 201: { description: "The party.", body: Party, headers: { Location: "Where it is." } } },
      errors: ["in_party"],
      examples: { body: { maxSize: 4 } },
      async handle({ body, principal, effectId }) {
        const party = partyView(await parties.create(principal!, body.maxSize, effectId));
        return { status: 201, body: party, headers: { Location: `/v1/parties/${party.id}` } };
      },
    }),

    defineEndpoint({
      ...{ method: "get", path: "/v1/parties/{id}", id: "readParty", tag: TAG, access: "play" },
      summary: "Read a party",
      description: "For its members.",
      params: PartyParams,
      answers: ANSWERS,
      errors: ["party_not_found"],
      examples: { params: { id: SOME_ID } },
      async handle({ params, principal }) {
        return { status: 200, body: partyView(await parties.read(params.id, principal!)) };
      },
    }),

    defineEndpoint({
      ...{ method: "delete", path: "/v1/parties/{id}", id: "disbandParty", tag: TAG, access: "play" },
      summary: "Disband a party",
      description: "For its leader.",
      params: PartyParams,
      answers: { 204: { description: "There is no such party any more." } },
      errors: ["party_not_found", "forbidden"],
      examples: { params: { id: SOME_ID } },
      async handle({ params, principal }) {
        await parties.disband(params.id, principal!);
        return { status: 204 };
      },
    }),

    defineEndpoint({
      ...{ method: "post", path: "/v1/parties/{id}/join", id: "joinParty", tag: TAG, access: "play" },
      summary: "Join a party by its code",
      params: PartyParams,
      body: z.strictObject({ code: z.string().min(1).max(64) }),
      limits: LIMITS,
      answers: ANSWERS,
      errors: ["code_invalid", "party_full", "in_party"],
      examples: { params: { id: SOME_ID }, body: { code: SOME_CODE } },
      async handle({ params, body, principal }) {
        return { status: 200, body: partyView(await parties.join(params.id, principal!, body.code)) };
      },
    }),

    defineEndpoint({
      ...{ method: "post", path: "/v1/parties/{id}/leave", id: "leaveParty", tag: TAG, access: "play" },
      summary: "Leave a party",
      params: PartyParams,
      answers: { 204: { description: "The caller is in no party." } },
      errors: ["party_not_found"],
      examples: { params: { id: SOME_ID } },
      async handle({ params, principal }) {
        await parties.leave(params.id, principal!);
        return { status: 204 };
      },
    }),

    defineEndpoint({
      ...{ method: "post", path: "/v1/parties/{id}/kick", id: "kickFromParty", tag: TAG, access: "play" },
      summary: "Put somebody out of a party",
      description: "For its leader. The code changes with it.",
      params: PartyParams,
      body: z.strictObject({ accountId: z.uuid() }),
      answers: ANSWERS,
      errors: ["party_not_found", "forbidden"],
      examples: { params: { id: SOME_ID }, body: { accountId: SOME_ID } },
      async handle({ params, body, principal }) {
        return { status: 200, body: partyView(await parties.kick(params.id, principal!, body.accountId)) };
      },
    }),

    defineEndpoint({
      ...{ method: "post", path: "/v1/parties/{id}/ready", id: "setReady", tag: TAG, access: "play" },
      summary: "Say whether one is ready",
      params: PartyParams,
      body: z.strictObject({ ready: z.boolean() }),
      answers: ANSWERS,
      errors: ["party_not_found"],
      examples: { params: { id: SOME_ID }, body: { ready: true } },
      async handle({ params, body, principal }) {
        return { status: 200, body: partyView(await parties.setReady(params.id, principal!, body.ready)) };
      },
    }),
  ];
}
