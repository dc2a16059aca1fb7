import type { SessionCache } from "./session-cache.ts";

const nothing = async () => undefined;

/** One process on its own database: nobody else can have changed anything, and there is nobody to share with. */
export function aloneCache(): SessionCache {
  return { stamp: async () => "", get: nothing, put: nothing, changed: nothing, forgetAll: nothing };
}

/** Other processes on the same database, and no way to hear of them: every session that is not held is read again. */
export function noSessionCache(): SessionCache {
  return { stamp: async () => null, get: nothing, put: nothing, changed: nothing, forgetAll: nothing };
}
