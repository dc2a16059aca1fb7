/**
 * The server's codes, each with whether the very same request may succeed later. A copy of the server's own table,
 * which must not come into a browser with all that it imports; a test compares the two in both directions.
 */
export const SERVER_CODES = {
  malformed_json: false,
  validation_failed: false,
  unknown_action: false,
  invalid_action_id: false,
  unauthorized: false,
  token_expired: false,
  token_revoked: false,
  token_reused: false,
  device_mismatch: false,
  invalid_credentials: false,
  forbidden: false,
  origin_forbidden: false,
  not_seated: false,
  not_found: false,
  session_not_found: false,
  campaign_not_found: false,
  queue_not_found: false,
  ticket_not_found: false,
  party_not_found: false,
  leaderboard_not_found: false,
  season_not_found: false,
  match_not_found: false,
  method_not_allowed: false,
  action_expired: false,
  session_ended: false,
  no_room: false,
  session_full: false,
  session_paused: false,
  not_rewindable: false,
  invalid_transition: false,
  idempotency_in_progress: true,
  version_conflict: false,
  username_taken: false,
  email_taken: false,
  already_linked: false,
  code_invalid: false,
  issuer_unknown: false,
  same_device: false,
  owner_stays: false,
  session_quota: false,
  invite_quota: false,
  campaign_quota: false,
  ticket_exists: false,
  ticket_matched: false,
  acceptance_over: false,
  in_party: false,
  party_full: false,
  party_not_ready: false,
  party_size: false,
  party_changed: true,
  leaderboard_fed_by_matches: false,
  season_closed: false,
  payload_too_large: false,
  idempotency_conflict: false,
  precondition_required: false,
  rate_limited: true,
  sign_in_delayed: true,
  internal_error: true,
  outcome_unknown: true,
  overloaded: true,
  session_moved: true,
  session_quarantined: false,
  rules_unavailable: false,
  unavailable: true,
  leaderboard_loading: true,
  unknown_message: false,
  banned: false,
  moved_to_other_device: false,
} as const satisfies Record<string, boolean>;

export type ServerCode = keyof typeof SERVER_CODES;

/**
 * Codes of the helper's own. unreachable: nobody answered. queue_full: too many actions wait already. left: the session
 * was left before the server answered. join_refused: the matchmaker said no without a code of ours.
 */
export type HelperCode = "unreachable" | "queue_full" | "left" | "join_refused";

/** A game's own refusals are codes, too, which nobody can list here. */
export type Code = ServerCode | HelperCode | (string & {});

/** Whether the same request may succeed later, by its code alone; games' refusals are final. */
export function isRetryable(code: Code): boolean {
  return code === "unreachable" || (SERVER_CODES as Readonly<Record<string, boolean>>)[code] === true;
}
