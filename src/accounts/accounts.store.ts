import { type Connection, Schema } from "mongoose";
import type { CodePurpose, StoredCode } from "./codes.ts";
import type { Role } from "./roles.rules.ts";

/** Why an account may not be used, and until when; null is for good. */
export interface Ban {
  readonly reason: string;
  readonly until: Date | null;
}

/** A player's account as it is kept. */
export interface AccountDoc {
  readonly _id: string;
  readonly kind: "guest" | "full";
  /** What others see. */
  readonly name: string;
  readonly username: string | null;
  readonly email: string | null;
  readonly emailVerifiedAt: Date | null;
  /** PHC string; null for guests and for those who sign in elsewhere. */
  readonly password: string | null;
  /** The ids of its documents in `logins`: a login that no account names is what a crash left. */
  readonly logins: readonly string[];
  readonly roles: readonly Role[];
  readonly ban: Ban | null;
  /** When roles or ban last changed; tokens from before do not say who this is any more. */
  readonly standingAt: Date;
  readonly codes: { readonly [purpose in CodePurpose]?: StoredCode };
  readonly createdAt: Date;
  /** To the day. */
  readonly lastSeenAt: Date;
}

/** What a first full sign-in adds to an account, and what a new account has. */
export type Identification = Pick<AccountDoc, "name" | "username" | "email" | "password" | "logins">;

export type Standing = Pick<AccountDoc, "_id" | "ban" | "standingAt">;

const EPOCH = new Date(0);

/** What accounts have that were made before these fields were. */
const DEFAULTS = {
  ...{ username: null, email: null, emailVerifiedAt: null, password: null, logins: [], roles: ["player"], ban: null },
  ...{ standingAt: EPOCH, codes: {}, lastSeenAt: EPOCH },
} as const;

const code = new Schema({ hash: String, expiresAt: Date, triesLeft: Number }, { _id: false });

const schema = new Schema<AccountDoc>(
  {
    _id: { type: String, required: true },
    kind: { type: String, enum: ["guest", "full"], required: true },
    name: { type: String, required: true },
    username: { type: String, default: null },
    email: { type: String, default: null },
    emailVerifiedAt: { type: Date, default: null },
    password: { type: String, default: null },
    logins: { type: [String], default: [] },
    roles: { type: [String], default: ["player"] },
    ban: { type: new Schema({ reason: String, until: Date }, { _id: false }), default: null },
    standingAt: { type: Date, default: EPOCH },
    codes: { verify: { type: code }, reset: { type: code } },
    createdAt: { type: Date, required: true },
    lastSeenAt: { type: Date, default: EPOCH },
  },
  { collection: "accounts", versionKey: false },
);
schema.index({ standingAt: 1 });
schema.index({ kind: 1, lastSeenAt: 1 });

/** Accounts, each one document. Every change is one conditional update that answers the account after it, or null. */
export type AccountStore = ReturnType<typeof accountStore>;

export function accountStore(connection: Connection) {
  const model = connection.model<AccountDoc>("Account", schema);

  async function change(filter: Record<string, unknown>, update: Record<string, unknown>): Promise<AccountDoc | null> {
    return whole(await model.findOneAndUpdate(filter, update, { returnDocument: "after" }).lean<AccountDoc>());
  }

  return {
    async insert(account: AccountDoc): Promise<void> {
      await model.create(account);
    },

    async find(id: string): Promise<AccountDoc | null> {
      return whole(await model.findById(id).lean<AccountDoc>());
    },

    /** The ids and names of those that exist. */
    async names(ids: readonly string[]): Promise<Pick<AccountDoc, "_id" | "name">[]> {
      return model.find({ _id: { $in: [...ids] } }, { name: 1 }).lean<Pick<AccountDoc, "_id" | "name">[]>();
    },

    /** A guest becomes a full account; null when it is none. */
    identify(id: string, identification: Identification): Promise<AccountDoc | null> {
      return change({ _id: id, kind: "guest" }, { $set: { ...identification, kind: "full" } });
    },

    rename(id: string, name: string): Promise<AccountDoc | null> {
      return change({ _id: id }, { $set: { name } });
    },

    /** Replaces the password, unless it was replaced meanwhile; whoever asked for a reset by mail gets none any more. */
    setPassword(id: string, former: string | null, password: string): Promise<AccountDoc | null> {
      return change({ _id: id, password: former }, { $set: { password }, $unset: { "codes.reset": 1 } });
    },

    setRoles(id: string, roles: readonly Role[], at: Date): Promise<AccountDoc | null> {
      return change({ _id: id }, { $set: { roles: [...roles], standingAt: at } });
    },

    setBan(id: string, ban: Ban | null, at: Date): Promise<AccountDoc | null> {
      return change({ _id: id }, { $set: { ban, standingAt: at } });
    },

    setCode(id: string, purpose: CodePurpose, stored: StoredCode): Promise<AccountDoc | null> {
      return change({ _id: id }, { $set: { [`codes.${purpose}`]: stored } });
    },

    /** Takes one of the tries; null when there is no code, or it has expired or no tries are left. */
    tryCode(id: string, purpose: CodePurpose, now: Date): Promise<AccountDoc | null> {
      const [expiresAt, triesLeft] = [`codes.${purpose}.expiresAt`, `codes.${purpose}.triesLeft`];
      return change({ _id: id, [expiresAt]: { $gt: now }, [triesLeft]: { $gt: 0 } }, { $inc: { [triesLeft]: -1 } });
    },

    /** Uses the code up, and notes what it proves: that mails to the address arrive. True for exactly one caller. */
    async useCode(id: string, purpose: CodePurpose, hash: string, now: Date): Promise<boolean> {
      const used = { $unset: { [`codes.${purpose}`]: 1 }, $set: { emailVerifiedAt: now } };
      return (await change({ _id: id, [`codes.${purpose}.hash`]: hash }, used)) !== null;
    },

    async seen(id: string, at: Date): Promise<void> {
      await model.updateOne({ _id: id }, { $set: { lastSeenAt: at } });
    },

    /** Takes out who it is and how they sign in: what is left is a guest whom nobody can be, idle since ever. */
    async forsake(id: string): Promise<void> {
      const nobody = { username: null, email: null, emailVerifiedAt: null, password: null, logins: [] };
      const $set = { ...nobody, kind: "guest", name: "Erased", lastSeenAt: EPOCH };
      await model.updateOne({ _id: id }, { $set, $unset: { codes: 1 } });
    },

    async remove(id: string): Promise<void> {
      await model.deleteOne({ _id: id });
    },

    /** Guests nobody has been since `before`, the longest unused first. */
    async idleGuests(before: Date, limit: number): Promise<string[]> {
      const found = await model
        .find({ kind: "guest", lastSeenAt: { $lt: before } }, { _id: 1 })
        .sort({ kind: 1, lastSeenAt: 1 })
        .limit(limit)
        .lean();
      return found.map(({ _id }) => _id);
    },

    /** Whose roles or ban changed since. */
    standingsSince(since: Date): AsyncIterable<Standing> {
      const fields = { ban: 1, standingAt: 1 };
      return model
        .find({ standingAt: { $gte: since } }, fields)
        .lean<Standing>()
        .cursor() as AsyncIterable<Standing>;
    },
  };
}

function whole(doc: AccountDoc | null): AccountDoc | null {
  return doc && { ...DEFAULTS, ...doc };
}
