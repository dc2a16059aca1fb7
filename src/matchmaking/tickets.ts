import type { Principal } from "../accounts/tokens.ts";
import { refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import { uuid7 } from "../lib/uuid7.ts";
import type { SeatReservation } from "../sessions/reservations.ts";
import type { ChangeWatch } from "./change-watch.ts";
import type { QueueRules } from "./matchmaking-types.rules.ts";
import type { PartyDocument } from "./parties.store.ts";
import type { Parties } from "./parties.ts";
import type { PlacementDocument, PlacementStore } from "./placement.store.ts";
import type { NewTicket, TicketIntake } from "./ticket-intake.ts";
import { type TicketExplanation, type TicketView, viewOf } from "./ticket-view.ts";
import { type TicketDocument, type TicketStatus, type TicketStore, WAITING } from "./tickets.store.ts";

export interface TicketWish {
  readonly queue: string;
  /** Milliseconds to regions, as the client measured them. */
  readonly latencies?: Readonly<Record<string, number>> | undefined;
  readonly partyId?: string | undefined;
  /** For queues with roles; without one the player plays any. */
  readonly role?: string | undefined;
}

export interface TicketsParts {
  readonly queues: ReadonlyMap<string, QueueRules>;
  readonly store: TicketStore;
  readonly intake: TicketIntake;
  readonly placements: PlacementStore;
  readonly parties: Parties;
  readonly watch: ChangeWatch;
  readonly clock: Clock;
  /** Regions with a process. */
  readonly regions: () => readonly string[];
  /** Of a queue, by its id; null while nobody knows. */
  readonly estimate: (queue: string) => Promise<number | null>;
  /** A place in the room of a match for one of its players; undefined when there is none to be had. */
  readonly seat: (placement: PlacementDocument, who: Principal) => Promise<SeatReservation | undefined>;
  readonly explain: (ticket: TicketDocument) => Promise<TicketExplanation | null>;
  /** There is something to do for the matchmaker of a queue. */
  readonly nudge: (queue: string) => void;
}

/** Statuses that change no more by themselves, or that their player has to do something about. */
const WORTH_TELLING: readonly TicketStatus[] = ["completed", "failed", "cancelled", "timed_out"];
/** How long a decline is waited for to take effect. */
const DECLINED_MS = 3000;

type Who = Pick<Principal, "accountId">;

/** Tickets: how players ask for a match, see how it goes, and change their minds. */
export class Tickets {
  readonly #parts: TicketsParts;

  constructor(parts: TicketsParts) {
    this.#parts = parts;
  }

  /**
   * A ticket for the caller, or for the whole party that the caller leads; durable when this resolves.
   *
   * @param id names the new ticket; where there is one already, an earlier attempt has made it
   * @throws Refusal `queue_not_found`, `ticket_exists`, `validation_failed` for a role that the queue does not have;
   *   `party_not_found`, `forbidden` for all but its leader, `party_size`, `party_not_ready`, `party_changed`
   */
  async create(wish: TicketWish, who: Principal, id?: string): Promise<TicketView> {
    const { queues, intake, clock, nudge } = this.#parts;
    const rules = queues.get(wish.queue);
    if (!rules) throw refusal("queue_not_found");
    if (wish.role !== undefined && rules.roles?.[wish.role] === undefined) throw unknownRole();
    const party = wish.partyId === undefined ? null : await this.#ready(wish.partyId, who, rules);
    const now = clock.now();
    const ticket: NewTicket = {
      ...{ id: id ?? uuid7(now), rules, partyId: party?._id ?? null, since: now },
      ...{ players: party ? party.members.map(fromMember) : [alone(who, wish.role)] },
      latencies: this.#served(wish.latencies ?? {}),
    };
    const made = (await intake.add(ticket)) ?? (await this.#earlier(ticket, who));
    if (party) await this.#still(party, made);
    nudge(rules.id);
    return this.#view(made, who, null);
  }

  /** @throws Refusal `ticket_not_found`, also to those whose it is not */
  async read(id: string, who: Principal): Promise<TicketView> {
    return this.show(await this.own(id, who), who);
  }

  /** As its player sees it now, with a place in the room once there is one. */
  async show(ticket: TicketDocument, who: Principal): Promise<TicketView> {
    const placement = ticket.matchId === null ? null : await this.#parts.placements.find(ticket.matchId);
    return this.#view(ticket, who, placement);
  }

  /** As `read`, once something has changed, at the latest after `seconds`; at once when there is nothing to wait for. */
  async wait(id: string, who: Principal, seconds: number): Promise<TicketView> {
    const ticket = await this.own(id, who);
    if (!WORTH_TELLING.includes(ticket.status)) await this.#changed(ticket, seconds * 1000);
    return this.read(id, who);
  }

  /**
   * Gives the ticket up. Done again it changes nothing; for one that asks for acceptance it declines.
   *
   * @throws Refusal `ticket_not_found`, `ticket_matched`
   */
  async cancel(id: string, who: Principal): Promise<TicketView> {
    const { status } = await this.own(id, who);
    if (WAITING.includes(status)) await this.giveUp([id], "cancelled_by_player");
    else if (status === "requires_acceptance") await this.decline(id, who);
    const after = await this.own(id, who);
    // Claimed between the two looks: whoever asks again is answered by what it is by then.
    if (after.status === "placing" || after.status === "completed") throw refusal("ticket_matched");
    return this.#view(after, who, null);
  }

  /** @throws Refusal `ticket_not_found`, `acceptance_over` */
  async accept(id: string, who: Principal): Promise<TicketView> {
    await this.#answer(id, who, "accepted");
    return this.read(id, who);
  }

  /** @throws Refusal `ticket_not_found`, `acceptance_over` */
  async decline(id: string, who: Principal): Promise<TicketView> {
    const ticket = await this.#answer(id, who, "declined");
    // The matchmaker takes the match apart; nobody should have to ask twice what became of the ticket.
    await this.#changed(ticket, DECLINED_MS);
    return this.read(id, who);
  }

  /** Why it still waits, or what became of it. @throws Refusal `ticket_not_found`, `queue_not_found` */
  async explain(id: string, who: Who): Promise<TicketExplanation> {
    const explained = await this.#parts.explain(await this.own(id, who));
    if (!explained) throw refusal("queue_not_found");
    return explained;
  }

  /** @throws Refusal `ticket_not_found` */
  async own(id: string, { accountId }: Who): Promise<TicketDocument> {
    const ticket = await this.#parts.store.find(id);
    if (!ticket || !isIn(ticket, accountId)) throw refusal("ticket_not_found");
    return ticket;
  }

  /** Those of these accounts that are not over, over all queues. */
  activeOf(accountIds: readonly string[]): Promise<TicketDocument[]> {
    return this.#parts.store.activeOf([...this.#parts.queues.keys()], accountIds);
  }

  /** Those that still wait are cancelled. */
  async giveUp(ids: readonly string[], reason: string): Promise<void> {
    const { store, watch, clock } = this.#parts;
    const over = { from: WAITING, to: "cancelled", matchId: null, pool: "out" } as const;
    await store.end(ids, { ...over, reason, now: clock.now() });
    watch.changed(ids);
  }

  /** A party is not what it was: its tickets are void. */
  async voidOf(party: Pick<PartyDocument, "_id" | "members">): Promise<void> {
    const tickets = await this.activeOf(party.members.map(({ accountId }) => accountId));
    const ids = tickets.filter(({ partyId }) => partyId === party._id).map(({ _id }) => _id);
    if (ids.length > 0) await this.giveUp(ids, "party_changed");
  }

  async #answer(id: string, who: Who, says: "accepted" | "declined"): Promise<TicketDocument> {
    const { placements, watch, clock, nudge } = this.#parts;
    const ticket = await this.own(id, who);
    const { matchId, status, queue } = ticket;
    const isAsked = matchId !== null && status === "requires_acceptance";
    const counts = isAsked && (await placements.answer(matchId, who.accountId, says, clock.now()));
    if (!counts) throw refusal("acceptance_over");
    watch.changed([id]);
    nudge(queue);
    return ticket;
  }

  /** Only regions that are served mean anything: what others were measured, or invented, is dropped. */
  #served(latencies: Readonly<Record<string, number>>): Record<string, number> {
    const served = new Set(this.#parts.regions());
    return Object.fromEntries(Object.entries(latencies).filter(([region]) => served.has(region)));
  }

  async #ready(partyId: string, who: Who, { party: { maxSize } }: QueueRules): Promise<PartyDocument> {
    const party = await this.#parts.parties.read(partyId, who);
    if (party.leaderId !== who.accountId) throw refusal("forbidden", "Only the leader of the party may do that.");
    if (party.members.length > maxSize) throw refusal("party_size");
    if (party.members.some(({ ready }) => !ready)) throw refusal("party_not_ready");
    return party;
  }

  /** Who left before the ticket was there did not find it to be made void. */
  async #still(party: PartyDocument, { _id }: TicketDocument): Promise<void> {
    const now = await this.#parts.parties.ofMember(party.leaderId);
    if (now?._id === party._id && now.version === party.version) return;
    await this.giveUp([_id], "party_changed");
    throw refusal("party_changed");
  }

  /** What an earlier attempt has made. @throws Refusal `ticket_exists`, which names the caller's own */
  async #earlier({ id, rules, players }: NewTicket, { accountId }: Who): Promise<TicketDocument> {
    const { store } = this.#parts;
    const before = await store.find(id);
    if (before && isIn(before, accountId)) return before;
    const accounts = players.map((player) => player.accountId);
    const standing = (await store.activeOf([rules.id], accounts)).find((other) => isIn(other, accountId));
    const refused = refusal("ticket_exists");
    if (standing) refused.extra = { ticketId: standing._id };
    throw refused;
  }

  async #changed({ _id, version }: TicketDocument, ms: number): Promise<void> {
    const { watch, store } = this.#parts;
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = watch.watch(_id, version, resolve);
    const timer = setTimeout(resolve, ms);
    // It may have changed before anybody watched.
    if ((await store.find(_id))?.version !== version) resolve();
    await promise;
    stop();
    clearTimeout(timer);
  }

  async #view(ticket: TicketDocument, who: Principal, placement: PlacementDocument | null): Promise<TicketView> {
    const { queues, clock, estimate, seat } = this.#parts;
    const { queue, status } = ticket;
    const rules = queues.get(queue);
    const isComing = status === "completed" && placement !== null;
    return viewOf(ticket, {
      ...{ now: clock.now(), accountId: who.accountId, placement, type: rules?.type ?? "" },
      estimatedWaitSeconds: await estimate(queue),
      seat: isComing ? await seat(placement, who) : undefined,
    });
  }
}

function isIn({ players }: TicketDocument, accountId: string): boolean {
  return players.some((player) => player.accountId === accountId);
}

function alone({ accountId, name, device }: Principal, role: string | undefined) {
  return { accountId, name, ...(device ? { device } : {}), ...(role === undefined ? {} : { role }) };
}

function fromMember({ accountId, name, device }: PartyDocument["members"][number]) {
  return { accountId, name, ...(device ? { device } : {}) };
}

function unknownRole() {
  return refusal("validation_failed", undefined, [{ path: "attributes.role", message: "the queue has no such role" }]);
}
