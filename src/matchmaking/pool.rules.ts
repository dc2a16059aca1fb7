import type { Candidate, QueueRules } from "./matchmaking-types.rules.ts";
import { MICRO } from "./quality.rules.ts";
import { SLOTS_MAX, SortedSlots } from "./sorted-slots.rules.ts";
import { latencyWindow, ratingWindow } from "./windows.rules.ts";

/** The most regions that a pass tells apart: one bit each. */
export const REGIONS_MAX = 32;
/** Stands for a latency that nobody measured. */
export const UNKNOWN_MS = 65_535;
/** The most tickets that wait in one queue. */
export const POOL_MAX = 500_000;
/** Of how many matched tickets the last waits are kept. */
const WAITS_KEPT = 128;

/** So many newcomers are sorted in before the next pass asks for it: a pass after a takeover finds most of it done. */
const CAME_MAX = 8192;

/** Why a candidate was not taken in. */
export type PoolRefusal = "full" | "account_waits" | "size" | "role";

/**
 * The tickets that wait in one queue, in columns: a pass over 100,000 objects would follow 100,000 pointers. Slots that
 * leave rest until the next `settle`, because the two orders still name them.
 */
export class Pool {
  readonly rules: QueueRules;
  /** Regions with a process, those that the queue allows. */
  regions: readonly string[] = [];
  /** By age, the oldest first, and by rating; as of the last `settle`. Both may name slots that left since. */
  byAge: Int32Array = new Int32Array(0);
  byRating: Int32Array = new Int32Array(0);

  /** 1 where a ticket waits. */
  lives = new Uint8Array(0);
  /** The mean of a ticket's players, 1e-6 points. */
  rating = new Float64Array(0);
  /** Of all players of the ticket, in points. */
  mu = new Float64Array(0);
  sigmaSq = new Float64Array(0);
  since = new Float64Array(0);
  size = new Uint8Array(0);
  /** 1 where any latency is known. */
  measured = new Uint8Array(0);
  /** By slot and region. */
  latency = new Uint16Array(0);
  /** As of the last `open`: how far a ticket looks, and in which regions it would play. */
  window = new Float64Array(0);
  inRegions = new Uint32Array(0);

  readonly #candidates: (Candidate | undefined)[] = [];
  /**
   * Where tickets and accounts wait, and where some of them waited: an entry counts while its slot still holds it. To
   * delete each as it leaves would be half the time of a pass that matches everybody.
   */
  #slotOf = new Map<string, number>();
  #slotOfAccount = new Map<string, number>();
  readonly #age = new SortedSlots();
  readonly #rank = new SortedSlots();
  #ageFrom: number | null = null;
  #free: number[] = [];
  #resting: number[] = [];
  #tickets = 0;
  #players = 0;
  #left = 0;
  #came = 0;
  #waits: number[] = [];

  constructor(rules: QueueRules) {
    this.rules = rules;
  }

  get tickets(): number {
    return this.#tickets;
  }

  get players(): number {
    return this.#players;
  }

  slot(ticket: string): number | undefined {
    const slot = this.#slotOf.get(ticket);
    return slot !== undefined && this.#candidates[slot]?.id === ticket ? slot : undefined;
  }

  candidate(slot: number): Candidate {
    return this.#candidates[slot]!;
  }

  /** Takes a candidate in; one of the same id is replaced. A player waits with one ticket: the first. */
  put(candidate: Candidate): PoolRefusal | null {
    const refused = this.#refusal(candidate);
    if (refused !== null) return refused;
    this.remove(candidate.id);
    const slot = this.#free.pop() ?? this.#grown();
    this.#fill(slot, candidate);
    this.#index(slot, candidate);
    this.#tickets += 1;
    this.#players += candidate.players.length;
    this.#ageFrom ??= candidate.since;
    this.#age.add(slot, candidate.since - this.#ageFrom);
    this.#rank.add(slot, this.rating[slot]!);
    if (++this.#came >= CAME_MAX) this.settle();
    return null;
  }

  /** Takes a ticket out; false when it is not here. */
  remove(ticket: string): boolean {
    const slot = this.slot(ticket);
    if (slot === undefined) return false;
    this.vacate(slot);
    return true;
  }

  vacate(slot: number): void {
    this.#tickets -= 1;
    this.#players -= this.size[slot]!;
    this.#left += 1;
    this.#candidates[slot] = undefined;
    this.lives[slot] = 0;
    this.#resting.push(slot);
  }

  /** Brings both orders up to date with what came and left. */
  settle(): void {
    this.#came = 0;
    this.byAge = this.#age.settle(this.lives);
    this.byRating = this.#rank.settle(this.lives);
    for (const slot of this.#resting) this.#free.push(slot);
    this.#resting = [];
    if (this.#left > this.#tickets) this.#indexAnew();
  }

  /** Past its queue's time-out: it is not matched any more. */
  isTooOld(slot: number, now: number): boolean {
    return now - this.since[slot]! >= this.rules.timeoutSeconds * 1000;
  }

  /** Opens every ticket's windows as far as they are at `now`. */
  open(now: number): void {
    const every = this.regions.length === 0 ? 0 : 0xffff_ffff >>> (REGIONS_MAX - this.regions.length);
    for (const slot of this.byAge) {
      const waited = now - this.since[slot]!;
      this.window[slot] = ratingWindow(this.rules, waited);
      if (this.isTooOld(slot, now)) this.inRegions[slot] = 0;
      else if (this.measured[slot] === 0) this.inRegions[slot] = every;
      else this.inRegions[slot] = this.#within(slot, latencyWindow(this.rules, waited));
    }
  }

  /** Tells which regions have a process now; latencies are laid out anew when that has changed. */
  serve(served: readonly string[]): void {
    const { regions } = this.rules;
    const allowed = served.filter((name) => regions === "any" || regions.includes(name)).slice(0, REGIONS_MAX);
    if (allowed.length === this.regions.length && allowed.every((name, at) => name === this.regions[at])) return;
    this.regions = allowed;
    this.latency = new Uint16Array(this.lives.length * allowed.length);
    for (const [slot, candidate] of this.#candidates.entries()) if (candidate !== undefined) this.#measure(slot);
  }

  /** Milliseconds from a ticket to a region by its place in `regions`; what was not measured is `UNKNOWN_MS`. */
  latencyOf(slot: number, region: number): number {
    return this.latency[slot * this.regions.length + region]!;
  }

  /** Notes how long a ticket has waited until it was matched, for the estimate. */
  waited(slot: number, now: number): void {
    this.#waits.push(Math.max(0, now - this.since[slot]!));
    if (this.#waits.length > WAITS_KEPT * 2) this.#waits = this.#waits.slice(-WAITS_KEPT);
  }

  /** The median wait of those matched last, in seconds. */
  estimatedWaitSeconds(): number | null {
    const last = this.#waits.slice(-WAITS_KEPT).sort((a, b) => a - b);
    const middle = last[Math.floor(last.length / 2)];
    return middle === undefined ? null : Math.floor(middle / 1000 + 0.5);
  }

  #refusal({ id, players }: Candidate): PoolRefusal | null {
    const { party, teamSize, roles } = this.rules;
    if (players.length < 1 || players.length > Math.min(party.maxSize, teamSize)) return "size";
    if (new Set(players.map(({ accountId }) => accountId)).size < players.length) return "account_waits";
    if (players.some(({ accountId }) => this.#waitsElsewhere(accountId, id))) return "account_waits";
    if (roles !== undefined && !fitsRoles(players, roles)) return "role";
    return this.tickets >= POOL_MAX && this.slot(id) === undefined ? "full" : null;
  }

  #waitsElsewhere(accountId: string, ticket: string): boolean {
    const other = this.#candidates[this.#slotOfAccount.get(accountId) ?? -1];
    return other !== undefined && other.id !== ticket && other.players.some((player) => player.accountId === accountId);
  }

  #index(slot: number, { id, players }: Candidate): void {
    this.#slotOf.set(id, slot);
    for (const { accountId } of players) this.#slotOfAccount.set(accountId, slot);
  }

  /** When more have left than wait, so that it costs each of them the same. */
  #indexAnew(): void {
    this.#left = 0;
    this.#slotOf = new Map();
    this.#slotOfAccount = new Map();
    for (const [slot, candidate] of this.#candidates.entries())
      if (candidate !== undefined) this.#index(slot, candidate);
  }

  #fill(slot: number, candidate: Candidate): void {
    let rating = 0;
    let sigmaSq = 0;
    for (const player of candidate.players) {
      rating += player.rating;
      sigmaSq += (player.sigma / MICRO) * (player.sigma / MICRO);
    }
    this.#candidates[slot] = candidate;
    this.lives[slot] = 1;
    this.rating[slot] = Math.floor(rating / candidate.players.length);
    this.mu[slot] = rating / MICRO;
    this.sigmaSq[slot] = sigmaSq;
    this.since[slot] = candidate.since;
    this.size[slot] = candidate.players.length;
    this.measured[slot] = Object.keys(candidate.latencies).length > 0 ? 1 : 0;
    this.#measure(slot);
  }

  #measure(slot: number): void {
    const { latencies } = this.candidate(slot);
    const from = slot * this.regions.length;
    for (let region = 0; region < this.regions.length; region++) {
      const ms = latencies[this.regions[region]!] ?? UNKNOWN_MS;
      this.latency[from + region] = Math.max(0, Math.min(UNKNOWN_MS, Math.floor(ms)));
    }
  }

  #within(slot: number, limitMs: number): number {
    let regions = 0;
    for (let region = 0; region < this.regions.length; region++) {
      const ms = this.latencyOf(slot, region);
      if (ms !== UNKNOWN_MS && ms <= limitMs) regions |= 1 << region;
    }
    return regions >>> 0;
  }

  /** A slot more; the columns double, so that growing costs each ticket the same. */
  #grown(): number {
    const slot = this.#candidates.length;
    this.#candidates.push(undefined);
    if (slot < this.lives.length) return slot;
    const length = Math.min(SLOTS_MAX, Math.max(64, slot * 2));
    this.lives = longer(this.lives, new Uint8Array(length));
    this.rating = longer(this.rating, new Float64Array(length));
    this.mu = longer(this.mu, new Float64Array(length));
    this.sigmaSq = longer(this.sigmaSq, new Float64Array(length));
    this.since = longer(this.since, new Float64Array(length));
    this.size = longer(this.size, new Uint8Array(length));
    this.measured = longer(this.measured, new Uint8Array(length));
    this.latency = longer(this.latency, new Uint16Array(length * this.regions.length));
    this.window = longer(this.window, new Float64Array(length));
    this.inRegions = longer(this.inRegions, new Uint32Array(length));
    return slot;
  }
}

function longer<Column extends { set(from: Column): void }>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}

function fitsRoles(players: Candidate["players"], roles: Readonly<Record<string, number>>): boolean {
  return players.every(
    ({ role }) => role === undefined || players.filter((other) => other.role === role).length <= (roles[role] ?? 0),
  );
}
