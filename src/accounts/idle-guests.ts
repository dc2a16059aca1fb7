import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../log.ts";
import type { AccountStore } from "./accounts.store.ts";

const EVERY_MS = 10 * 60_000;
const BATCH = 200;

export interface IdleGuests {
  /** Erases the guests who cannot come back; how many. */
  purge(): Promise<number>;
  start(): void;
  stop(): Promise<void>;
}

/**
 * Erases guests whose refresh token has expired unused: they have no other way in. A few at a time, so that a crowd that
 * came on one day and left does not hold up who plays now.
 */
export function createIdleGuests(parts: {
  accounts: AccountStore;
  erase: (accountId: string) => Promise<void>;
  /** Seconds a sign-in lasts without being used. */
  refreshTtl: number;
  clock: Clock;
  log: Logger;
}): IdleGuests {
  const { accounts, erase, clock, log } = parts;
  /** When a guest was last seen is known to the day. */
  const idleMs = parts.refreshTtl * 1000 + 24 * 3600_000;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> | undefined;

  async function purge(): Promise<number> {
    const idle = await accounts.idleGuests(new Date(clock.now() - idleMs), BATCH);
    for (const id of idle) await erase(id);
    if (idle.length > 0) log.info({ guests: idle.length }, "idle guests erased");
    return idle.length;
  }

  return {
    purge,
    start() {
      timer = setInterval(() => {
        running ??= purge()
          .catch((error: unknown) => log.warn({ error: String(error) }, "idle guests not erased"))
          .finally(() => {
            running = undefined;
          });
      }, EVERY_MS);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
