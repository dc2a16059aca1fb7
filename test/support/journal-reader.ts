import { createHash } from "node:crypto";
import mongoose, { type Connection } from "mongoose";
import { startEmbedded } from "../../src/embedded/embedded.ts";

/** An entry as it lies in the database, with the fence of the batch that holds it. */
export interface StoredEntry {
  readonly seq: number;
  readonly at: number;
  readonly seat: number | null;
  readonly type: string;
  readonly data: Record<string, unknown>;
  readonly actionId?: string;
  readonly fence: number;
}

export interface StoredJournal {
  readonly entries: readonly StoredEntry[];
  /** What is wrong with it as a chain: gaps, fences that go back, hashes that do not match. */
  readonly faults: readonly string[];
}

interface BatchDocument {
  readonly _id: string;
  readonly s: string;
  readonly fence: number;
  readonly prev: string;
  readonly hash: string;
  readonly body: string;
}

const PAGE = 1000;

/**
 * All journals of a data directory whose server is stopped, read without any of the server's own code above the
 * database: what a reader of the server's would repair or hide, shows here.
 */
export async function readJournals(dir: string): Promise<Map<string, StoredJournal>> {
  const database = await startEmbedded({ dir });
  const connection = await mongoose.createConnection(`${database.uri}hypogeum`).asPromise();
  try {
    const batches = await readAll<BatchDocument>(connection, "journal");
    const bySession = Map.groupBy(batches, ({ s }) => s);
    return new Map([...bySession].map(([sessionId, found]) => [sessionId, readChain(found)]));
  } finally {
    await connection.close();
    await database.close();
  }
}

/** Documents of a collection by their ids, a page at a time: the database holds an answer in memory, and has bounds. */
export async function readAll<Doc extends { readonly _id: string }>(connection: Connection, name: string) {
  const found: Doc[] = [];
  for (let after = ""; ; after = found.at(-1)!._id) {
    const query = { _id: { $gt: after } };
    const page = await connection
      .collection(name)
      .find(query as object)
      .sort({ _id: 1 })
      .limit(PAGE)
      .toArray();
    found.push(...(page as unknown as Doc[]));
    if (page.length < PAGE) return found;
  }
}

function readChain(batches: readonly BatchDocument[]): StoredJournal {
  const entries: StoredEntry[] = [];
  const faults: string[] = [];
  let prev = "0".repeat(64);
  let fence = 0;
  for (const batch of batches) {
    const hash = createHash("sha256").update(`${batch.prev}\n${batch.body}`).digest("hex");
    if (hash !== batch.hash) faults.push(`${batch._id}: the hash is not that of the body`);
    if (batch.prev !== prev) faults.push(`${batch._id}: does not continue the chain`);
    if (batch.fence < fence) faults.push(`${batch._id}: fence ${batch.fence} after ${fence}`);
    prev = batch.hash;
    fence = batch.fence;
    const body = JSON.parse(batch.body) as { entries: Omit<StoredEntry, "fence">[] };
    for (const entry of body.entries) {
      if (entry.seq !== entries.length + 1)
        faults.push(`${batch._id}: entry ${entry.seq} stands at ${entries.length + 1}`);
      entries.push({ ...entry, fence: batch.fence });
    }
  }
  return { entries, faults };
}
