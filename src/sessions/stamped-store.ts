import type { SessionCache } from "./session-cache.ts";
import type { SessionStore } from "./sessions.store.ts";

/**
 * The session documents of a process that shares them with others: whoever changes what answers show is told of it only
 * once the session is stamped. What the documents show of the journal is stamped where batches become durable.
 */
export function stampedStore(store: SessionStore, cache: SessionCache): SessionStore {
  function stamped<Rest extends readonly unknown[], T>(change: (id: string, ...rest: Rest) => Promise<T>) {
    return async (id: string, ...rest: Rest): Promise<T> => {
      try {
        return await change(id, ...rest);
      } finally {
        // Also after a failure: its outcome may be unknown.
        await cache.changed(id);
      }
    };
  }

  return {
    ...store,
    setMetadata: stamped(store.setMetadata),
    setMembers: stamped(store.setMembers),
    setHost: stamped(store.setHost),
    quarantine: stamped(store.quarantine),
  };
}
