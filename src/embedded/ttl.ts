import type { Buffer } from "node:buffer";
import { setImmediate as nextTurn } from "node:timers/promises";
import { decode, toInteger } from "./bson.ts";
import type { Collection } from "./catalog.ts";
import type { Context } from "./command.ts";
import type { IndexDef } from "./index-def.ts";
import { encodeKey, successor } from "./keystring.ts";

/** Documents removed in one transaction; between chunks the event loop serves commands. */
const CHUNK = 500;
const MIN_DATE_MS = -8.64e15;

/** Removes documents whose TTL date has passed. Only dates count; an array expires by its earliest date. */
export async function sweepExpired(context: Context): Promise<number> {
  let removed = 0;
  const targets = context.catalog
    .all()
    .flatMap((collection) =>
      collection.indexes.filter((index) => index.spec.expireAfterSeconds !== undefined).map((index) => index.id),
    );
  for (const id of targets) {
    for (;;) {
      const count = sweepChunk(context, id);
      removed += count;
      // Not "fewer than a chunk": several keys of a chunk may belong to one document.
      if (count === 0) break;
      await nextTurn();
    }
  }
  return removed;
}

/** Looked up again for every chunk: a command may have dropped or changed the index in between. */
function sweepChunk(context: Context, indexId: number): number {
  for (const collection of context.catalog.all()) {
    const index = collection.indexes.find((candidate) => candidate.id === indexId);
    if (index) return removeExpired(context, collection, index);
  }
  return 0;
}

function removeExpired(context: Context, collection: Collection, index: IndexDef): number {
  const { store } = context;
  const [low, high] = expiredRange(index, context.now());
  const sql = `SELECT rid, doc FROM ${collection.table}
    WHERE rid IN (SELECT rid FROM ${index.table} WHERE k>=? AND k<? LIMIT ${CHUNK})`;
  const rows = store.all(sql, low, high);
  if (rows.length === 0) return 0;
  store.prepare("BEGIN IMMEDIATE").run();
  try {
    for (const [rid, raw] of rows) context.documents.remove(collection, rid as number, () => decode(raw as Uint8Array));
    store.prepare("COMMIT").run();
  } catch (error) {
    if (store.inTransaction) store.db.exec("ROLLBACK");
    context.catalog.reload();
    throw error;
  }
  return rows.length;
}

function expiredRange(index: IndexDef, now: number): [low: Buffer, high: Buffer] {
  const { descending } = index.parts[0]!;
  const seconds = toInteger(index.spec.expireAfterSeconds, 0);
  const oldest = encodeKey(new Date(MIN_DATE_MS), descending);
  const limit = encodeKey(new Date(now - seconds * 1000), descending);
  return descending ? [limit, successor(oldest)] : [oldest, successor(limit)];
}
