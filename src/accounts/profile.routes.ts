import { z } from "zod";
import { refusal } from "../errors.ts";
import { type AnyEndpoint, defineEndpoint } from "../http/endpoint.ts";
import { Account } from "./account-view.ts";
import { callerOf } from "./caller.ts";
import type { DisplayNames } from "./display-names.ts";
import { DEVICE_KINDS, DisplayName } from "./names.rules.ts";
import type { Profile } from "./profile.ts";
import type { RefreshCookie } from "./refresh-cookie.ts";

const TAG = "Account";
const ID = z.strictObject({ id: z.string().max(64) });
const EXAMPLE_ID = { id: "0199a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b" };

const Device = z
  .strictObject({
    id: z.string(),
    device: z.enum(DEVICE_KINDS).nullable(),
    createdAt: z.iso.datetime(),
    lastSeenAt: z.iso.datetime(),
    current: z.boolean().describe("The device that asks."),
  })
  .meta({ id: "Device" });

const Player = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    statistics: z.record(z.string(), z.unknown()).describe("By game; empty until there are any."),
  })
  .meta({ id: "Player", description: "What everybody may know of an account." });

/** What an account's owner sees and decides, and what others see of it. */
export function profileEndpoints(parts: {
  profile: Profile;
  names: DisplayNames;
  cookie: RefreshCookie;
  statisticsOf: (accountId: string) => Promise<Readonly<Record<string, unknown>>>;
}): readonly AnyEndpoint[] {
  const { profile, names, cookie, statisticsOf } = parts;
  return [
    defineEndpoint({
      method: "get",
      path: "/v1/me",
      id: "getMe",
      tag: TAG,
      summary: "The account of the access token",
      access: "play",
      answers: { 200: { description: "The account.", body: Account } },
      async handle(call) {
        return { status: 200, body: await profile.own(callerOf(call).principal) };
      },
    }),

    defineEndpoint({
      method: "patch",
      path: "/v1/me",
      id: "updateMe",
      tag: TAG,
      summary: "Change the name that others see",
      access: "play",
      body: z.strictObject({ name: DisplayName }),
      answers: { 200: { description: "The account.", body: Account } },
      examples: { body: { name: "Ada" } },
      async handle(call) {
        return { status: 200, body: await profile.rename(callerOf(call), call.body.name) };
      },
    }),

    defineEndpoint({
      method: "delete",
      path: "/v1/me",
      id: "deleteMe",
      tag: TAG,
      summary: "Erase the account and everything held about its owner",
      description: "Journals hold seat numbers and no people, so they stay as they are.",
      access: "play",
      answers: { 204: { description: "Erased.", headers: { "Set-Cookie": "Takes the refresh token back." } } },
      async handle(call) {
        await profile.eraseOwn(callerOf(call));
        return { status: 204, headers: cookie.clear(call.secure) };
      },
    }),

    defineEndpoint({
      method: "get",
      path: "/v1/me/export",
      id: "exportMe",
      tag: TAG,
      summary: "Everything held about the account's owner",
      access: "play",
      answers: {
        200: { description: "By the part of the product that holds it.", body: z.record(z.string(), z.unknown()) },
      },
      limits: [{ by: "account", points: 5, seconds: 60 }],
      async handle(call) {
        return { status: 200, body: await profile.export(callerOf(call).principal) };
      },
    }),

    defineEndpoint({
      method: "get",
      path: "/v1/me/devices",
      id: "listDevices",
      tag: TAG,
      summary: "The devices that are signed in, the newest first",
      access: "play",
      answers: { 200: { description: "The devices.", body: z.strictObject({ items: z.array(Device) }) } },
      async handle(call) {
        return { status: 200, body: { items: await profile.devices(callerOf(call).principal) } };
      },
    }),

    defineEndpoint({
      method: "delete",
      path: "/v1/me/devices/{id}",
      id: "removeDevice",
      tag: TAG,
      summary: "Sign a device out, and close what it has open",
      access: "play",
      params: ID,
      answers: { 204: { description: "Signed out." } },
      errors: ["not_found"],
      examples: { params: EXAMPLE_ID },
      async handle(call) {
        await profile.removeDevice(callerOf(call), call.params.id);
        return { status: 204 };
      },
    }),

    defineEndpoint({
      method: "get",
      path: "/v1/players/{id}",
      id: "getPlayer",
      tag: TAG,
      summary: "What everybody may know of a player",
      access: "account",
      params: ID,
      answers: { 200: { description: "The player.", body: Player } },
      errors: ["not_found"],
      examples: { params: EXAMPLE_ID },
      async handle({ params: { id } }) {
        const name = (await names.of([id])).get(id);
        if (name === undefined) throw refusal("not_found");
        return { status: 200, body: { id, name, statistics: await statisticsOf(id) } };
      },
    }),
  ];
}
