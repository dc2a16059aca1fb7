import { canonical } from "../lib/canonical.ts";
import { sha256 } from "../lib/sha256.ts";
import { type Draft, type Entry, TICK, type TickInputs } from "./game.ts";

/** L8: an entry, and a batch, may not be larger than this many bytes of canonical JSON. */
export const ENTRY_BYTES = 16 * 1024;
export const BATCH_BYTES = 256 * 1024;

/** The `prev` of a session's first batch. */
export const GENESIS = "0".repeat(64);

export interface RulesVersion {
  readonly game: string;
  readonly version: number;
}

/**
 * One journal document: a batch of one session (L8). `_id` is `<session>/<first seq>`, so two owners who append at the
 * same position collide: the unique key is the fence. `body` is the exact text that was hashed.
 */
export interface Batch {
  readonly _id: string;
  readonly s: string;
  /** First seq of the batch. */
  readonly n: number;
  /** Last seq of the batch. */
  readonly last: number;
  readonly fence: number;
  readonly prev: string;
  readonly hash: string;
  readonly rules: RulesVersion;
  readonly body: string;
}

interface BatchBody {
  readonly entries: Entry[];
  readonly fence: number;
  readonly n: number;
  readonly rules: RulesVersion;
  readonly s: string;
}

export function batchId(sessionId: string, seq: number): string {
  return `${sessionId}/${String(seq).padStart(12, "0")}`;
}

/** The canonical JSON of an entry, its members spelled out in order: this runs for every action. */
export function entryText({ actionId, at, data, seat, seq, type }: Entry): string {
  const action = actionId === undefined ? "" : `"actionId":${JSON.stringify(actionId)},`;
  return `{${action}"at":${at},"data":${canonical(data)},"seat":${seat},"seq":${seq},"type":${JSON.stringify(type)}}`;
}

/**
 * The same text for a tick, 30 times a second for each room. A list of integers is canonical as it is; anything else
 * among the inputs would read back as something else, so it throws.
 */
export function tickText({ at, seq }: Entry, facts: readonly Draft[], inputs: TickInputs): string {
  if (!inputs.every(Number.isSafeInteger)) throw new TypeError("the inputs of a tick must be integers");
  const decided = facts.length === 0 ? "" : `"facts":${canonical(facts)},`;
  return `{"at":${at},"data":{${decided}"in":${JSON.stringify(inputs)}},"seat":null,"seq":${seq},"type":"${TICK}"}`;
}

/** Seals entries whose canonical texts are at hand; texts are joined, not encoded a second time. */
export function sealBatch(
  head: { sessionId: string; prev: string; fence: number; rules: RulesVersion },
  entries: readonly Entry[],
  texts: readonly string[],
): Batch {
  const { sessionId, prev, fence, rules } = head;
  const n = entries[0]!.seq;
  const body = `{"entries":[${texts.join(",")}],"fence":${fence},"n":${n},"rules":${canonical(rules)},"s":${JSON.stringify(sessionId)}}`;
  const last = entries[entries.length - 1]!.seq;
  return { _id: batchId(sessionId, n), s: sessionId, n, last, fence, prev, hash: chainHash(prev, body), rules, body };
}

/** L11. */
export function chainHash(prev: string, body: string): string {
  return sha256(`${prev}\n${body}`);
}

export function readBody(batch: Batch): BatchBody {
  return JSON.parse(batch.body) as BatchBody;
}
