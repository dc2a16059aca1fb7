import type { ZodType } from "zod";

/**
 * Checks content against its schema and keys it by id. Throws at the first fault, naming kind, id and path: a fight
 * that starts with half of its content would fail in the middle of somebody's turn instead.
 */
export function loadContent<T extends { readonly id: string }>(
  kind: string,
  schema: ZodType<T>,
  items: readonly { readonly id: string }[],
): ReadonlyMap<string, T> {
  const loaded = new Map<string, T>();
  for (const item of items) {
    const parsed = schema.safeParse(item);
    if (!parsed.success) {
      const { path, message } = parsed.error.issues[0]!;
      throw faulty(kind, item.id, path.join("."), message);
    }
    if (loaded.has(parsed.data.id)) throw faulty(kind, item.id, "id", "is taken");
    loaded.set(parsed.data.id, parsed.data);
  }
  return loaded;
}

/** Throws when content names other content that is not there. */
export function requireAll(kind: string, id: string, path: string, names: readonly string[], known: Names): void {
  for (const [index, name] of names.entries())
    if (!known.has(name)) throw faulty(kind, id, `${path}.${index}`, `there is no "${name}"`);
}

interface Names {
  has(name: string): boolean;
}

function faulty(kind: string, id: string, path: string, message: string): Error {
  return new Error(`content: ${kind} "${id}": ${path || "as a whole"}: ${message}`);
}
