/** Paths about one session, which its owner answers. */
const SESSION_PATH = /^\/v1\/(?:combat\/)?sessions(?:\/([0-9a-f-]{36})(?:\/|$)|$)/;

/** The session that a path of the API is about; sessions are made where there is no id yet. */
export function sessionIdOf(path: string): string | "new" | undefined {
  const found = SESSION_PATH.exec(path);
  return found ? (found[1] ?? "new") : undefined;
}
