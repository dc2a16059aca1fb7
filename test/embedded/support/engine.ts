import { type Doc, decode, encode } from "../../../src/embedded/bson.ts";
import type { Command } from "../../../src/embedded/command.ts";
import { RawDocument, RawDocuments } from "../../../src/embedded/command.ts";
import { Engine, type EngineOptions } from "../../../src/embedded/engine.ts";

/** An engine without thread and socket, for tests that need to look inside. */
export function openEngine(options: Partial<EngineOptions> = {}): Engine {
  return new Engine({ file: ":memory:", synchronous: "NORMAL", cacheMb: 4, log: () => undefined, ...options });
}

export function toCommand(body: Doc, db = "test"): Command {
  const decoded = decode(encode(body));
  return { name: Object.keys(decoded)[0]!, db, body: decoded, sequences: new Map() };
}

/** Runs one command, its arguments through BSON as the wire would, and decodes the reply. */
export function run(engine: Engine, body: Doc, db = "test"): Doc {
  const [reply] = engine.runBatch([toCommand(body, db)]);
  return decoded(reply!);
}

function decoded(reply: Doc): Doc {
  const cursor = reply.cursor as Doc | undefined;
  const batch = cursor && (cursor.firstBatch ?? cursor.nextBatch);
  if (batch instanceof RawDocuments) return { ...reply, batch: batch.list.map((raw) => decode(raw)) };
  if (reply.value instanceof RawDocument) return { ...reply, value: decode(reply.value.bytes) };
  return reply;
}

/** All documents a find returns. */
export function findAll(engine: Engine, name: string, filter: Doc, options: Doc = {}, db = "test"): Doc[] {
  const reply = run(engine, { find: name, filter, batchSize: 1_000_000, ...options }, db);
  if (reply.ok !== 1) throw new Error(`find failed: ${String(reply.errmsg)}`);
  return reply.batch as Doc[];
}
