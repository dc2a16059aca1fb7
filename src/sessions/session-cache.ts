/**
 * What tells one process that another has changed a session, and keeps answers for all of them: the second tier of
 * reads. Whoever changes a session stamps it before the change is acknowledged, so what was read under another stamp is
 * older than what somebody knows.
 */
export interface SessionCache {
  /**
   * The stamp of the session's last acknowledged change. Null when that cannot be known: then nothing that was cached
   * may be used.
   */
  stamp(sessionId: string): Promise<string | null>;
  /** What any process put there under this stamp. */
  get(sessionId: string, stamp: string): Promise<string | undefined>;
  put(sessionId: string, stamp: string, value: string): Promise<void>;
  /**
   * Stamps a session anew. To be awaited between the write and whoever is told of it, in this order: a stamp from before
   * the write would vouch for what was read before it. Never rejects, and waits only so long.
   *
   * @param fence of the journal, when the change is a batch of it
   */
  changed(sessionId: string, fence?: number): Promise<void>;
  /** Makes everything worthless that any process has put there or remembers. Never rejects. */
  forgetAll(): Promise<void>;
}
