import type { Buffer } from "node:buffer";
import { type Doc, decode, encode, isDocument } from "./bson.ts";
import type { Catalog, Collection } from "./catalog.ts";
import type { Cursors } from "./cursors.ts";
import type { Documents } from "./documents.ts";
import { badValue, CommandError } from "./errors.ts";
import type { Reader } from "./reads.ts";
import type { Store } from "./store.ts";

/** One request as it came off the wire. */
export interface Command {
  /** The first key of the body. */
  name: string;
  db: string;
  body: Doc;
  /** Document sequences (OP_MSG section kind 1), still encoded. */
  sequences: ReadonlyMap<string, Buffer[]>;
}

/** What command handlers work with. */
export interface Context {
  store: Store;
  catalog: Catalog;
  reader: Reader;
  documents: Documents;
  cursors: Cursors;
  /** Milliseconds since the epoch. */
  now: () => number;
  serverStatus: () => Doc;
}

export interface Handler {
  /** Runs inside a transaction. */
  writes: boolean;
  run: (context: Context, command: Command) => Doc;
}

/** A document in a reply that is already BSON: spliced in, never decoded. */
export class RawDocument {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** The batch of a cursor reply, already BSON. */
export class RawDocuments {
  readonly list: Uint8Array[];
  constructor(list: Uint8Array[]) {
    this.list = list;
  }
}

/** The collection name a command carries under its own name. Throws code 73 when it is not a string. */
export function collectionName(command: Command): string {
  const name = command.body[command.name];
  if (typeof name !== "string") {
    throw new CommandError("InvalidNamespace", `collection name has invalid type in command ${command.name}`);
  }
  return name;
}

export function findCollection({ catalog }: Context, command: Command): Collection | undefined {
  return catalog.find(command.db, collectionName(command));
}

/** A filter argument; absent means everything. */
export function filterArgument(value: unknown): Doc {
  if (value === undefined || value === null) return {};
  if (!isDocument(value)) throw new CommandError("TypeMismatch", "a filter must be a document");
  return value;
}

export function documentArgument(value: unknown): Doc | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isDocument(value)) throw new CommandError("TypeMismatch", "expected a document");
  return value;
}

/** The statements of a write command, from its sequence or from the body, as BSON. */
export function rawStatements(command: Command, field: string): Buffer[] {
  return command.sequences.get(field) ?? bodyStatements(command, field).map(encode);
}

export function statements(command: Command, field: string): Doc[] {
  return command.sequences.get(field)?.map(decode) ?? bodyStatements(command, field);
}

function bodyStatements(command: Command, field: string): Doc[] {
  const list = command.body[field];
  if (!Array.isArray(list) || !list.every(isDocument)) throw badValue(`${command.name} needs an array of ${field}`);
  return list;
}
