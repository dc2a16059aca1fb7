/** What regions are made of: a process that lives. */
export interface LivingProcess {
  readonly region: string;
  /** `public`: host[:port][/path] of this very process; null when one address fronts all. */
  readonly addresses: { readonly public: string | null };
}

export interface Region {
  readonly region: string;
  readonly processes: number;
  /** At most `PINGS_MAX`: who measures how far away a region is needs one, and another when that one is gone. */
  readonly ping: readonly string[];
}

export interface RegionWish {
  readonly region?: string | undefined;
  /** Milliseconds from the caller to a region, as it measured them. */
  readonly latencies?: Readonly<Record<string, number>> | undefined;
}

const PINGS_MAX = 3;

/** The regions that have a process, by name. */
export function regionsOf(processes: readonly LivingProcess[]): Region[] {
  const names = [...new Set(processes.map(({ region }) => region))].sort();
  return names.map((name) => {
    const there = processes.filter(({ region }) => region === name);
    const ping = there.flatMap(({ addresses }) => addresses.public ?? []).slice(0, PINGS_MAX);
    return { region: name, processes: there.length, ping };
  });
}

/** host[:port] of all addresses at which regions are measured, each once. */
export function pingHostsOf(regions: readonly Region[]): string[] {
  return [...new Set(regions.flatMap(({ ping }) => ping.flatMap((address) => address.split("/", 1))))];
}

/** The region that was asked for, else the nearest that the caller has measured, else `own`; always one that is served. */
export function placedIn({ region, latencies = {} }: RegionWish, served: readonly string[], own: string): string {
  if (region !== undefined && served.includes(region)) return region;
  const measured = Object.entries(latencies).filter(([name]) => served.includes(name));
  const [nearest] = measured.sort(([, a], [, b]) => a - b);
  return nearest?.[0] ?? own;
}
