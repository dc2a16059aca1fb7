import type { Json } from "../lib/canonical.ts";

/** What clients may keep: objects no deeper than this, with keys that mean nothing to any language or database. */
const DEPTH_MAX = 16;
const FORBIDDEN: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** Where a value is not what a client may keep, and why; the first place only. */
export interface JsonFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** The first fault of a value that should be an object of plain JSON, or null when it is one. */
export function faultOf(value: unknown): JsonFault | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { path: [], message: "Must be an object." };
  }
  return faultWithin(value, DEPTH_MAX, []);
}

function faultWithin(value: unknown, levels: number, path: readonly (string | number)[]): JsonFault | null {
  if (typeof value === "number" && !Number.isFinite(value)) return { path, message: "Must be a finite number." };
  if (typeof value !== "object" || value === null) return null;
  if (levels === 0) return { path, message: `Must not be nested more than ${DEPTH_MAX} deep.` };
  for (const [key, member] of Object.entries(value)) {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    const fault = isAllowed(key)
      ? faultWithin(member, levels - 1, here)
      : { path: here, message: "Is no allowed key." };
    if (fault) return fault;
  }
  return null;
}

function isAllowed(key: string): boolean {
  return !FORBIDDEN.has(key) && !key.startsWith("$") && !key.includes(".") && !key.includes("\0");
}

/** JSON with its members in order: the journal keeps none, so a state evolved again must not depend on any. */
export function orderedText(value: Json): string {
  return JSON.stringify(ordered(value));
}

function ordered(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(ordered);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([key, member]) => [key, ordered(member)]));
}
