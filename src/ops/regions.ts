import { type LivingProcess, pingHostsOf, placedIn, type Region, type RegionWish, regionsOf } from "./regions.rules.ts";

/** Which regions are served, and which of them a wish leads to. */
export interface Regions {
  /** By name; this process's own is among them. */
  list(): readonly Region[];
  /** Where something goes that its caller wishes to be somewhere: always a region that is served. */
  place(wish: RegionWish): string;
  /** host[:port] of everything that measures how far away the regions are. */
  pingHosts(): readonly string[];
}

/**
 * @param own this very process
 * @param living the processes that are known to live, this one among them or not
 */
export function createRegions(own: LivingProcess, living: () => readonly LivingProcess[]): Regions {
  const list = () => {
    const processes = living();
    const isListed = processes.some(({ region }) => region === own.region);
    return regionsOf(isListed ? processes : [...processes, own]);
  };
  const names = () => list().map(({ region }) => region);
  const pingHosts = () => pingHostsOf(list());
  return { list, place: (wish) => placedIn(wish, names(), own.region), pingHosts };
}
