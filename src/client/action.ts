import type { Code } from "./error-codes.ts";

/** What became of an action so far. */
export type ActionStatus =
  | { readonly status: "pending" }
  /** It took effect, once. `epoch` is null when the answer came by the API, which says durable things only. */
  | { readonly status: "acknowledged"; readonly epoch: number | null; readonly seq: number }
  /** The server's no, which is final for this id; `retryable` says whether a new action may fare better. */
  | { readonly status: "rejected"; readonly code: Code; readonly message: string; readonly retryable: boolean };

/** How an action ended. */
export type Outcome = { readonly id: string } & Exclude<ActionStatus, { readonly status: "pending" }>;

/** A wish of the player's. Its id stays the same however often it is sent, so the server applies it once. */
export type Action = {
  /** A UUIDv7. */
  readonly id: string;
  readonly type: string;
  readonly data: object;
  /** Ms since the epoch by the server's clock. */
  readonly madeAt: number;
  /** How often it was sent. */
  readonly tries: number;
} & ActionStatus;

/** What one attempt to send an action found out. `again`: nothing yet; a cut or a silence is no answer. */
export type Attempt =
  | Exclude<ActionStatus, { readonly status: "pending" }>
  | { readonly status: "again"; readonly pauseMs?: number };

export function rejected(code: Code, message: string, retryable = false): Attempt & { readonly status: "rejected" } {
  return { status: "rejected", code, message, retryable };
}
