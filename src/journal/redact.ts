import { factsOf } from "./evolve.ts";
import { type AnyGame, CORE, type Entry, type Viewer } from "./game.ts";

const CORE_TYPES: ReadonlySet<string> = new Set(Object.values(CORE));

/** An entry as a viewer may see it, with its place in the journal: nothing, itself, or the facts of a tick. */
export function toldTo(game: AnyGame, entry: Entry, viewer: Viewer): Entry[] {
  if (viewer.kind === "system") return [entry];
  return factsOf(entry)
    .map((fact) => redactEntry(game, fact, viewer))
    .filter((seen): seen is Entry => seen !== null);
}

/** An entry other than a tick as a viewer may see it, or not at all. */
function redactEntry(game: AnyGame, entry: Entry, viewer: Viewer): Entry | null {
  if (CORE_TYPES.has(entry.type)) return redactCore(entry);
  const seen = game.redact(entry, viewer);
  if (!seen) return null;
  const { seq, at, seat, actionId } = entry;
  return { seq, at, seat, type: seen.type, data: seen.data, ...ownAction(viewer, seat, actionId) };
}

/** Which process owns a session is for operators; that ownership changed is for everybody. */
function redactCore(entry: Entry): Entry {
  const { actionId: _, ...shown } = entry;
  return entry.type === CORE.owner ? { ...shown, data: { epoch: entry.data.epoch ?? null } } : shown;
}

/** An action id is the acting client's own business; others could only use it to guess at retries. */
function ownAction(viewer: Viewer, seat: number | null, actionId: string | undefined): { actionId?: string } {
  const own = (viewer.kind === "seat" || viewer.kind === "gm") && viewer.seat === seat;
  return own && actionId !== undefined ? { actionId } : {};
}
