import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import { refusal } from "../errors.ts";
import { type Answer, type AnyEndpoint, type CallLimit, defineEndpoint } from "../http/endpoint.ts";
import { Account } from "./account-view.ts";
import { callerOf } from "./caller.ts";
import type { Families } from "./families.ts";
import {
  DEVICE_KINDS,
  DeviceId,
  Email,
  GivenPassword,
  mailLogin,
  NewPassword,
  nameLogin,
  Username,
} from "./names.rules.ts";
import type { Oidc } from "./oidc.ts";
import type { RefreshCookie } from "./refresh-cookie.ts";
import type { SignedIn, SignIn } from "./sign-in.ts";
import type { Principal } from "./tokens.ts";

export interface SignInEndpointParts {
  readonly signIn: SignIn;
  readonly families: Families;
  readonly oidc: Oidc;
  readonly cookie: RefreshCookie;
  /** The part of an address that one customer holds. */
  readonly blockOf: (address: string) => string;
}

const TAG = "Sign-in";
/** Shared by everybody behind one address. */
const PER_ADDRESS: readonly CallLimit[] = [{ by: "address", points: 30, seconds: 60 }];
/** Guests cost a stored account each. */
const GUESTS: readonly CallLimit[] = [...PER_ADDRESS, { by: "address", points: 1000, seconds: 86_400 }];
const REFRESHES: readonly CallLimit[] = [{ by: "address", points: 240, seconds: 60 }];

const device = z.enum(DEVICE_KINDS).optional();
const Token = z.string().max(200);
const Register = z.strictObject({
  username: Username,
  password: NewPassword,
  email: Email.optional(),
  deviceId: DeviceId,
  device,
});
const Login = z
  .strictObject({
    username: z.string().max(128).optional(),
    email: z.string().max(254).optional(),
    password: GivenPassword,
    deviceId: DeviceId,
    device,
  })
  .refine(({ username, email }) => (username === undefined) !== (email === undefined), "either username or email");
const Guest = z.strictObject({ deviceId: DeviceId, device });
const Link = z.strictObject({ username: Username, password: NewPassword, email: Email.optional() });
const Refresh = z.strictObject({ refreshToken: Token.optional(), deviceId: DeviceId });
const Logout = z.strictObject({ refreshToken: Token.optional() });
const OidcSignIn = z.strictObject({
  ...{ issuer: z.string().max(256), idToken: z.string().max(16_384), nonce: z.string().max(256).optional() },
  ...{ deviceId: DeviceId, device },
});

const access = {
  account: Account,
  accessToken: z.string(),
  expiresIn: z.int().min(1).describe("Seconds until the access token expires."),
  tokenType: z.literal("Bearer"),
};
const AccessAnswer = z.strictObject(access).meta({ id: "Access" });
const SignedInAnswer = z.strictObject({ ...access, refreshToken: z.string() }).meta({ id: "SignedIn" });
const COOKIE = { "Set-Cookie": "The refresh token as the cookie `refresh_token`, for pages." };
const signedInAnswer = { description: "Signed in.", body: SignedInAnswer, headers: COOKIE } as const;

/** Register, sign in, stay signed in, sign out. */
export function signInEndpoints(parts: SignInEndpointParts): readonly AnyEndpoint[] {
  const { signIn, families, oidc, cookie, blockOf } = parts;

  function answer(status: number, signedIn: SignedIn, secure: boolean): Answer {
    return { status, body: signedIn, headers: cookie.set(signedIn.refreshToken, secure) };
  }

  /** The family to sign out: of the access token, or else of a refresh token. */
  async function familyOf(principal: Principal | undefined, given: string | undefined, headers: IncomingHttpHeaders) {
    if (principal) {
      const own = await families.list(principal.accountId);
      return own.find(({ _id }) => _id === principal.familyId) ?? null;
    }
    const token = given ?? cookie.read(headers);
    const family = token === undefined ? null : await families.of(token);
    if (!family) throw refusal("unauthorized");
    return family;
  }

  return [
    defineEndpoint({
      method: "post",
      path: "/v1/auth/register",
      id: "register",
      tag: TAG,
      access: "anyone",
      summary: "A new account with a user name and a password",
      body: Register,
      answers: { 201: signedInAnswer },
      limits: PER_ADDRESS,
      errors: ["username_taken", "email_taken", "overloaded"],
      examples: { body: { username: "ada", password: "correct horse battery staple", deviceId: "ada-phone" } },
      async handle({ body: { deviceId, device = null, ...login }, requestId, secure }) {
        return answer(201, await signIn.register(login, { deviceId, device }, { requestId }), secure);
      },
    }),

    defineEndpoint({
      method: "post",
      path: "/v1/auth/login",
      id: "login",
      tag: TAG,
      access: "anyone",
      summary: "Sign in with a user name or an e-mail address",
      body: Login,
      answers: { 200: signedInAnswer },
      limits: PER_ADDRESS,
      errors: ["invalid_credentials", "banned", "sign_in_delayed", "overloaded"],
      examples: { body: { username: "ada", password: "correct horse battery staple", deviceId: "ada-phone" } },
      async handle({ body: { username, email, password, deviceId, device = null }, address, requestId, secure }) {
        const origin = { block: blockOf(address), requestId };
        const login = email === undefined ? nameLogin(username!) : mailLogin(email);
        return answer(200, await signIn.login(login, password, { deviceId, device }, origin), secure);
      },
    }),

    defineEndpoint({
      method: "post",
      path: "/v1/auth/guest",
      id: "createGuest",
      tag: TAG,
      access: "anyone",
      summary: "A new guest",
      description: "Always a new account: a device id is a label, never a credential.",
      body: Guest,
      answers: { 201: signedInAnswer },
      limits: GUESTS,
      examples: { body: { deviceId: "phone" } },
      async handle({ body: { deviceId, device = null }, requestId, secure }) {
        return answer(201, await signIn.guest({ deviceId, device }, { requestId }), secure);
      },
    }),

    defineEndpoint({
      method: "post",
      path: "/v1/auth/link",
      id: "linkGuest",
      tag: TAG,
      access: "play",
      summary: "Turn a guest into a full account that keeps everything",
      body: Link,
      limits: PER_ADDRESS,
      answers: { 200: { description: "Linked.", body: AccessAnswer } },
      errors: ["already_linked", "username_taken", "email_taken", "overloaded"],
      examples: { body: { username: "grace", password: "correct horse battery staple" } },
      async handle(call) {
        return { status: 200, body: await signIn.link(call.body, callerOf(call)) };
      },
    }),

    defineEndpoint({
      method: "post",
      path: "/v1/auth/refresh",
      id: "refresh",
      tag: TAG,
      access: "anyone",
      summary: "A new access token, and the next refresh token",
      description: "The refresh token comes in the body, or as the cookie from a page of an allowed origin.",
      body: Refresh,
      answers: { 200: signedInAnswer },
      limits: REFRESHES,
      errors: ["token_reused", "token_revoked", "token_expired", "device_mismatch", "banned", "origin_forbidden"],
      examples: { body: { refreshToken: "<refresh token>", deviceId: "ada-phone" } },
      async handle({ body: { refreshToken, deviceId }, headers, secure }) {
        const token = refreshToken ?? cookie.read(headers);
        if (token === undefined) throw refusal("unauthorized", "A refresh token is required.");
        return answer(200, await signIn.refresh(token, deviceId), secure);
      },
    }),

    defineEndpoint({
      method: "post",
      path: "/v1/auth/logout",
      id: "logout",
      tag: TAG,
      access: "anyone",
      summary: "Sign this device out",
      description: "By the access token, or by the refresh token where that has expired.",
      body: Logout,
      answers: { 204: { description: "Signed out.", headers: COOKIE } },
      errors: ["unauthorized", "origin_forbidden"],
      examples: { body: {} },
      async handle({ body, principal, headers, secure }) {
        const family = await familyOf(principal, body.refreshToken, headers);
        if (family) await families.revoke(family);
        return { status: 204, headers: cookie.clear(secure) };
      },
    }),

    defineEndpoint({
      method: "post",
      path: "/v1/auth/logout-all",
      id: "logoutAll",
      tag: TAG,
      access: "play",
      summary: "Sign every device of the account out",
      answers: { 204: { description: "Signed out.", headers: COOKIE } },
      async handle(call) {
        await families.revokeAll(callerOf(call).principal.accountId);
        return { status: 204, headers: cookie.clear(call.secure) };
      },
    }),

    defineEndpoint({
      method: "post",
      path: "/v1/auth/oidc",
      id: "signInByIssuer",
      tag: TAG,
      access: "anyone",
      summary: "Sign in with the ID token of a configured issuer",
      body: OidcSignIn,
      answers: { 200: signedInAnswer },
      limits: PER_ADDRESS,
      errors: ["issuer_unknown", "invalid_credentials", "banned", "unavailable"],
      examples: { body: { issuer: "https://accounts.example", idToken: "<ID token>", deviceId: "ada-phone" } },
      async handle({ body: { issuer, idToken, nonce, deviceId, device = null }, requestId, secure }) {
        const login = await oidc.identify(issuer, idToken, nonce);
        return answer(200, await signIn.identified(login, { deviceId, device }, requestId), secure);
      },
    }),
  ];
}
