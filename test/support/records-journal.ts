import { createHash } from "node:crypto";
import type { StoredEntry } from "./journal-reader.ts";
import { contentOf, type WriteKind } from "./records-log.ts";

type State = Record<string, unknown>;

/** A session after one entry of its journal, as its clients should have seen it. */
export interface Moment {
  readonly entry: StoredEntry;
  readonly version: number;
  readonly content: string;
}

const KINDS: Readonly<Record<string, WriteKind>> = {
  "state.replaced": "replace",
  "state.patched": "patch",
  "state.appended": "append",
  "session.edited": "edit",
  "session.paused": "pause",
  "session.resumed": "resume",
  "session.ended": "end",
};

const STATUS: Readonly<Record<string, string>> = {
  "session.started": "active",
  "session.paused": "paused",
  "session.resumed": "active",
  "session.ended": "ended",
};

/** The whole history of a `player` or `custom` session, by rules written down a second time: what the server's are. */
export function momentsOf(entries: readonly StoredEntry[]): Moment[] {
  let state: State = {};
  let status = "waiting";
  let version = 0;
  return entries.map((entry) => {
    state = stateAfter(state, entry);
    status = STATUS[entry.type] ?? status;
    // Clients cannot see who owns a session.
    if (entry.type !== "session.owner") version += 1;
    return { entry, version, content: contentOf({ status, state }) };
  });
}

function stateAfter(state: State, { type, data }: StoredEntry): State {
  if (type === "state.replaced") return data.value as State;
  if (type === "state.patched") return merged(state, data.patch as State);
  if (type !== "state.appended") return state;
  const longer = Object.entries(data.lists as Record<string, unknown[]>).map(([name, items]) => {
    return [name, [...((state[name] as unknown[] | undefined) ?? []), ...items]] as const;
  });
  return { ...state, ...Object.fromEntries(longer) };
}

/** The writers patch members of the first level only. */
function merged(state: State, patch: State): State {
  const both = Object.entries({ ...state, ...patch });
  return Object.fromEntries(both.filter(([, value]) => value !== null));
}

export function kindOf({ type }: StoredEntry): WriteKind | undefined {
  return KINDS[type];
}

/** The mark that the writer left in it, where there is a place for one. */
export function tagOf({ type, data, actionId }: StoredEntry): string | undefined {
  if (type === "state.replaced") return (data.value as State).by as string | undefined;
  if (type === "state.patched") return (data.patch as State).by as string | undefined;
  return type === "state.appended" ? actionId : undefined;
}

/** What the journal keeps of metadata. */
export function metadataHash(metadata: { key: string; n: number }): string {
  const { key, n } = metadata;
  return createHash("sha256").update(JSON.stringify({ key, n })).digest("hex");
}
