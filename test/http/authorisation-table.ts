/** Who calls. `owner` is whose the thing is: of a session the host, who sits in it. `other` has nothing to do with it. */
export const COLUMNS = [
  ...(["anonymous", "owner", "other", "spectator", "gm"] as const),
  ...(["moderator", "admin", "service", "banned"] as const),
];
export type Column = (typeof COLUMNS)[number];

/**
 * Every operation, and what each of the nine is answered: a status when it may, else the code of the refusal, where
 *
 *   401 is `unauthorized`, 403 is `forbidden`, 404 is `session_not_found`, no_campaign is `campaign_not_found`,
 *   no_ticket is `ticket_not_found`, no_party is `party_not_found`, not_asked is `acceptance_over`.
 *
 * A game master is the host of a table who sits there as one, so in this column that is the table; `custom` and
 * `player` sessions have none, so there it is one more stranger. Words in brackets say what kind of thing is called:
 * `private` sessions, of the type `custom` or `player` instead of the toy game's, or with the other player `seated` too.
 */
const TABLE = `
                                                          | anonymous | owner        | other        | spectator    | gm           | moderator    | admin        | service    | banned

POST /v1/auth/register                                    | 201       | 201          | 201          | 201          | 201          | 201          | 201          | 201        | 201
POST /v1/auth/login                                       | 200       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | banned
POST /v1/auth/guest                                       | 201       | 201          | 201          | 201          | 201          | 201          | 201          | 201        | 201
POST /v1/auth/link                                        | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 403        | banned
POST /v1/auth/refresh                                     | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 401        | banned
POST /v1/auth/logout                                      | 401       | 204          | 204          | 204          | 204          | 204          | 204          | 204        | 204
POST /v1/auth/logout-all                                  | 401       | 204          | 204          | 204          | 204          | 204          | 204          | 403        | banned
POST /v1/auth/oidc                                        | issuer_unknown for everyone
POST /v1/auth/password                                    | 401       | 204          | 204          | 204          | 204          | 204          | 204          | 403        | banned
POST /v1/auth/password-reset                              | 202       | 202          | 202          | 202          | 202          | 202          | 202          | 202        | 202
POST /v1/auth/password-reset/confirm                      | code_invalid for everyone
POST /v1/auth/verify-email                                | 401       | code_invalid | code_invalid | code_invalid | code_invalid | code_invalid | code_invalid | 403        | banned
POST /auth/register                                       | 200       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | 200
POST /auth/login                                          | 200       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | banned
POST /auth/anonymous                                      | 200       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | 200
POST /auth/forgot-password                                | 200       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | 200
GET /auth/userdata                                        | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 403        | banned

GET /v1/me                                                | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 403        | banned
PATCH /v1/me                                              | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 403        | banned
DELETE /v1/me                                             | 401       | 204          | 204          | 204          | 204          | 204          | 204          | 403        | banned
GET /v1/me/export                                         | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 403        | banned
GET /v1/me/devices                                        | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 403        | banned
DELETE /v1/me/devices/{id}                                | 401       | 204          | not_found    | not_found    | not_found    | not_found    | not_found    | 403        | banned
GET /v1/me/seats                                          | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | banned
GET /v1/players/{id}                                      | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | banned

GET /v1/players/{id}/rating                               | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | banned
GET /v1/players/{id}/matches                              | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | banned
GET /v1/leaderboards                                      | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | banned
GET /v1/leaderboards/{id}/records                         | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | banned
POST /v1/leaderboards/{id}/records                        | 401       | 403          | 403          | 403          | 403          | 403          | 403          | fed        | banned
POST /v1/leaderboards/{id}/records (of a match)           | 401       | no_match     | no_match     | no_match     | no_match     | no_match     | no_match     | no_match   | banned
GET /v1/matches                                           | 401       | 403          | 403          | 403          | 403          | 403          | 200          | 200        | banned
GET /v1/matches/{id}                                      | 401       | no_match     | no_match     | no_match     | no_match     | no_match     | no_match     | no_match   | banned
POST /v1/matches/{id}/reverse                             | 401       | 403          | 403          | 403          | 403          | 403          | no_match     | 403        | banned

POST /v1/admin/accounts/{id}/ban                          | 401       | 403          | 403          | 403          | 403          | 200          | 200          | 403        | banned
POST /v1/admin/accounts/{id}/ban (of a moderator)         | 401       | 403          | 403          | 403          | 403          | 403          | 200          | 403        | banned
POST /v1/admin/accounts/{id}/ban (of an admin)            | 401       | 403          | 403          | 403          | 403          | 403          | 200          | 403        | banned
POST /v1/admin/accounts/{id}/ban (of oneself)             | 401       | 403          | 403          | 403          | 403          | 403          | 403          | 403        | banned
POST /v1/admin/accounts/{id}/unban                        | 401       | 403          | 403          | 403          | 403          | 200          | 200          | 403        | banned
POST /v1/admin/accounts/{id}/unban (of an admin)          | 401       | 403          | 403          | 403          | 403          | 403          | 200          | 403        | banned
PUT /v1/admin/accounts/{id}/roles                         | 401       | 403          | 403          | 403          | 403          | 403          | 200          | 403        | banned
PUT /v1/admin/accounts/{id}/roles (of oneself)            | 401       | 403          | 403          | 403          | 403          | 403          | 403          | 403        | banned
GET /v1/regions                                           | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | banned
GET /v1/audit                                             | 401       | 403          | 403          | 403          | 403          | 403          | 200          | 403        | banned

POST /v1/campaigns                                        | 401       | 201          | 201          | 201          | 201          | 201          | 201          | 403        | banned
GET /v1/campaigns                                         | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | banned
GET /v1/campaigns/{id}                                    | 401       | 200          | no_campaign  | no_campaign  | 200          | 200          | 200          | 200        | banned

POST /v1/combat/sessions                                  | 401       | 201          | 201          | 201          | 201          | 201          | 201          | 403        | banned
POST /v1/combat/sessions (seeded)                         | 401       | 403          | 403          | 403          | 403          | 403          | 201          | 403        | banned
POST /v1/combat/sessions (of a campaign)                  | 401       | 201          | no_campaign  | no_campaign  | 201          | no_campaign  | 201          | 403        | banned
GET /v1/combat/sessions                                   | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | banned
GET /v1/combat/sessions/{id}/state                        | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | banned
GET /v1/combat/sessions/{id}/state (private)              | 401       | 200          | 404          | 404          | 200          | 200          | 200          | 200        | banned
POST /v1/combat/sessions/{id}/actions                     | 401       | 200          | not_seated   | not_seated   | 200          | not_seated   | not_seated   | not_seated | banned
POST /v1/combat/sessions/{id}/actions (private)           | 401       | 200          | 404          | 404          | 200          | not_seated   | not_seated   | not_seated | banned

GET /v1/matchmaking/queues                                | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | banned
POST /v1/matchmaking/tickets                              | 401       | 201          | 201          | 201          | 201          | 201          | 201          | 403        | banned
GET /v1/matchmaking/tickets/{id}                          | 401       | 200          | no_ticket    | no_ticket    | no_ticket    | no_ticket    | no_ticket    | 403        | banned
DELETE /v1/matchmaking/tickets/{id}                       | 401       | 200          | no_ticket    | no_ticket    | no_ticket    | no_ticket    | no_ticket    | 403        | banned
POST /v1/matchmaking/tickets/{id}/accept                  | 401       | not_asked    | no_ticket    | no_ticket    | no_ticket    | no_ticket    | no_ticket    | 403        | banned
POST /v1/matchmaking/tickets/{id}/decline                 | 401       | not_asked    | no_ticket    | no_ticket    | no_ticket    | no_ticket    | no_ticket    | 403        | banned
GET /v1/matchmaking/tickets/{id}/explain                  | 401       | 200          | no_ticket    | no_ticket    | no_ticket    | no_ticket    | no_ticket    | 403        | banned
POST /v1/parties                                          | 401       | 201          | 201          | 201          | 201          | 201          | 201          | 403        | banned
GET /v1/parties/{id}                                      | 401       | 200          | no_party     | no_party     | no_party     | no_party     | no_party     | 403        | banned
DELETE /v1/parties/{id}                                   | 401       | 204          | no_party     | no_party     | no_party     | no_party     | no_party     | 403        | banned
POST /v1/parties/{id}/join                                | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 403        | banned
POST /v1/parties/{id}/leave                               | 401       | 204          | no_party     | no_party     | no_party     | no_party     | no_party     | 403        | banned
POST /v1/parties/{id}/kick                                | 401       | 200          | no_party     | no_party     | no_party     | no_party     | no_party     | 403        | banned
POST /v1/parties/{id}/ready                               | 401       | 200          | no_party     | no_party     | no_party     | no_party     | no_party     | 403        | banned

POST /v1/sessions                                         | 401       | 201          | 201          | 201          | 201          | 201          | 201          | 201        | banned
POST /v1/sessions (seeded)                                | 401       | 403          | 403          | 403          | 403          | 403          | 201          | 201        | banned
POST /v1/sessions (of a campaign)                         | 401       | 201          | no_campaign  | no_campaign  | 201          | no_campaign  | 201          | 201        | banned
GET /v1/sessions                                          | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | banned
GET /v1/sessions/{id}                                     | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | banned
GET /v1/sessions/{id} (private)                           | 401       | 200          | 404          | 404          | 200          | 200          | 200          | 200        | banned
GET /v1/sessions/{id} (private, seated)                   | 401       | 200          | 200          | 404          | 200          | 200          | 200          | 200        | banned
GET /v1/sessions/{id}/events                              | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | banned
GET /v1/sessions/{id}/events (private)                    | 401       | 200          | 404          | 404          | 200          | 200          | 200          | 200        | banned
PUT /v1/sessions/{id}                                     | 401       | 200          | 403          | 403          | 200          | 403          | 200          | 200        | banned
PUT /v1/sessions/{id} (private)                           | 401       | 200          | 404          | 404          | 200          | 403          | 200          | 200        | banned
PUT /v1/sessions/{id} (private, seated)                   | 401       | 200          | 403          | 404          | 200          | 403          | 200          | 200        | banned
DELETE /v1/sessions/{id}                                  | 401       | 200          | 403          | 403          | 200          | 403          | 200          | 200        | banned
DELETE /v1/sessions/{id} (private)                        | 401       | 200          | 404          | 404          | 200          | 403          | 200          | 200        | banned
DELETE /v1/sessions/{id} (private, seated)                | 401       | 200          | 403          | 404          | 200          | 403          | 200          | 200        | banned
POST /v1/sessions/{id}/pause                              | 401       | 200          | 403          | 403          | 200          | 403          | 200          | 200        | banned
POST /v1/sessions/{id}/pause (private, seated)            | 401       | 200          | 403          | 404          | 200          | 403          | 200          | 200        | banned
POST /v1/sessions/{id}/resume                             | 401       | 200          | 403          | 403          | 200          | 403          | 200          | 200        | banned
POST /v1/sessions/{id}/resume (private, seated)           | 401       | 200          | 403          | 404          | 200          | 403          | 200          | 200        | banned

PUT /v1/sessions/{id}/state                               | 401       | 403          | 403          | 403          | 403          | 403          | 403          | 403        | banned
PUT /v1/sessions/{id}/state (custom)                      | 401       | 200          | 403          | 403          | 403          | 403          | 200          | 200        | banned
PUT /v1/sessions/{id}/state (private, custom)             | 401       | 200          | 404          | 404          | 404          | 403          | 200          | 200        | banned
PUT /v1/sessions/{id}/state (player)                      | 401       | 200          | 403          | 403          | 403          | 403          | 200          | 200        | banned
PATCH /v1/sessions/{id}/state                             | 401       | 403          | 403          | 403          | 403          | 403          | 403          | 403        | banned
PATCH /v1/sessions/{id}/state (custom)                    | 401       | 200          | 403          | 403          | 403          | 403          | 200          | 200        | banned
PATCH /v1/sessions/{id}/state (private, custom)           | 401       | 200          | 404          | 404          | 404          | 403          | 200          | 200        | banned
PATCH /v1/sessions/{id}/state (player)                    | 401       | 200          | 403          | 403          | 403          | 403          | 200          | 200        | banned
POST /v1/sessions/{id}/actions                            | 401       | 200          | not_seated   | not_seated   | 200          | not_seated   | not_seated   | not_seated | banned
POST /v1/sessions/{id}/actions (private)                  | 401       | 200          | 404          | 404          | 200          | not_seated   | not_seated   | not_seated | banned
POST /v1/sessions/{id}/actions (private, seated)          | 401       | 200          | 200          | 404          | 200          | not_seated   | not_seated   | not_seated | banned
GET /v1/sessions/{id}/snapshots                           | 401       | 403          | 403          | 403          | 200          | 403          | 200          | 403        | banned
GET /v1/sessions/{id}/snapshots (private, seated)         | 401       | 403          | 403          | 404          | 200          | 403          | 200          | 403        | banned
GET /v1/sessions/{id}/snapshots (private, custom)         | 401       | 200          | 404          | 404          | 404          | 403          | 200          | 403        | banned
POST /v1/sessions/{id}/rewind                             | 401       | 403          | 403          | 403          | 200          | 403          | 200          | 403        | banned
POST /v1/sessions/{id}/rewind (private, seated)           | 401       | 403          | 403          | 404          | 200          | 403          | 200          | 403        | banned
POST /v1/sessions/{id}/rewind (private, custom)           | 401       | 200          | 404          | 404          | 404          | 403          | 200          | 403        | banned

POST /v1/sessions/{id}/join                               | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 403        | banned
POST /v1/sessions/{id}/join (private)                     | 401       | 200          | 404          | 404          | 200          | 403          | 200          | 403        | banned
POST /v1/sessions/{id}/join (private, seated)             | 401       | 200          | 200          | 404          | 200          | 403          | 200          | 403        | banned
POST /v1/sessions/{id}/join (as game master)              | 401       | 200          | 403          | 403          | 200          | 403          | 403          | 403        | banned
POST /v1/sessions/{id}/join (as coach, code unknown)      | 401       | 403          | 403          | 403          | 403          | 403          | 403          | 403        | banned
POST /v1/sessions/{id}/join (custom)                      | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 403        | banned
POST /v1/sessions/{id}/join (private, custom)             | 401       | 200          | 404          | 404          | 404          | 403          | 200          | 403        | banned
POST /v1/sessions/{id}/join (player)                      | 401       | 200          | session_full | session_full | session_full | session_full | session_full | 403        | banned
POST /v1/sessions/{id}/leave                              | 401       | 204          | not_seated   | not_seated   | 204          | not_seated   | not_seated   | 403        | banned
POST /v1/sessions/{id}/leave (private, seated)            | 401       | 204          | 204          | 404          | 204          | not_seated   | not_seated   | 403        | banned
POST /v1/sessions/{id}/leave (player)                     | 401       | owner_stays  | not_seated   | not_seated   | not_seated   | not_seated   | not_seated   | 403        | banned
POST /v1/sessions/{id}/spectate                           | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 403        | banned
POST /v1/sessions/{id}/spectate (private)                 | 401       | 200          | 404          | 404          | 200          | 200          | 200          | 403        | banned
POST /v1/sessions/{id}/handoff                            | 401       | 201          | not_seated   | not_seated   | 201          | not_seated   | not_seated   | 403        | banned
POST /v1/sessions/{id}/handoff (private, seated)          | 401       | 201          | 201          | 404          | 201          | not_seated   | not_seated   | 403        | banned
POST /v1/handoff                                          | 401       | 200          | code_invalid | code_invalid | 200          | code_invalid | code_invalid | 403        | banned
POST /v1/sessions/{id}/invites                            | 401       | 201          | 403          | 403          | 201          | 403          | 201          | 201        | banned
POST /v1/sessions/{id}/invites (private, seated)          | 401       | 201          | 403          | 404          | 201          | 403          | 201          | 201        | banned
GET /v1/sessions/{id}/invites                             | 401       | 200          | 403          | 403          | 200          | 403          | 200          | 200        | banned
GET /v1/sessions/{id}/invites (private, seated)           | 401       | 200          | 403          | 404          | 200          | 403          | 200          | 200        | banned
DELETE /v1/sessions/{id}/invites/{code}                   | 401       | 204          | 403          | 403          | 204          | 403          | 204          | 204        | banned
DELETE /v1/sessions/{id}/invites/{code} (private, seated) | 401       | 204          | 403          | 404          | 204          | 403          | 204          | 204        | banned
POST /v1/invites/{code}/join (private)                    | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 403        | banned
POST /v1/invites/{code}/join (private, custom)            | 401       | 200          | 200          | 200          | 200          | 200          | 200          | 403        | banned

GET /health                                               | 200       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | 200
GET /ready                                                | 200       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | 200
GET /metrics                                              | 200       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | 200
GET /openapi.json                                         | 200       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | 200
GET /docs                                                 | 200       | 200          | 200          | 200          | 200          | 200          | 200          | 200        | 200
`;

/** One row of the table. */
export interface Row {
  /** As the table has it. */
  readonly name: string;
  /** Method and path, as OpenAPI writes it. */
  readonly operation: string;
  /** The words in brackets, or none. */
  readonly kind: string;
  readonly cells: Readonly<Record<Column, string>>;
}

/** What the table writes for a refusal instead of its code. */
const SHORT: Readonly<Record<string, string>> = {
  ...{ unauthorized: "401", forbidden: "403", session_not_found: "404", campaign_not_found: "no_campaign" },
  ...{ ticket_not_found: "no_ticket", party_not_found: "no_party", acceptance_over: "not_asked" },
  ...{ match_not_found: "no_match", leaderboard_fed_by_matches: "fed" },
};

/** An answer as the table writes it. */
export function cellOf({ status, body }: { status: number; body: { code?: string } | null }): string {
  const code = status < 400 ? undefined : body?.code;
  return code === undefined ? String(status) : (SHORT[code] ?? code);
}

export const ROWS: readonly Row[] = TABLE.split("\n")
  .filter((line) => /^[A-Z]/.test(line))
  .map(rowOf);

function rowOf(line: string): Row {
  const [name = "", ...written] = line.split("|").map((part) => part.trim());
  const everyone = / for everyone$/.exec(written[0]!);
  const cells = everyone ? COLUMNS.map(() => written[0]!.slice(0, everyone.index)) : written;
  if (cells.length !== COLUMNS.length) throw new Error(`not nine cells: ${line}`);
  const [, operation = "", kind = ""] = /^(\S+ \S+)(?: \((.*)\))?$/.exec(name) ?? [];
  const byColumn = Object.fromEntries(COLUMNS.map((column, at) => [column, cells[at]!]));
  return { name, operation, kind, cells: byColumn as Row["cells"] };
}
