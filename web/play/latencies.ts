import { type Auth, HypogeumError } from "../../src/client/client.ts";
import type { Region } from "../../src/ops/regions.rules.ts";

/** Milliseconds by region. */
export type Measured = Readonly<Record<string, number>>;

type Served = Pick<Region, "region" | "ping"> & { readonly here: boolean };

/** The first opens the connection, and others meet a page that is still busy; the quickest is what the network takes. */
const ROUNDS = 5;
const FRESH_MS = 300_000;
/** A region that takes longer is too far away for every queue, and nobody waits longer for a search to begin. */
const PATIENCE_MS = 2000;
/** A ticket names no more regions. */
const REGIONS_MAX = 32;

export interface LatenciesParts {
  readonly auth: Pick<Auth, "call">;
  /** Where the page came from, as `https://play.example/`. */
  readonly base: string;
  /** How long an answer from an address takes, in ms. Rejects when there is none. */
  readonly roundTrip: (url: string) => Promise<number>;
  /** Milliseconds. */
  readonly monotonic: () => number;
}

/** How far away the regions are, as this page measures it: the matchmaker sends nobody to a region that is too far. */
export class Latencies {
  readonly #parts: LatenciesParts;
  #measured: Promise<Measured> = Promise.resolve({});
  #until = Number.NEGATIVE_INFINITY;

  constructor(parts: LatenciesParts) {
    this.#parts = parts;
  }

  /** As measured within the last minutes, or now. Never rejects; empty when nothing is known, and any region will do. */
  get(): Promise<Measured> {
    const now = this.#parts.monotonic();
    if (now > this.#until) {
      this.#until = now + FRESH_MS;
      this.#measured = this.#measure();
    }
    return this.#measured;
  }

  async #measure(): Promise<Measured> {
    const regions = await this.#served();
    const targets = regions.map((region) => [region.region, addressesOf(region, this.#parts.base)] as const);
    // A ticket with some regions measured goes to those alone: where one cannot be, nothing must be told of any.
    const isBlind = targets.some(([, urls]) => urls.length === 0) || targets.length > REGIONS_MAX;
    if (isBlind) return {};
    const found: Record<string, number> = {};
    const all = targets.map(async ([region, urls]) => {
      const ms = await this.#nearest(urls);
      if (ms !== null) found[region] = Math.round(ms * 10) / 10;
    });
    await within(PATIENCE_MS, Promise.all(all));
    return { ...found };
  }

  async #served(): Promise<readonly Served[]> {
    try {
      return (await this.#parts.auth.call<{ items: Served[] }>({ method: "GET", path: "v1/regions" })).items;
    } catch (error) {
      if (!(error instanceof HypogeumError)) throw error;
      this.#until = Number.NEGATIVE_INFINITY;
      return [];
    }
  }

  /** By the first address that answers; null when none does. */
  async #nearest(urls: readonly string[]): Promise<number | null> {
    for (const url of urls) {
      const ms = await this.#quickest(url).catch(() => null);
      if (ms !== null) return ms;
    }
    return null;
  }

  async #quickest(url: string): Promise<number> {
    let quickest = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS; round++) quickest = Math.min(quickest, await this.#parts.roundTrip(url));
    return quickest;
  }
}

/** What stands for a region. Where the page came from stands for the one that answers there, unless it says better. */
function addressesOf({ here, ping }: Served, base: string): string[] {
  const there = ping.map((address) => `${new URL(base).protocol}//${address}/health`);
  return here ? [...there, new URL("health", base).href] : there;
}

function within(ms: number, work: Promise<unknown>): Promise<unknown> {
  return Promise.race([work, new Promise((resolve) => setTimeout(resolve, ms))]);
}

/** As the browser of this page measures them. */
export function pageLatencies(auth: Pick<Auth, "call">): Latencies {
  const base = new URL(".", location.href).href;
  return new Latencies({ auth, base, roundTrip, monotonic: () => performance.now() });
}

/** Without CORS, which other regions need not grant: that there was an answer is all that is asked. */
async function roundTrip(url: string): Promise<number> {
  const started = performance.now();
  const signal = AbortSignal.timeout(PATIENCE_MS);
  await fetch(url, { mode: "no-cors", credentials: "omit", cache: "no-store", signal });
  return performance.now() - started;
}
