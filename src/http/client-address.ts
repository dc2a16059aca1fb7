import type { IncomingMessage } from "node:http";

/** Whether a proxy at this address, so many hops away, may be believed: Express's own `trust proxy fn`. */
export type Trusts = (address: string, hop: number) => boolean;

/** A client's address, as Express tells it for requests; upgrades never reach Express. */
export function clientAddress({ socket, headers }: IncomingMessage, trusts: Trusts): string {
  const forwarded = String(headers["x-forwarded-for"] ?? "").split(",");
  const claimed = forwarded.map((part) => part.trim()).filter((part) => part !== "");
  const chain = [socket.remoteAddress ?? "", ...claimed.reverse()];
  let hop = 0;
  while (hop < chain.length - 1 && trusts(chain[hop]!, hop)) hop += 1;
  return chain[hop]!;
}
