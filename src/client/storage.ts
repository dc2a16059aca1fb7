/** Where strings survive the program: `localStorage`, `sessionStorage`, or anything like them. */
export interface KeyValue {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Lasts as long as the program. */
export function memoryStorage(): KeyValue {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

/** The page's own storage; memory where there is no page, or the browser keeps it locked. */
export function pageStorage(name: "localStorage" | "sessionStorage"): KeyValue {
  try {
    return typeof document === "undefined" ? memoryStorage() : globalThis[name];
  } catch {
    return memoryStorage();
  }
}

/** A name that is made once and kept: a label, not a secret. */
export function keptLabel(storage: KeyValue, key: string): string {
  const known = storage.getItem(key);
  if (known) return known;
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  const made = `web-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  storage.setItem(key, made);
  return made;
}
