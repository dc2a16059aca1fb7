/**
 * The one table of error codes. A code is API: it never changes its meaning and is never reused.
 *
 * `status` is the HTTP status, `socket` what a real-time client sees: `reject` (the answer to its request),
 * `notice` (a message), or the WebSocket close code. `retryable` means the very same request may succeed later.
 * The README lists every code; a test compares the two in both directions.
 */
interface ErrorRow {
  readonly message: string;
  readonly status: number;
  readonly socket: "reject" | "notice" | number;
  readonly retryable: boolean;
}

/** WebSocket close codes: ours, and the one of Colyseus after which the stock SDK comes back by itself. */
export const CLOSE = {
  /** Drain, fence, failure, too slow. */
  reconnect: 4010,
  banned: 4101,
  movedToOtherDevice: 4102,
  sessionEnded: 4103,
  rateLimited: 4105,
  tokenRevoked: 4106,
  /** The frame is larger than the transport's limit. */
  tooLarge: 1009,
} as const;

export const ERRORS = {
  malformed_json: row("The body is not valid JSON.", 400, "reject"),
  validation_failed: row("The request does not have the expected shape.", 400, "reject"),
  unknown_action: row("This game has no such action.", 400, "reject"),
  invalid_action_id: row("The action id must be a UUIDv7 made by a clock close to the server's.", 400, "reject"),
  unauthorized: row("A valid access token is required.", 401, "reject"),
  token_expired: row("The access token has expired.", 401, "reject"),
  token_revoked: row("This sign-in was revoked; sign in again.", 401, CLOSE.tokenRevoked),
  token_reused: row("The refresh token was used before, so its sign-in was revoked; sign in again.", 401, "reject"),
  device_mismatch: row("The refresh token belongs to another device.", 401, "reject"),
  invalid_credentials: row("The name or the password is wrong.", 401, "reject"),
  forbidden: row("This account may not do that.", 403, "reject"),
  origin_forbidden: row("Pages of this origin may not use the sign-in cookie.", 403, "reject"),
  not_seated: row("Only a seated player may act in this session.", 403, "reject"),
  not_found: row("There is nothing here.", 404, "reject"),
  session_not_found: row("There is no such session.", 404, "reject"),
  campaign_not_found: row("There is no such campaign.", 404, "reject"),
  queue_not_found: row("There is no such queue.", 404, "reject"),
  ticket_not_found: row("There is no such ticket.", 404, "reject"),
  party_not_found: row("There is no such party.", 404, "reject"),
  leaderboard_not_found: row("There is no such leaderboard.", 404, "reject"),
  season_not_found: row("The leaderboard has no such season.", 404, "reject"),
  match_not_found: row("There is no such match, or it was not rated.", 404, "reject"),
  method_not_allowed: row("This resource does not support that method.", 405, "reject"),
  action_expired: row("The action id is older than ten minutes; make a new action.", 409, "reject"),
  session_ended: row("The session has ended.", 409, CLOSE.sessionEnded),
  no_room: row("Sessions of this type are not played in rooms: use the routes.", 409, "reject"),
  session_full: row("Every seat of the session is taken.", 409, "reject"),
  session_paused: row("The session is paused.", 409, "reject"),
  not_rewindable: row("The session cannot be taken back to that entry.", 409, "reject"),
  invalid_transition: row("The session cannot go from its status to that one.", 409, "reject"),
  idempotency_in_progress: row("The first request with this Idempotency-Key still runs.", 409, "reject", true),
  version_conflict: row("The resource has changed since that version.", 412, "reject"),
  username_taken: row("Another account has this user name.", 409, "reject"),
  email_taken: row("Another account has this e-mail address.", 409, "reject"),
  already_linked: row("This account is a full account already.", 409, "reject"),
  code_invalid: row("The code is wrong, used or expired.", 400, "reject"),
  issuer_unknown: row("Sign-ins of this issuer are not accepted.", 400, "reject"),
  same_device: row("The seat is to move to another device than the one that asked for the code.", 409, "reject"),
  owner_stays: row("The session is its owner's alone; end it instead of leaving it.", 409, "reject"),
  session_quota: row("This account has too many sessions that have not ended.", 409, "reject"),
  invite_quota: row("The session has too many invites; revoke one first.", 409, "reject"),
  campaign_quota: row("This account belongs to too many campaigns.", 409, "reject"),
  ticket_exists: row("Somebody of this ticket has one in that queue already.", 409, "reject"),
  ticket_matched: row("The ticket has found its match and cannot be cancelled.", 409, "reject"),
  acceptance_over: row("Nobody asks for that answer (any more), or another was given.", 409, "reject"),
  in_party: row("The account is in a party already; leave it first.", 409, "reject"),
  party_full: row("Every place in the party is taken.", 409, "reject"),
  party_not_ready: row("Everybody in the party must be ready first.", 409, "reject"),
  party_size: row("The queue does not take parties of this size.", 409, "reject"),
  party_changed: row("The party changed just now; look at it again.", 409, "reject", true),
  leaderboard_fed_by_matches: row("The scores of this leaderboard come from matches alone.", 409, "reject"),
  season_closed: row("The season of the match is over; its ratings are final.", 409, "reject"),
  payload_too_large: row("The message is larger than the limit.", 413, CLOSE.tooLarge),
  idempotency_conflict: row("This Idempotency-Key was used with another body.", 422, "reject"),
  precondition_required: row("An If-Match header with the resource's version is required.", 428, "reject"),
  rate_limited: row("Too many requests; slow down.", 429, CLOSE.rateLimited, true),
  sign_in_delayed: row("Too many failed sign-ins; wait before the next.", 429, "reject", true),
  internal_error: row("Something went wrong on our side.", 500, "reject", true),
  outcome_unknown: row("It is not known yet whether this took effect; retry with the same id.", 503, "reject", true),
  overloaded: row("The session has too many waiting actions.", 503, "reject", true),
  session_moved: row("The session is moving to another owner; reconnect.", 503, CLOSE.reconnect, true),
  session_quarantined: row("The session was stopped to protect its data; an operator must look at it.", 503, "reject"),
  rules_unavailable: row("This server does not have the rules version the session was played with.", 503, "reject"),
  unavailable: row("The service is starting, draining or has lost its database.", 503, "reject", true),
  leaderboard_loading: row("The leaderboard is still being loaded.", 503, "reject", true),
  unknown_message: row("This room does not understand that message.", 400, "notice"),
  banned: row("This account is banned.", 403, CLOSE.banned),
  moved_to_other_device: row(
    "The seat was taken over by another connection of the same account.",
    409,
    CLOSE.movedToOtherDevice,
  ),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

function row(message: string, status: number, socket: ErrorRow["socket"], retryable = false): ErrorRow {
  return { message, status, socket, retryable };
}

/** One entry of a failed validation: where, and what was expected. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/**
 * "No", with a code. Thrown by services and returned as a rejection by rooms; never carries a secret, because it
 * is shown to whoever asked. A game's own refusals carry the game's code and count as 409.
 */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  readonly retryable: boolean;
  readonly errors: readonly FieldError[];
  /** What an HTTP client is told besides, such as the current `version`. */
  extra: Readonly<Record<string, unknown>> = {};
  /** Seconds after which the same request may succeed, where that is known. */
  retryAfter?: number;

  constructor(code: string, status: number, message: string, retryable: boolean, errors: readonly FieldError[] = []) {
    super(message);
    this.name = "Refusal";
    this.code = code;
    this.status = status;
    this.retryable = retryable;
    this.errors = errors;
  }

  /** The shape a socket client sees. */
  toReply(): { code: string; message: string; retryable: boolean } {
    return { code: this.code, message: this.message, retryable: this.retryable };
  }
}

/** A refusal from the table; `detail` replaces the table's sentence where something more exact can be said. */
export function refusal(code: ErrorCode, detail?: string, errors: readonly FieldError[] = []): Refusal {
  const { message, status, retryable } = ERRORS[code];
  return new Refusal(code, status, detail ?? message, retryable, errors);
}

/** The refusal of a change that was made to an older version; it tells the current one. */
export function versionConflict(version: number): Refusal {
  const refused = refusal("version_conflict");
  refused.extra = { version };
  return refused;
}
