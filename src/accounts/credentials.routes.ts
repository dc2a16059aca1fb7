import { z } from "zod";
import { type AnyEndpoint, type CallLimit, defineEndpoint } from "../http/endpoint.ts";
import { callerOf } from "./caller.ts";
import type { Credentials } from "./credentials.ts";
import { Email, GivenPassword, NewPassword } from "./names.rules.ts";

const TAG = "Sign-in";
const PER_ADDRESS: readonly CallLimit[] = [{ by: "address", points: 30, seconds: 60 }];
/** Every call may send a mail to somebody. */
const MAILS: readonly CallLimit[] = [
  { by: "address", points: 5, seconds: 60 },
  { by: "address", points: 30, seconds: 3600 },
];

const Code = z.string().min(1).max(32);
const Change = z.strictObject({ currentPassword: GivenPassword, newPassword: NewPassword });
const Reset = z.strictObject({ email: Email });
const Confirm = z.strictObject({ email: Email, code: Code, password: NewPassword });
const Verify = z.strictObject({ code: Code.optional() });

/** Passwords, and codes by mail. */
export function credentialsEndpoints(parts: {
  credentials: Credentials;
  /** The part of an address that one customer holds. */
  blockOf: (address: string) => string;
}): readonly AnyEndpoint[] {
  const { credentials, blockOf } = parts;
  return [
    defineEndpoint({
      method: "post",
      path: "/v1/auth/password",
      id: "changePassword",
      tag: TAG,
      summary: "Change the password, and sign every other device out",
      access: "play",
      body: Change,
      answers: { 204: { description: "Changed." } },
      errors: ["invalid_credentials", "sign_in_delayed", "overloaded"],
      limits: PER_ADDRESS,
      examples: { body: { currentPassword: "correct horse battery staple", newPassword: "a staple, charged" } },
      async handle(call) {
        const { currentPassword, newPassword } = call.body;
        await credentials.change(callerOf(call), currentPassword, newPassword, blockOf(call.address));
        return { status: 204 };
      },
    }),

    defineEndpoint({
      method: "post",
      path: "/v1/auth/password-reset",
      id: "requestPasswordReset",
      tag: TAG,
      summary: "Mail a code to set a new password with",
      description: "The answer is the same whether or not the address belongs to an account.",
      access: "anyone",
      body: Reset,
      answers: { 202: { description: "Mailed, if the address is known." } },
      limits: MAILS,
      examples: { body: { email: "ada@example.com" } },
      async handle({ body }) {
        credentials.requestReset(body.email);
        return { status: 202 };
      },
    }),

    defineEndpoint({
      method: "post",
      path: "/v1/auth/password-reset/confirm",
      id: "confirmPasswordReset",
      tag: TAG,
      summary: "Set a new password with a code, and sign every device out",
      access: "anyone",
      body: Confirm,
      answers: { 204: { description: "Set; sign in with it." } },
      errors: ["code_invalid", "sign_in_delayed", "overloaded"],
      limits: PER_ADDRESS,
      examples: { body: { email: "ada@example.com", code: "ABCDEFGH23", password: "a staple, charged" } },
      async handle({ body: { email, code, password }, address, requestId }) {
        await credentials.confirmReset(email, code, password, { block: blockOf(address), requestId });
        return { status: 204 };
      },
    }),

    defineEndpoint({
      method: "post",
      path: "/v1/auth/verify-email",
      id: "verifyEmail",
      tag: TAG,
      summary: "Confirm the e-mail address with the code that was mailed; without a code, mail a new one",
      access: "play",
      body: Verify,
      answers: { 202: { description: "A new code is on its way." }, 204: { description: "Confirmed." } },
      errors: ["code_invalid"],
      limits: MAILS,
      examples: { body: { code: "ABCDEFGH23" } },
      async handle(call) {
        if (call.body.code === undefined) {
          await credentials.requestVerification(callerOf(call));
          return { status: 202 };
        }
        await credentials.verifyEmail(callerOf(call), call.body.code);
        return { status: 204 };
      },
    }),
  ];
}
