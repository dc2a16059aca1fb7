import type { Clock } from "../lib/clock.ts";
import { uuid7 } from "../lib/uuid7.ts";
import type { Logger } from "../log.ts";
import type { AuditDoc, AuditFilter, AuditStore } from "./audit.store.ts";
import type { Audit, AuditEvent } from "./audit-event.ts";

const DAY_MS = 24 * 3600 * 1000;
/** Events that may wait for the database; beyond that the newest are dropped and counted. */
const BUFFER_MAX = 20_000;
const BATCH_MAX = 500;
/** How long an event waits for company, in ms. */
const FLUSH_MS = 100;
const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 5000;
/** How long closing waits for a database that is away, in ms. */
const CLOSE_MS = 5000;

/** A change as an auditor reads it. */
export interface AuditRecord {
  readonly id: string;
  readonly at: string;
  readonly action: string;
  readonly subject: { readonly kind: string; readonly id: string };
  readonly actor: { readonly accountId: string; readonly deviceId: string } | null;
  readonly requestId: string | null;
  readonly before: string | null;
  readonly after: string | null;
  readonly details: AuditDoc["details"];
}

export interface AuditLog extends Audit {
  /** Newest first. `nextCursor` continues where the page ends; null at the end. */
  list(
    filter: AuditFilter,
    limit: number,
    cursor?: string,
  ): Promise<{ items: AuditRecord[]; nextCursor: string | null }>;
  /** For the erasure of a person: what the account did stays, as the pseudonym's deed and without its devices. */
  forget(accountId: string, pseudonym: string): Promise<void>;
  /** Writes what waits, for five seconds at most. */
  close(): Promise<void>;
}

/**
 * The audit: events are written in batches, within a tenth of a second while the database answers. A crash loses what was
 * noted in that time, and nothing of the change itself.
 */
export function createAudit(parts: {
  store: AuditStore;
  clock: Clock;
  log: Logger;
  retentionDays: number;
  /** Told how many events found no room while the database was away. */
  onDropped: (events: number) => void;
}): AuditLog {
  const { store, clock, log, retentionDays, onDropped } = parts;
  const waiting: AuditDoc[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let retryMs = RETRY_MIN_MS;
  let closed = false;

  function schedule(ms: number): void {
    if (waiting.length > 0 && !closed) timer ??= setTimeout(flush, ms);
  }

  function flush(): void {
    timer = undefined;
    writing ??= writeBatch()
      .then(() => schedule(waiting.length >= BATCH_MAX ? 0 : FLUSH_MS))
      .catch(() => schedule(retryMs))
      .finally(() => {
        writing = undefined;
      });
  }

  async function writeBatch(): Promise<void> {
    const batch = waiting.slice(0, BATCH_MAX);
    try {
      await store.insert(batch);
      waiting.splice(0, batch.length);
      retryMs = RETRY_MIN_MS;
    } catch (error) {
      log.warn({ err: error, waiting: waiting.length }, "audit not written; trying again");
      retryMs = Math.min(RETRY_MAX_MS, retryMs * 2);
      throw error;
    }
  }

  return {
    record(event) {
      if (closed || waiting.length >= BUFFER_MAX) return onDropped(1);
      waiting.push(toDocument(event, clock.now(), retentionDays * DAY_MS));
      schedule(FLUSH_MS);
    },

    async list(filter, limit, cursor) {
      const found = await store.list(filter, limit + 1, new Date(clock.now()), cursor);
      const page = found.slice(0, limit);
      return { items: page.map(toRecord), nextCursor: found.length > limit ? page.at(-1)!._id : null };
    },

    async forget(accountId, pseudonym) {
      for (const [index, event] of waiting.entries()) {
        const subjectId = event.subjectId === accountId ? pseudonym : event.subjectId;
        const acted = event.actor === accountId ? { actor: pseudonym, device: null } : {};
        waiting[index] = { ...event, subjectId, ...acted };
      }
      await writing;
      await store.forget(accountId, pseudonym);
    },

    async close() {
      closed = true;
      clearTimeout(timer);
      await writing;
      const deadline = clock.monotonic() + CLOSE_MS;
      while (waiting.length > 0 && clock.monotonic() < deadline) {
        await writeBatch().catch(() => new Promise((done) => setTimeout(done, RETRY_MIN_MS)));
      }
      if (waiting.length > 0) onDropped(waiting.length);
    },
  };
}

function toDocument(event: AuditEvent, now: number, keptMs: number): AuditDoc {
  return {
    _id: uuid7(now),
    at: new Date(now),
    action: event.action,
    subjectKind: event.subject.kind,
    subjectId: event.subject.id,
    actor: event.actor?.accountId ?? null,
    device: event.actor?.deviceId ?? null,
    requestId: event.requestId ?? null,
    before: event.before ?? null,
    after: event.after ?? null,
    details: event.details ?? {},
    expiresAt: new Date(now + keptMs),
  };
}

function toRecord(doc: AuditDoc): AuditRecord {
  return {
    id: doc._id,
    at: doc.at.toISOString(),
    action: doc.action,
    subject: { kind: doc.subjectKind, id: doc.subjectId },
    actor: doc.actor === null ? null : { accountId: doc.actor, deviceId: doc.device ?? "" },
    requestId: doc.requestId,
    before: doc.before,
    after: doc.after,
    details: doc.details,
  };
}
