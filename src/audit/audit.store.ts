import { type Connection, type mongo, Schema } from "mongoose";
import { areTaken } from "../infra/mongo.ts";

/** An audited change as it is kept. */
export interface AuditDoc {
  /** A UUIDv7: sorts by time. */
  readonly _id: string;
  readonly at: Date;
  readonly action: string;
  readonly subjectKind: string;
  readonly subjectId: string;
  /** Null for the system itself. */
  readonly actor: string | null;
  readonly device: string | null;
  readonly requestId: string | null;
  readonly before: string | null;
  readonly after: string | null;
  readonly details: Readonly<Record<string, string | number | boolean>>;
  readonly expiresAt: Date;
}

export interface AuditFilter {
  readonly actor?: string | undefined;
  /** The id of what was changed. */
  readonly subject?: string | undefined;
  readonly action?: string | undefined;
}

export interface AuditStore {
  /** Keeps those that are not kept yet. */
  insert(events: readonly AuditDoc[]): Promise<void>;
  /** Keeps what an account did and what was done to it, but not who it was. */
  forget(accountId: string, pseudonym: string): Promise<void>;
  /** Newest first, older than the event `before`, and not expired at `now`. */
  list(filter: AuditFilter, limit: number, now: Date, before?: string): Promise<AuditDoc[]>;
}

const schema = new Schema<AuditDoc>(
  {
    _id: { type: String, required: true },
    at: { type: Date, required: true },
    action: { type: String, required: true },
    subjectKind: { type: String, required: true },
    subjectId: { type: String, required: true },
    actor: { type: String, default: null },
    device: { type: String, default: null },
    requestId: { type: String, default: null },
    before: { type: String, default: null },
    after: { type: String, default: null },
    details: { type: Schema.Types.Mixed, required: true },
    expiresAt: { type: Date, required: true },
  },
  { collection: "audit", versionKey: false, minimize: false },
);
schema.index({ actor: 1, _id: -1 });
schema.index({ subjectId: 1, _id: -1 });
schema.index({ action: 1, _id: -1 });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export function auditStore(connection: Connection): AuditStore {
  const model = connection.model<AuditDoc>("Audit", schema);
  // The native collection: events come by the hundred and are plain, and casting them would hold up everybody else.
  const collection = model.collection as unknown as mongo.Collection<AuditDoc>;

  return {
    async insert(events) {
      try {
        await collection.insertMany(events, { ordered: false });
      } catch (error) {
        // A batch whose answer was lost is sent again: what is there already is no failure.
        if (!areTaken(error)) throw error;
      }
    },

    async forget(accountId, pseudonym) {
      await model.updateMany({ actor: accountId }, { $set: { actor: pseudonym, device: null } });
      await model.updateMany({ subjectId: accountId }, { $set: { subjectId: pseudonym } });
    },

    async list({ actor, subject, action }, limit, now, before) {
      const filter = {
        ...(actor === undefined ? {} : { actor }),
        ...(subject === undefined ? {} : { subjectId: subject }),
        ...(action === undefined ? {} : { action }),
        // Always: without another filter the search walks the ids.
        _id: before === undefined ? { $gt: "" } : { $lt: before },
        expiresAt: { $gt: now },
      };
      return model.find(filter).sort({ _id: -1 }).limit(limit).lean<AuditDoc[]>();
    },
  };
}
