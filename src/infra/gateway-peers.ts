import { type IncomingMessage, request } from "node:http";
import type { Owners } from "../sessions/owners.ts";
import { HOP_HEADER, type Hops } from "./gateway-hop.ts";
import type { Peer, Sign } from "./processes-watch.ts";

/** Where a process answers that it lives, and calls of its peers. */
export const ALIVE_PATH = "/internal/alive";
export const CALLS_PATH = "/internal/calls";
/** Told by whoever answers a hop that was meant for another: its id. */
export const PROCESS_HEADER = "x-hypogeum-process";
/** The status of an answer to a hop that was meant for another, or for a session that is not here. */
export const MISDIRECTED = 421;

const PROBE_MS = 800;
/** The largest answer of a call. */
const ANSWER_MAX = 256 * 1024;

export interface PeerAnswer {
  readonly status: number;
  readonly processId: string | undefined;
  readonly text: string;
}

/** Requests to other processes, at the addresses that the registry has of them. */
export class Peers {
  readonly #hops: Hops;
  readonly #owners: Owners;
  readonly #host: string;

  /** @param host of this very process */
  constructor(parts: { readonly hops: Hops; readonly owners: Owners; readonly host: string }) {
    this.#hops = parts.hops;
    this.#owners = parts.owners;
    this.#host = parts.host;
  }

  /** The header that a request to this peer must carry. */
  header({ name: to }: Peer, method: string, url: string, address: string): string {
    return this.#hops.write({ from: this.#owners.self ?? "", to, address }, { method, url });
  }

  /** Whether a process answers when it is asked directly. */
  async probe(peer: Peer): Promise<Sign> {
    const { id, host, addresses } = peer.row;
    const isNear = host === this.#host;
    try {
      const { status, processId } = await this.send(peer, { path: ALIVE_PATH, ms: PROBE_MS });
      if (status === 204) return "alive";
      // Two processes of one machine cannot listen at one address: who answers there has taken its place.
      return processId !== undefined && processId !== id && isNear ? "gone" : "silent";
    } catch (error) {
      // Another machine's loopback is not this one's.
      return isRefused(error) && (isNear || !isLoopback(addresses.internal ?? "")) ? "gone" : "silent";
    }
  }

  /** One request and its answer. @throws when there is none within `ms`, or the peer dies before */
  async send(peer: Peer, wish: { path: string; ms: number; body?: unknown; address?: string }): Promise<PeerAnswer> {
    const { path, ms, body, address = "" } = wish;
    const place = placeOf(peer);
    const method = body === undefined ? "GET" : "POST";
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      [HOP_HEADER]: this.header(peer, method, path, address),
      ...(text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
    };
    const signal = AbortSignal.any([peer.gone, AbortSignal.timeout(Math.ceil(ms))]);
    return new Promise((resolve, reject) => {
      // A connection for each: one that was kept may lead to a process that is gone.
      const asked = request({ ...place, method, path, headers, signal, agent: false }, (answer) => {
        readText(answer).then((said) => {
          const processId = answer.headers[PROCESS_HEADER];
          resolve({ status: answer.statusCode!, processId: processId?.toString(), text: said });
        }, reject);
      });
      asked.once("error", reject);
      asked.end(text);
    });
  }
}

/** @throws when the process does not listen yet */
export function placeOf({ row }: Peer): { host: string; port: number } {
  const { internal } = row.addresses;
  if (internal === null) throw new Error("the process does not listen yet");
  const at = internal.lastIndexOf(":");
  return { host: internal.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(internal.slice(at + 1)) };
}

/** Whether an address means something on its own machine only. */
export function isLoopback(address: string): boolean {
  return /^(127\.|\[::1\]|localhost:)/.test(address);
}

/** Nobody listens there. */
export function isRefused(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ECONNREFUSED";
}

async function readText(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of answer.setEncoding("utf8")) {
    text += chunk;
    if (text.length > ANSWER_MAX) throw new Error("the answer is too long");
  }
  return text;
}
