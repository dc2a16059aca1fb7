import assert from "node:assert/strict";
import { decode } from "../../../src/embedded/bson.ts";
import { Catalog, type Collection } from "../../../src/embedded/catalog.ts";
import { indexKeys } from "../../../src/embedded/index-def.ts";
import { encodeKey } from "../../../src/embedded/keystring.ts";
import type { SqlValue, Store } from "../../../src/embedded/store.ts";

/** Recomputes every index from the documents and compares; and asks SQLite whether the file is whole. */
export function assertIntegrity(store: Store): void {
  assert.deepEqual(store.get("PRAGMA integrity_check"), ["ok"]);
  for (const collection of new Catalog(store).all()) {
    const rows = store.all(`SELECT rid, id, doc FROM ${collection.table}`);
    for (const [, id, raw] of rows) {
      assert.deepEqual(Buffer.from(id as Uint8Array), encodeKey(decode(raw as Uint8Array)._id), "the _id key differs");
    }
    assertIdIndex(store, collection);
    for (const index of collection.indexes) {
      const expected = rows.flatMap(([rid, , raw]) =>
        indexKeys(index, decode(raw as Uint8Array), () => {
          assert.ok(index.multikey, `${index.name} holds arrays but is not marked multikey`);
        }).map((key) => `${key.toString("hex")} ${rid}`),
      );
      const actual = store
        .all(`SELECT k, rid FROM ${index.table}`)
        .map(([key, rid]) => `${Buffer.from(key as Uint8Array).toString("hex")} ${rid}`);
      assert.deepEqual(actual.sort(), expected.sort(), `${collection.namespace} ${index.name}`);
    }
  }
}

/** Every `_id` once, in the index or waiting for it, with the row that holds it. */
function assertIdIndex(store: Store, { namespace, table, idIndex, unindexed }: Collection): void {
  const show = ([key, rid]: SqlValue[]) => `${Buffer.from(key as Uint8Array).toString("hex")} ${rid}`;
  const rows = store.all(`SELECT id, rid FROM ${table} ORDER BY rid`);
  const indexed = store.all(`SELECT k, rid FROM ${idIndex.table}`);
  const waiting = rows.filter(([key]) => unindexed.rid(Buffer.from(key as Uint8Array)) !== undefined);
  assert.equal(waiting.length, unindexed.size, `${namespace}: ids wait twice or without a row`);
  assert.deepEqual([...indexed, ...waiting].map(show).sort(), rows.map(show).sort(), `${namespace} _id_`);
  assert.equal(new Set(rows.map(([key]) => show([key!, 0]))).size, rows.length, `${namespace}: an _id is there twice`);
}
