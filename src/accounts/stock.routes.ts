import { randomBytes } from "node:crypto";
import { z } from "zod";
import { type AnyEndpoint, type CallLimit, defineEndpoint } from "../http/endpoint.ts";
import { Account } from "./account-view.ts";
import { callerOf } from "./caller.ts";
import type { Credentials } from "./credentials.ts";
import { Email, GivenPassword, mailLogin, NewPassword } from "./names.rules.ts";
import type { Profile } from "./profile.ts";
import type { SignedIn, SignIn } from "./sign-in.ts";

const TAG = "Stock SDK";
const PER_ADDRESS: readonly CallLimit[] = [{ by: "address", points: 30, seconds: 60 }];

/** What the stock SDK lets a page send along. Stock servers sign it into the token; here nobody reads it. */
const options = z.unknown().optional().describe("Ignored.");
const StockAnswer = z
  .strictObject({ token: z.string().describe("An access token."), user: Account })
  .meta({ id: "StockSignIn" });
const answers = { 200: { description: "Signed in.", body: StockAnswer } } as const;
const example = { email: "ada@example.com", password: "correct horse battery staple" };

/** `client.auth.*` of the stock SDK. It knows no refresh: it asks for a sign-in again when the token has expired. */
export function stockEndpoints(parts: {
  signIn: SignIn;
  profile: Profile;
  credentials: Credentials;
  /** The part of an address that one customer holds. */
  blockOf: (address: string) => string;
}): readonly AnyEndpoint[] {
  const { signIn, profile, credentials, blockOf } = parts;
  return [
    defineEndpoint({
      method: "post",
      path: "/auth/register",
      id: "stockRegister",
      tag: TAG,
      summary: "client.auth.registerWithEmailAndPassword",
      access: "anyone",
      body: z.strictObject({ email: Email, password: NewPassword, options }),
      answers,
      errors: ["email_taken", "overloaded"],
      limits: PER_ADDRESS,
      examples: { body: { ...example, email: "grace@example.com" } },
      async handle({ body: { email, password }, requestId }) {
        return answer(await signIn.register({ email, password }, newDevice(), { requestId }));
      },
    }),

    defineEndpoint({
      method: "post",
      path: "/auth/login",
      id: "stockLogin",
      tag: TAG,
      summary: "client.auth.signInWithEmailAndPassword",
      access: "anyone",
      body: z.strictObject({ email: z.string().max(254), password: GivenPassword }),
      answers,
      errors: ["invalid_credentials", "banned", "sign_in_delayed", "overloaded"],
      limits: PER_ADDRESS,
      examples: { body: example },
      async handle({ body: { email, password }, address, requestId }) {
        const origin = { block: blockOf(address), requestId };
        return answer(await signIn.login(mailLogin(email), password, newDevice(), origin));
      },
    }),

    defineEndpoint({
      method: "post",
      path: "/auth/anonymous",
      id: "stockAnonymous",
      tag: TAG,
      summary: "client.auth.signInAnonymously",
      access: "anyone",
      body: z.strictObject({ options }),
      answers,
      limits: [...PER_ADDRESS, { by: "address", points: 1000, seconds: 86_400 }],
      examples: { body: {} },
      async handle({ requestId }) {
        return answer(await signIn.guest(newDevice(), { requestId }));
      },
    }),

    defineEndpoint({
      method: "post",
      path: "/auth/forgot-password",
      id: "stockForgotPassword",
      tag: TAG,
      summary: "client.auth.sendPasswordResetEmail",
      description: "The answer is the same whether or not the address belongs to an account.",
      access: "anyone",
      body: z.strictObject({ email: Email }),
      answers: { 200: { description: "Mailed, if the address is known.", body: z.literal(true) } },
      limits: [{ by: "address", points: 5, seconds: 60 }],
      examples: { body: { email: "ada@example.com" } },
      async handle({ body }) {
        credentials.requestReset(body.email);
        return { status: 200, body: true };
      },
    }),

    defineEndpoint({
      method: "get",
      path: "/auth/userdata",
      id: "stockUserData",
      tag: TAG,
      summary: "client.auth.getUserData",
      access: "play",
      answers: {
        200: { description: "The account.", body: z.strictObject({ user: Account }).meta({ id: "StockUser" }) },
      },
      async handle(call) {
        return { status: 200, body: { user: await profile.own(callerOf(call).principal) } };
      },
    }),
  ];
}

/** The stock SDK names no device, and two browsers of one account are two. */
function newDevice() {
  return { deviceId: `sdk-${randomBytes(9).toString("base64url")}`, device: null };
}

function answer({ account, accessToken }: SignedIn) {
  return { status: 200, body: { token: accessToken, user: account } };
}
