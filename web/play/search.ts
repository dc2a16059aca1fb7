import { type Auth, HypogeumError } from "../../src/client/client.ts";
import {
  type Assignment,
  isInVain,
  type TicketExplanation,
  type TicketView,
} from "../../src/matchmaking/ticket-view.ts";
import { isWaiting } from "./search-words.ts";

export interface SearchEvents {
  changed(): void;
  /** There is a match. True when the page goes there now, so that nothing more is to be done here. */
  matched(assignment: Assignment): boolean;
  /** A match did not come about because of somebody else. */
  requeued(): void;
}

export interface Wish {
  readonly queue: string;
  readonly partyId?: string;
  readonly attributes?: { readonly role: string };
  /** Milliseconds by region. */
  readonly latencies?: Readonly<Record<string, number>>;
}

const LOOK_MS = 2000;
/** Of several tickets the one is shown that needs its player most. */
const URGENCY: readonly TicketView["status"][] = ["completed", "requires_acceptance", "placing", "searching", "queued"];

/**
 * The player's search for a match. The lobby tells every change; besides it the server is asked every two seconds why
 * the ticket still waits, and by that the search also goes on where there is no lobby to be had.
 */
export class Search {
  readonly #auth: Pick<Auth, "call">;
  readonly #events: SearchEvents;
  readonly #tickets = new Map<string, TicketView>();
  /** Grows with whatever was told, so that an answer which was overtaken is dropped. */
  #news = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isGone = false;
  /** Of the ticket that is shown. */
  explanation: TicketExplanation | null = null;
  /** The last search that came to nothing. */
  lastEnd: TicketView | null = null;

  constructor(auth: Pick<Auth, "call">, events: SearchEvents) {
    this.#auth = auth;
    this.#events = events;
  }

  get ticket(): TicketView | null {
    const all = [...this.#tickets.values()];
    const urgency = ({ status }: TicketView) => URGENCY.indexOf(status);
    return all.sort((a, b) => urgency(a) - urgency(b))[0] ?? null;
  }

  /** @throws HypogeumError `ticket_exists`, `party_size`, `party_not_ready`, `party_changed`, `forbidden` */
  async start(wish: Wish): Promise<void> {
    this.lastEnd = null;
    await this.#ask({ method: "POST", path: "v1/matchmaking/tickets", body: wish });
  }

  /** @throws HypogeumError `ticket_matched`: it is too late for that */
  async cancel(): Promise<void> {
    const { ticket } = this;
    if (ticket) await this.#ask({ method: "DELETE", path: pathOf(ticket) });
  }

  /** @throws HypogeumError `acceptance_over` */
  async answer(verb: "accept" | "decline"): Promise<void> {
    const { ticket } = this;
    if (ticket) await this.#ask({ method: "POST", path: `${pathOf(ticket)}/${verb}` });
  }

  /** Asks how all of it stands: while nobody listened it may have gone on. */
  async lookAgain(): Promise<void> {
    for (const ticket of [...this.#tickets.values()]) await this.#read(ticket);
  }

  /** What the lobby says. */
  told(ticket: TicketView): void {
    this.#news += 1;
    this.#note(ticket);
  }

  /** Somebody else is signed in. */
  forget(): void {
    this.#news += 1;
    this.#tickets.clear();
    this.#settle();
  }

  async #ask(call: { method: "GET" | "POST" | "DELETE"; path: string; body?: object }): Promise<void> {
    const news = this.#news;
    const ticket = await this.#auth.call<TicketView>(call);
    if (news === this.#news) this.#note(ticket);
  }

  #note(ticket: TicketView): void {
    const before = this.#tickets.get(ticket.id);
    if (before && !isWaiting(before) && isWaiting(ticket)) this.#events.requeued();
    if (isInVain(ticket)) {
      if (this.#tickets.delete(ticket.id)) this.lastEnd = ticket;
    } else this.#tickets.set(ticket.id, ticket);
    if (ticket.assignment && !this.#isGone) {
      this.#isGone = this.#events.matched(ticket.assignment);
      if (!this.#isGone) this.#tickets.delete(ticket.id);
    }
    this.#settle();
  }

  #settle(): void {
    const { ticket } = this;
    if (!ticket || !isWaiting(ticket)) this.explanation = null;
    if (this.explanation && this.explanation.queue !== ticket?.queue) this.explanation = null;
    this.#events.changed();
    if (ticket) this.#timer ??= setTimeout(() => void this.#look(), this.explanation ? LOOK_MS : 0);
  }

  async #look(): Promise<void> {
    const { ticket } = this;
    if (ticket && isWaiting(ticket)) await this.#explain(ticket);
    else if (ticket) await this.#read(ticket);
    this.#timer = this.ticket ? setTimeout(() => void this.#look(), LOOK_MS) : undefined;
  }

  async #explain(ticket: TicketView): Promise<void> {
    try {
      const path = `${pathOf(ticket)}/explain`;
      const explanation = await this.#auth.call<TicketExplanation>({ method: "GET", path });
      // It waits no more: nobody may have said so.
      if (!isWaiting(explanation)) await this.#read(ticket);
      else if (this.ticket?.id === ticket.id && isWaiting(this.ticket)) this.explanation = explanation;
      this.#events.changed();
    } catch (error) {
      if (!(error instanceof HypogeumError)) throw error;
      if (error.status === 404) await this.#read(ticket);
    }
  }

  /** Without an answer what was known stays. */
  async #read(ticket: TicketView): Promise<void> {
    try {
      await this.#ask({ method: "GET", path: pathOf(ticket) });
    } catch (error) {
      if (!(error instanceof HypogeumError)) throw error;
      if (error.status !== 404) return;
      this.#tickets.delete(ticket.id);
      this.#settle();
    }
  }
}

function pathOf({ id }: TicketView): string {
  return `v1/matchmaking/tickets/${encodeURIComponent(id)}`;
}
