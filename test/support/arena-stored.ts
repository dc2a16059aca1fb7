import mongoose from "mongoose";
import { startEmbedded } from "../../src/embedded/embedded.ts";
import type { Snapshot } from "../../src/journal/snapshot.ts";
import { readAll, readJournals, type StoredJournal } from "./journal-reader.ts";

/** What a session's document says of it. */
export interface StoredSession {
  readonly _id: string;
  readonly status: string;
  readonly result: Readonly<Record<string, unknown>> | null;
}

/** One session as it lies in a data directory. */
export interface Stored {
  readonly journal: StoredJournal;
  readonly snapshot: Snapshot | undefined;
  readonly document: StoredSession | undefined;
}

/** All sessions of a data directory whose server is stopped, by their ids. */
export async function readStored(dir: string): Promise<Map<string, Stored>> {
  const journals = await readJournals(dir);
  const database = await startEmbedded({ dir });
  const connection = await mongoose.createConnection(`${database.uri}hypogeum`).asPromise();
  try {
    // The newest comes last: a crash may have left an older one beside it.
    const snapshots = await readAll<Snapshot>(connection, "snapshots");
    const newest = new Map(snapshots.map((snapshot) => [snapshot.s, snapshot]));
    const documents = await readAll<StoredSession>(connection, "sessions");
    const byId = new Map(documents.map((document) => [document._id, document]));
    return new Map(
      [...journals].map(([id, journal]) => [id, { journal, snapshot: newest.get(id), document: byId.get(id) }]),
    );
  } finally {
    await connection.close();
    await database.close();
  }
}
