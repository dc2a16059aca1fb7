/** A deep copy of plain JSON; structuredClone takes several times as long. */
export function copy<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copy) as T;
  const twin: { [key: string]: unknown } = {};
  for (const key in value) twin[key] = copy(value[key]);
  return twin as T;
}
