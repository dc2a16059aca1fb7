const SESSION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a text looks like the id of a session; whether there is one, only the database knows. */
export function isSessionId(text: string): boolean {
  return SESSION_ID.test(text);
}

/** Clients address a room as `/<process>/<room>`; the rooms of sessions have their ids. */
export function roomIdOf({ url = "" }: { readonly url?: string | undefined }): string {
  return url.split("?", 1)[0]!.split("/").at(-1)!;
}
