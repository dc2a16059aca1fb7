import assert from "node:assert/strict";
import { decode } from "../../../src/embedded/bson.ts";
import { Catalog } from "../../../src/embedded/catalog.ts";
import { indexKeys } from "../../../src/embedded/index-def.ts";
import { encodeKey } from "../../../src/embedded/keystring.ts";
import type { Store } from "../../../src/embedded/store.ts";

/** Recomputes every index from the documents and compares; and asks SQLite whether the file is whole. */
export function assertIntegrity(store: Store): void {
  assert.deepEqual(store.get("PRAGMA integrity_check"), ["ok"]);
  for (const collection of new Catalog(store).all()) {
    const rows = store.all(`SELECT rid, id, doc FROM ${collection.table}`);
    for (const [, id, raw] of rows) {
      assert.deepEqual(Buffer.from(id as Uint8Array), encodeKey(decode(raw as Uint8Array)._id), "the _id key differs");
    }
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
