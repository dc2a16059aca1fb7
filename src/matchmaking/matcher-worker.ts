import { parentPort } from "node:worker_threads";
import { explain } from "./explain.rules.ts";
import type { MatcherAnswer, MatcherCalls, MatcherRequest, Refused } from "./matcher-protocol.ts";
import { decide } from "./matchmaking.rules.ts";
import { Pool } from "./pool.rules.ts";

/** The thread that holds the pools. It does what it is asked, one after the other, and knows no clock but for how long it took. */
const pools = new Map<string, Pool>();

const calls: MatcherCalls = {
  open(rules) {
    pools.set(rules.id, new Pool(rules));
    return null;
  },
  close(queue) {
    pools.delete(queue);
    return null;
  },
  put(queue, candidates) {
    const pool = poolOf(queue);
    return candidates.flatMap((candidate): Refused[] => {
      const why = pool.put(candidate);
      return why === null ? [] : [{ ticket: candidate.id, why }];
    });
  },
  remove(queue, tickets) {
    const pool = poolOf(queue);
    return tickets.filter((ticket) => pool.remove(ticket)).length;
  },
  decide(queue, pass) {
    const from = performance.now();
    const decision = decide(poolOf(queue), pass);
    return { ...decision, tookMs: performance.now() - from };
  },
  explain: (queue, ticket, at) => explain(poolOf(queue), ticket, at),
};

function poolOf(queue: string): Pool {
  const pool = pools.get(queue);
  if (pool === undefined) throw new Error(`there is no pool of queue ${queue}`);
  return pool;
}

function answer({ id, call, args }: MatcherRequest): MatcherAnswer {
  try {
    const asked = calls[call] as (...args: readonly unknown[]) => unknown;
    return { id, value: asked(...args) };
  } catch (error) {
    return { id, fault: error instanceof Error ? error.message : String(error) };
  }
}

parentPort!.on("message", (request: MatcherRequest) => parentPort!.postMessage(answer(request)));
