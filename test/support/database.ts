import type { Connection } from "mongoose";
import { type EmbeddedDatabase, startEmbedded } from "../../src/embedded/embedded.ts";
import { connectMongo, ensureIndexes } from "../../src/infra/mongo.ts";
import { type JournalStore, journalStore } from "../../src/journal/journal.store.ts";
import { type SnapshotStore, snapshotStore } from "../../src/journal/snapshots.store.ts";
import { type SessionStore, sessionStore } from "../../src/sessions/sessions.store.ts";
import { silentLog } from "./journal.ts";

export interface Stores {
  readonly connection: Connection;
  readonly journalStore: JournalStore;
  readonly snapshots: SnapshotStore;
  readonly store: SessionStore;
}

export async function openStores(uri: string): Promise<Stores> {
  const connection = await connectMongo({ uri, dbName: "hypogeum", log: silentLog });
  const stores = {
    ...{ connection, journalStore: journalStore(connection) },
    ...{ snapshots: snapshotStore(connection), store: sessionStore(connection) },
  };
  await ensureIndexes(connection);
  return stores;
}

export interface TestDatabase extends Stores {
  readonly embedded: EmbeddedDatabase;
  close(): Promise<void>;
}

/** The embedded database in memory, and the stores over one connection to it. */
export async function openDatabase(dir = ":memory:"): Promise<TestDatabase> {
  const embedded = await startEmbedded({ dir });
  const stores = await openStores(embedded.uri);
  return {
    ...{ ...stores, embedded },
    async close() {
      await stores.connection.close();
      await embedded.close();
    },
  };
}
