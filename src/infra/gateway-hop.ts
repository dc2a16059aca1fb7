import { createHmac, timingSafeEqual } from "node:crypto";

export const HOP_HEADER = "x-hypogeum-hop";

/** A request that one process passes on to another. There is no second hop. */
export interface Hop {
  /** The names of the two incarnations. */
  readonly from: string;
  readonly to: string;
  /** Of the client, as the first process saw it. */
  readonly address: string;
}

/** A request as its signature binds it: a header that leaks is good for nothing else. */
export interface Signed {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
}

/** The header that says for whom a request was passed on, signed with a key that only the cluster's processes have. */
export class Hops {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  write({ from, to, address }: Hop, signed: Signed): string {
    const payload = Buffer.from(JSON.stringify({ from, to, address })).toString("base64url");
    return `${payload}.${this.#mac(payload, signed).toString("base64url")}`;
  }

  /** Undefined when the request carries none; `forged` when nobody of ours made it, for this request. */
  read(header: string | string[] | undefined, signed: Signed): Hop | "forged" | undefined {
    if (header === undefined) return undefined;
    const [payload = "", mac = ""] = String(header).split(".");
    const given = Buffer.from(mac, "base64url");
    const right = this.#mac(payload, signed);
    if (given.length !== right.length || !timingSafeEqual(given, right)) return "forged";
    return JSON.parse(Buffer.from(payload, "base64url").toString()) as Hop;
  }

  #mac(payload: string, { method, url }: Signed): Buffer {
    return createHmac("sha256", this.#key).update(`${method}\n${url}\n${payload}`).digest();
  }
}
