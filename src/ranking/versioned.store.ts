import type { mongo } from "mongoose";
import { unlessTaken } from "../infra/mongo.ts";

const MAJORITY = { writeConcern: { w: "majority", j: true } } as const;

/** A document that is only ever replaced as a whole, by whoever has read what it replaces. */
interface Versioned {
  readonly _id: string;
  /** One higher with every write; 0 for one that is not there yet. */
  readonly v: number;
}

/** Takes the place of what was read at version `doc.v`, 0 for nothing; false when it has changed since. */
export async function putVersioned<Doc extends Versioned>(
  collection: mongo.Collection<Doc>,
  doc: Doc,
): Promise<boolean> {
  // The driver's types know no generic documents.
  const documents = collection as unknown as mongo.Collection<Versioned>;
  const { _id, v, ...rest } = doc;
  const next = { ...rest, v: v + 1 };
  if (v > 0) return (await documents.replaceOne({ _id, v }, next, MAJORITY)).matchedCount === 1;
  return unlessTaken(documents.insertOne({ _id, ...next }, MAJORITY));
}
