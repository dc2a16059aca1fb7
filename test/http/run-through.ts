import assert from "node:assert/strict";
import { exampleCall, type Judge, type Operation, urlOf } from "./operations.ts";

export interface Refused {
  readonly operationId: string;
  readonly status: number;
  readonly text: string;
}

interface SignedIn {
  readonly accessToken: string;
  readonly account: { readonly id: string };
}

/** What an example cannot know: who calls, and of what the ids are. */
interface Circumstances {
  readonly token?: string;
  readonly params?: Readonly<Record<string, string>>;
}

/** What calls want of each other: a session must be there to be read, and paused to be resumed. */
const ORDER = [
  /^register$/,
  /^createSession$/,
  /^create/,
  /^(get|list)/,
  /^(edit|replace|patch)/,
  /^(act|spectate|join|offer)/,
  /^pause/,
  /^resume/,
  /^(?!rewind|revoke|end|unban)/,
  /^rewind/,
  /^(revoke|end|unban)/,
];

/** What the examples of sign-in call their person. */
const ADA = { username: "ada", password: "correct horse battery staple" };

/**
 * Calls every operation with the document's examples, and asserts that each answer is a documented one. Ids in examples
 * are nobody's: where an earlier call has made such a thing, its id is taken instead.
 *
 * @returns the calls that were refused
 */
export async function runThrough(
  url: string,
  operations: readonly Operation[],
  judge: Judge,
  admin: { username: string; password: string },
): Promise<Refused[]> {
  const made = new Map<string, string>();
  const { accessToken: player } = await signUp(url, { username: "player", email: "ada@example.com" });
  const { accessToken: operator } = await signIn(url, admin);
  const circumstances = await prepare(url, player);
  const refused: Refused[] = [];
  for (const operation of inOrder(operations)) {
    const own = await circumstances(operation);
    let answer = await call(url, operation, judge, made, { token: player, ...own });
    if (answer.status === 403) answer = await call(url, operation, judge, made, { ...own, token: operator });
    if (answer.status >= 400) refused.push({ ...answer, operationId: operation.operationId });
    else learn(made, operation, answer.text);
  }
  return refused;
}

async function prepare(url: string, player: string): Promise<(operation: Operation) => Promise<Circumstances>> {
  const stranger = await guest(url);
  const table = (await send(`${url}/v1/sessions`, { type: "dice" }, player)) as { id: string };
  return async ({ operationId, tags: [tag] }) => {
    if (operationId === "changePassword") return { token: (await signIn(url, ADA)).accessToken };
    if (operationId === "removeDevice") return aDevice(url);
    if (/^(getPlayer|getPlayerRating|listPlayerMatches)$/.test(operationId) || tag === "Administration")
      return { params: { id: stranger.account.id } };
    // Only games are played in rooms.
    if (/^((join|spectate)Session|(create|revoke)Invite)$/.test(operationId)) return { params: { id: table.id } };
    // Calls that may end a sign-in or an account get one of their own.
    if (/^(Sign-in|Account|Stock SDK)$/.test(tag!)) return { token: (await guest(url)).accessToken };
    return {};
  };
}

async function aDevice(url: string): Promise<Circumstances> {
  const { accessToken: token } = await guest(url);
  const response = await fetch(`${url}/v1/me/devices`, { headers: { Authorization: `Bearer ${token}` } });
  const { items } = (await response.json()) as { items: { id: string }[] };
  return { token, params: { id: items[0]!.id } };
}

async function call(
  url: string,
  operation: Operation,
  judge: Judge,
  made: ReadonlyMap<string, string>,
  circumstances: Circumstances,
): Promise<{ status: number; text: string }> {
  const { params, query, headers, body } = exampleCall(operation);
  for (const name of Object.keys(params)) {
    const collection = operation.path.split(`/{${name}}`)[0]!;
    params[name] = circumstances.params?.[name] ?? made.get(collection) ?? params[name]!;
  }
  if (headers["If-Match"]) headers["If-Match"] = "*";
  delete headers["If-None-Match"];
  const response = await fetch(url + urlOf(operation.path, params, query), {
    method: operation.method,
    headers: { ...headers, Authorization: `Bearer ${circumstances.token}`, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer = { status: response.status, contentType: response.headers.get("Content-Type") ?? "", text };
  judge.assertDocumented(operation, answer);
  return answer;
}

function learn(made: Map<string, string>, { method, path }: Operation, text: string): void {
  if (method !== "POST" || text === "") return;
  const { id, code } = JSON.parse(text) as { id?: string; code?: string };
  const key = id ?? code;
  if (key === undefined) return;
  made.set(path, key);
  // An invite is made within its session, and used outside of it.
  if (path.includes("{")) made.set(path.replace(/^.*\//, "/v1/"), key);
}

function inOrder(operations: readonly Operation[]): readonly Operation[] {
  const rank = ({ operationId }: Operation) => ORDER.findIndex((pattern) => pattern.test(operationId));
  return [...operations].sort((a, b) => rank(a) - rank(b));
}

async function send(url: string, body: object, token = ""): Promise<unknown> {
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${token}` };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  const answer = await response.json();
  assert.ok(response.ok, JSON.stringify(answer));
  return answer;
}

export async function guest(url: string): Promise<SignedIn> {
  return (await send(`${url}/v1/auth/guest`, { deviceId: "guest" })) as SignedIn;
}

export async function signIn(url: string, login: { username: string; password: string }): Promise<SignedIn> {
  return (await send(`${url}/v1/auth/login`, { ...login, deviceId: "desk" })) as SignedIn;
}

export async function signUp(url: string, login: { username: string; email: string }): Promise<SignedIn> {
  return (await send(`${url}/v1/auth/register`, { ...login, password: ADA.password, deviceId: "desk" })) as SignedIn;
}
