/** What an account may be, besides a player. A game master is a seat of one session, not a role. */
export const ROLES = ["player", "moderator", "admin", "service"] as const;
export type Role = (typeof ROLES)[number];

/**
 * The one permission table: every role and what it may do. What depends on the resource (one's own session, one's own
 * device) is decided by the service that knows the resource; the table says who may do it for anybody.
 */
const TABLE = {
  /** Play: create, join and read sessions, and change one's own account. */
  play: ["player", "moderator", "admin"],
  /** Create sessions with a given seed. */
  "sessions.seed": ["service", "admin"],
  /** Read every session, the private ones too. */
  "sessions.read_any": ["moderator", "admin", "service"],
  /** See what a running game hides from its players. Not for those who may be playing in the next room. */
  "sessions.see_hidden": ["admin", "service"],
  /** Change, pause and end every session. */
  "sessions.manage_any": ["admin", "service"],
  /** Take a session back to an earlier entry without being its game master. */
  "sessions.rewind_any": ["admin"],
  "accounts.ban": ["moderator", "admin"],
  "accounts.set_roles": ["admin"],
  "audit.read": ["admin"],
  /** Submit scores of players to leaderboards that no matches feed. */
  "leaderboards.submit": ["service"],
  /** Read rated matches as they are kept, with the accounts of those who played. */
  "matches.export": ["admin", "service"],
  /** Take a rated match back. */
  "matches.reverse": ["admin"],
  /** The monitor and the admin page. */
  operate: ["admin"],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof TABLE;

/** Whether any of the roles grants the permission. */
export function may(roles: readonly Role[], permission: Permission): boolean {
  const holders: readonly Role[] = TABLE[permission];
  return roles.some((role) => holders.includes(role));
}
