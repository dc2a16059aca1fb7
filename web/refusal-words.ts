import type { HypogeumError } from "../src/client/client.ts";

const BY_CODE: Readonly<Record<string, string>> = {
  acceptance_over: "That match is not waiting for your answer any more.",
  already_linked: "This is a full account already.",
  banned: "This account is banned.",
  code_invalid: "That code is wrong, used or too old. Ask for a new one.",
  device_mismatch: "You were signed out on this device. Sign in again.",
  email_taken: "Another account uses that e-mail address. Sign in to it, or give another address.",
  forbidden: "Your account may not do that.",
  in_party: "You are in a party already. Leave it first.",
  invalid_credentials: "The name or the password is wrong.",
  invalid_transition: "The session is in another state by now.",
  leaderboard_loading: "The leaderboard is still being loaded. Try again in a moment.",
  leaderboard_not_found: "There is no such leaderboard.",
  no_room: "That session is not played on a page of this site.",
  not_found: "That is gone already.",
  not_seated: "You have no seat in this game, so there is none to move.",
  overloaded: "The server is busy. Try again in a moment.",
  party_changed: "Your party changed just now. Look at it and try again.",
  party_full: "Every place in that party is taken.",
  party_not_found: "That party is not there any more.",
  party_not_ready: "Somebody in your party is not ready.",
  party_size: "This queue does not take a party of your size.",
  queue_not_found: "There is no such queue any more.",
  same_device: "This is the device that asked for the code. Enter it on the other one.",
  season_not_found: "There is no such season.",
  session_ended: "That game has ended.",
  session_not_found: "That game is not there any more.",
  ticket_exists: "You, or somebody in your party, are in this queue already.",
  ticket_matched: "Your match is found already. You are taken to it.",
  ticket_not_found: "That search has ended already.",
  token_expired: "You were signed out after a long time away. Sign in again.",
  token_reused: "For your safety this device was signed out. Sign in again.",
  token_revoked: "This device was signed out. Sign in again.",
  unauthorized: "You are not signed in any more. Sign in again.",
  unreachable: "The server does not answer.",
  username_taken: "That user name is taken. Choose another one.",
};

/** A refusal of the API as a sentence for whoever sits in front of the page. */
export function wordsFor({ code, message, retryAfter, fields }: HypogeumError): string {
  if (code === "sign_in_delayed") return `Too many failed tries. Try again in ${seconds(retryAfter)}.`;
  if (code === "rate_limited") return `Too many requests from here. Try again in ${seconds(retryAfter)}.`;
  if (code === "validation_failed" && fields.length > 0) return fields.map(fieldWords).join(" ");
  return BY_CODE[code] ?? message;
}

const FIELD_NAMES: Readonly<Record<string, string>> = {
  username: "The user name",
  password: "The password",
  newPassword: "The new password",
  email: "The e-mail address",
  name: "The name",
  code: "The code",
};

function fieldWords({ path, message }: { path: string; message: string }): string {
  return message.startsWith("must ")
    ? `${FIELD_NAMES[path] ?? path} ${message}.`
    : `${FIELD_NAMES[path] ?? path} cannot be used.`;
}

function seconds(wait: number | null): string {
  const left = Math.max(1, wait ?? 1);
  return left === 1 ? "a second" : `${left} seconds`;
}
