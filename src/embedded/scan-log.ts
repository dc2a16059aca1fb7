import { type Doc, isDocument, isOperatorDocument } from "./bson.ts";
import type { Log } from "./engine.ts";

const LONG_SCAN = 1000;
const MAX_SHAPES = 500;

/** Reports each kind of query that reads many documents in vain, once. */
export class ScanLog {
  readonly #log: Log;
  readonly #seen = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Returns whether the scan was a slow one. */
  observe(
    namespace: string,
    filter: Doc,
    plan: string,
    fullScan: boolean,
    examined: number,
    rejected: number,
  ): boolean {
    if (examined <= LONG_SCAN || (fullScan ? isUnfiltered(filter) : rejected <= LONG_SCAN)) return false;
    const shape = shapeOf(filter);
    const key = `${namespace} ${shape}`;
    if (this.#seen.has(key) || this.#seen.size >= MAX_SHAPES) return true;
    this.#seen.add(key);
    this.#log("warn", "embedded database: a query scans many documents; it needs an index", {
      namespace,
      shape,
      plan,
      examined,
      rejected,
    });
    return true;
  }
}

function isUnfiltered(filter: Doc): boolean {
  return Object.keys(filter).length === 0;
}

/** Field names and operators without values, so that no data reaches a log. */
function shapeOf(filter: unknown, depth = 0): string {
  if (Array.isArray(filter)) return `[${filter.length > 0 ? shapeOf(filter[0], depth + 1) : ""}]`;
  if (!isDocument(filter) || depth > 6) return "?";
  const parts = Object.entries(filter).map(([key, value]) => {
    const nested = key.startsWith("$") ? Array.isArray(value) || isDocument(value) : isOperatorDocument(value);
    return nested ? `${key}: ${shapeOf(value, depth + 1)}` : key;
  });
  return `{${parts.join(", ")}}`;
}
