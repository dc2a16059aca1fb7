import { type LivingProcess, placedIn, type Region, type RegionWish, regionsOf } from "./regions.rules.ts";

/** Which regions are served, and which of them a wish leads to. */
export interface Regions {
  /** By name; this process's own is among them. */
  list(): readonly Region[];
  /** Where something goes that its caller wishes to be somewhere: always a region that is served. */
  place(wish: RegionWish): string;
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
  return { list, place: (wish) => placedIn(wish, names(), own.region) };
}
