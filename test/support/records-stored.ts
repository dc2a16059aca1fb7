import mongoose from "mongoose";
import { startEmbedded } from "../../src/embedded/embedded.ts";
import { readJournals, type StoredJournal } from "./journal-reader.ts";

/** A session's document, as far as writers have to do with it. */
export interface StoredSession {
  readonly _id: string;
  readonly status: string;
  readonly version: number;
  readonly seq: number;
  readonly metadata: { readonly key?: string; readonly n?: number };
}

/** Everything the oracle of the records looks at in a data directory. */
export interface StoredRecords {
  readonly journals: ReadonlyMap<string, StoredJournal>;
  readonly sessions: readonly StoredSession[];
  readonly campaigns: readonly { readonly _id: string; readonly name: string }[];
  readonly invites: readonly { readonly _id: string; readonly sessionId: string; readonly left: number }[];
  readonly accounts: readonly { readonly _id: string; readonly username: string | null; readonly name: string }[];
}

/** The server must be stopped. */
export async function readRecords(dir: string): Promise<StoredRecords> {
  const journals = await readJournals(dir);
  const database = await startEmbedded({ dir });
  const connection = await mongoose.createConnection(`${database.uri}hypogeum`).asPromise();
  const all = async <Stored>(name: string) =>
    (await connection.collection(name).find().toArray()) as unknown as readonly Stored[];
  try {
    return {
      journals,
      sessions: await all("sessions"),
      campaigns: await all("campaigns"),
      invites: await all("invites"),
      accounts: await all("accounts"),
    };
  } finally {
    await connection.close();
    await database.close();
  }
}
