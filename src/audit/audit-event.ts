/** One change of something that belongs to somebody, as an auditor reads it later. Never holds a secret or a body. */
export interface AuditEvent {
  /** `<subject>.<what happened>`, such as `session.paused` or `account.banned`. */
  readonly action: string;
  readonly subject: {
    readonly kind: "account" | "session" | "campaign" | "match" | "leaderboard";
    readonly id: string;
  };
  /** Who did it, and on which device; null for the system itself. */
  readonly actor: { readonly accountId: string; readonly deviceId: string } | null;
  readonly requestId?: string;
  /** Hashes of the subject before and after, where it has a state. */
  readonly before?: string;
  readonly after?: string;
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/** Where changes are noted. Noting never fails and never waits: what it is told of has already happened. */
export interface Audit {
  record(event: AuditEvent): void;
}
