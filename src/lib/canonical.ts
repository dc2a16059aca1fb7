/** JSON as the journal knows it: what survives `JSON.parse(JSON.stringify(x))` unchanged. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * Canonical JSON: keys in code-unit order, no white space, only finite numbers, `undefined` members left out.
 * Plain `JSON.stringify` keeps insertion order, so the same value built twice could hash differently.
 *
 * @throws TypeError for anything JSON cannot hold (NaN, Infinity, bigint, functions, class instances with toJSON excepted)
 */
export function canonical(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return canonicalNumber(value);
  if (Array.isArray(value)) return canonicalArray(value);
  if (typeof value === "object") return canonicalObject(value as Record<string, unknown>);
  throw new TypeError(`canonical JSON cannot hold a ${typeof value}`);
}

/** A loop, not map and join: this writes the inputs of every tick. */
function canonicalArray(value: readonly unknown[]): string {
  let text = "";
  for (let i = 0; i < value.length; i++) text += i === 0 ? canonical(value[i]) : `,${canonical(value[i])}`;
  return `[${text}]`;
}

function canonicalNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 53) return String(value === 0 ? 0 : value);
  if (!Number.isFinite(value)) throw new TypeError("canonical JSON cannot hold NaN or Infinity");
  return JSON.stringify(value === 0 ? 0 : value);
}

function canonicalObject(value: Record<string, unknown>): string {
  let text = "";
  for (const key of sortedKeys(value)) {
    const member = value[key];
    if (member !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${canonical(member)}`;
  }
  return `{${text}}`;
}

/** Most objects are built in order already; looking is cheaper than sorting. */
function sortedKeys(value: Record<string, unknown>): string[] {
  const keys = Object.keys(value);
  for (let i = 1; i < keys.length; i++) if (keys[i - 1]! > keys[i]!) return keys.sort();
  return keys;
}
