import { createRequire } from "node:module";
import { Decimal128 } from "bson";
import type { Aggregator } from "mingo";
import { type Doc, isDocument } from "./bson.ts";
import { badValue, CommandError, unsupported } from "./errors.ts";

type Mingo = typeof import("mingo");

const require = createRequire(import.meta.url);
let loaded: Mingo | null = null;

/**
 * The aggregation library, loaded when the first expression needs it: it costs about 100 ms and 18 MB that a
 * process which only reads and writes documents should not pay. `require`, because a command runs synchronously.
 */
export function mingo(): Mingo {
  loaded ??= require("mingo") as Mingo;
  return loaded;
}

/** `{$expr: …}` as a test of a document. */
export function expressionPredicate(expression: unknown): (doc: Doc) => boolean {
  refuseScripts(expression);
  const mentions = mentionedFields(expression);
  let aggregator: Aggregator | null = null;
  return (doc) => {
    refuseDecimals(doc, mentions);
    aggregator ??= new (mingo().Aggregator)([{ $project: { _id: 0, result: { $toBool: expression } } }], {
      scriptEnabled: false,
    });
    return guarded(() => aggregator!.run<{ result: boolean }>([doc])[0]?.result === true);
  };
}

/** Runs library code; what it throws is the caller's fault (code 9), not the server's. */
export function guarded<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof CommandError || error instanceof RangeError) throw error;
    throw new CommandError("FailedToParse", error instanceof Error ? error.message : String(error));
  }
}

const SCRIPTS = new Set(["$function", "$accumulator", "$where"]);

/** Server-side JavaScript is refused wherever it hides in an expression. */
export function refuseScripts(expression: unknown): void {
  if (Array.isArray(expression)) {
    for (const item of expression) refuseScripts(item);
  } else if (isDocument(expression)) {
    for (const [key, value] of Object.entries(expression)) {
      if (SCRIPTS.has(key)) throw unsupported(`server-side JavaScript (${key})`);
      refuseScripts(value);
    }
  }
}

/** Field names an expression or pipeline may look at; "all" when it takes whole documents. */
export type Mentions = ReadonlySet<string> | "all";

/** The top-level fields that occur in a pipeline. Too many is harmless, too few would compute wrongly in silence. */
export function mentionedFields(expression: unknown): Mentions {
  const names = new Set<string>();
  collectMentions(expression, names);
  return names.has("$ROOT") || names.has("$CURRENT") ? "all" : names;
}

function collectMentions(value: unknown, names: Set<string>): void {
  if (typeof value === "string" && value.startsWith("$")) names.add(value.slice(1).split(".")[0]!);
  if (Array.isArray(value)) {
    for (const item of value) collectMentions(item, names);
  } else if (isDocument(value)) {
    for (const [key, inner] of Object.entries(value)) {
      if (key === "$project" && isDocument(inner)) {
        // A field that is only kept or dropped is not looked at.
        for (const computed of Object.values(inner)) collectMentions(computed, names);
        continue;
      }
      names.add(key.split(".")[0]!);
      if (key === "localField" || key === "foreignField") names.add(String(inner).split(".")[0]!);
      collectMentions(inner, names);
    }
  }
}

/** The library would skip or misorder Decimal128 in silence, so looking at a field that holds one is refused. */
export function refuseDecimals(doc: Doc, mentions: Mentions): void {
  for (const field in doc) {
    if (mentions !== "all" && !mentions.has(field)) continue;
    if (holdsDecimal(doc[field])) throw badValue("the embedded database does not compute with Decimal128 values");
  }
}

function holdsDecimal(value: unknown): boolean {
  if (value instanceof Decimal128) return true;
  if (Array.isArray(value)) return value.some(holdsDecimal);
  return isDocument(value) && Object.values(value).some(holdsDecimal);
}
