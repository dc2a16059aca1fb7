import type { Clock } from "../lib/clock.ts";
import type { Peer, ProcessWatch } from "./processes-watch.ts";

/** Between two attempts to reach whoever has a session. */
const RETRY_MS = 100;

export interface Attempt {
  /** The other process to ask; undefined when it is to be done here. */
  readonly peer: Peer | undefined;
  /** Milliseconds that are left for it. */
  readonly left: number;
}

/**
 * One attempt after the other to reach whoever has a session, until `ms` have passed. Who asks for the next one has failed
 * with the last: its process is asked whether it lives.
 *
 * @param find who has it by now, with the milliseconds that are left
 */
export async function* seek(
  { watch, clock }: { readonly watch: ProcessWatch; readonly clock: Clock },
  ms: number,
  find: (left: number) => Promise<Peer | null | undefined>,
): AsyncGenerator<Attempt, void> {
  const deadline = clock.monotonic() + ms;
  for (let left = ms; left > 0; left = deadline - clock.monotonic()) {
    const peer = (await find(left)) ?? undefined;
    yield { peer, left };
    if (peer) await watch.suspect(peer.name);
    await new Promise((done) => setTimeout(done, RETRY_MS));
  }
}
