import { arena } from "../../../src/arena/arena.rules.ts";
import { initialCore } from "../../../src/journal/core.rules.ts";
import { evolveEntry } from "../../../src/journal/evolve.ts";
import type { Entry } from "../../../src/journal/game.ts";
import { canonical } from "../../../src/lib/canonical.ts";

/** What a recorded match comes to in this engine: the hash of its last state, or why it came to none. */
export async function replay(journal: readonly string[]): Promise<string> {
  try {
    return await hashOf(endOf(journal));
  } catch (error) {
    return String(error);
  }
}

/** The canonical text of the state that the entries alone bring about. @param journal the bodies of its batches */
function endOf(journal: readonly string[]): string {
  const core = initialCore();
  const state = arena.init();
  for (const body of journal) {
    const { entries } = JSON.parse(body) as { entries: Entry[] };
    for (const entry of entries) evolveEntry(arena, core, state, entry);
  }
  return canonical({ core, state });
}

/** SHA-256 in hex, by the one interface to it that Node and browsers share. */
async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
