import { Refusal, refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import { CALLS_PATH, type Peers } from "./gateway-peers.ts";
import { seek } from "./gateway-seek.ts";
import type { Whereabouts } from "./gateway-where.ts";
import type { Peer, ProcessWatch } from "./processes-watch.ts";

/** How long a caller is kept waiting while the holder of the session is looked for or recovered. */
const HOLD_MS = 10_000;

/** What one process asks another to do with a session that it holds. Plain JSON; done twice it must do no harm. */
export interface Call {
  readonly name: string;
  readonly body: unknown;
  /** Of the client for whom it is asked. */
  readonly address: string;
}

/** Does something where a session is held. */
export interface Calls {
  /**
   * Runs `here` if this process holds the session, or may bring it back; else has the process that does run its handler of
   * the same name.
   *
   * @throws Refusal what either throws; `unavailable` when nobody could be reached in ten seconds
   */
  at<T>(sessionId: string, call: Call, here: () => Promise<T>): Promise<T>;
  /**
   * Has any other process run its handler.
   *
   * @throws Refusal what it throws; `unavailable` when there is none, or it does not answer
   */
  elsewhere<T>(about: string, call: Call): Promise<T>;
}

/** Where there is one process, everything is here. */
export const callsHere: Calls = {
  at: (_sessionId, _call, here) => here(),
  elsewhere: () => Promise.reject(refusal("unavailable")),
};

export interface CallsParts {
  readonly where: Whereabouts;
  readonly watch: ProcessWatch;
  readonly peers: Peers;
  readonly clock: Clock;
  /** A process that may be given something to do; undefined when there is none. */
  readonly target: () => Peer | undefined;
}

/** What travels back: a value, or the no of whoever was asked. */
export type CallAnswer =
  | { readonly value: unknown }
  | {
      readonly refused: {
        readonly code: string;
        readonly message: string;
        readonly status: number;
        retryable: boolean;
      };
    };

export function clusterCalls({ where, watch, peers, clock, target }: CallsParts): Calls {
  return {
    async at<T>(sessionId: string, call: Call, here: () => Promise<T>): Promise<T> {
      for await (const { peer, left } of seek({ watch, clock }, HOLD_MS, () => where.of(sessionId))) {
        if (!peer) {
          const done = await here().catch(again);
          if (done !== AGAIN) return done as T;
        } else {
          const answer = await callPeer(peers, { peer, about: sessionId, call, ms: left });
          if (answer) return readAnswer<T>(answer);
        }
      }
      throw refusal("unavailable");
    },

    async elsewhere<T>(about: string, call: Call): Promise<T> {
      const peer = target();
      const answer = peer && (await callPeer(peers, { peer, about, call, ms: HOLD_MS }));
      if (!answer) throw refusal("unavailable");
      return readAnswer<T>(answer);
    },
  };
}

/**
 * Has a process do something about a session, or a kind of room; undefined when it is not known to have been done. Never
 * rejects.
 *
 * @param wish.ms how long it may take
 */
export async function callPeer(
  peers: Peers,
  wish: { readonly peer: Peer; readonly about: string; readonly call: Call; readonly ms: number },
): Promise<CallAnswer | undefined> {
  const { peer, about, call, ms } = wish;
  const { name, body, address } = call;
  try {
    const path = `${CALLS_PATH}/${name}/${encodeURIComponent(about)}`;
    const { status, text } = await peers.send(peer, { path, ms, body, address });
    return status === 200 ? (JSON.parse(text) as CallAnswer) : undefined;
  } catch {
    return undefined;
  }
}

const AGAIN = Symbol("again");

/** Somebody else was quicker to take the session: asked there. */
function again(reason: unknown): typeof AGAIN {
  if (reason instanceof Refusal && reason.code === "session_moved") return AGAIN;
  throw reason;
}

/** @throws Refusal the no of whoever was asked */
export function readAnswer<T>(answer: CallAnswer): T {
  if ("value" in answer) return answer.value as T;
  const { code, status, message, retryable } = answer.refused;
  throw new Refusal(code, status, message, retryable);
}
