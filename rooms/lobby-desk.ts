import type { Client } from "@colyseus/core";
import type { Principal } from "../src/accounts/tokens.ts";
import type { LobbyServices } from "../src/matchmaking/matchmaking.ts";
import { partyView } from "../src/matchmaking/party-view.ts";
import { type TicketDocument, WAITING } from "../src/matchmaking/tickets.store.ts";
import type { Auth } from "./table.ts";

/** What the lobby tells one connection: how its tickets go, and who is in its party. */
export class LobbyDesk {
  readonly who: Principal;
  readonly #client: Client;
  readonly #services: LobbyServices;
  /** Tickets that are watched, with what stops it. */
  readonly #tickets = new Map<string, () => void>();
  /** Tickets whose match has been told: a seat is for one connection. */
  readonly #told = new Set<string>();
  #party: { readonly id: string; readonly stop: () => void } | null = null;
  #closed = false;

  constructor(client: Client, auth: Auth, services: LobbyServices) {
    this.#client = client;
    this.#services = services;
    this.who = { ...auth, deviceId: auth.deviceId ?? "", roles: ["player"] };
  }

  /** True while a ticket of the party's may appear that this connection has not asked for. */
  get expectsTicket(): boolean {
    return this.#party !== null && this.#tickets.size === 0;
  }

  /** Looks at everything the account has, and keeps looking. */
  async open(): Promise<void> {
    const { tickets, parties } = this.#services;
    const { accountId } = this.who;
    const party = await parties.ofMember(accountId);
    if (party) this.#watchParty(party._id, party.version);
    this.#send("party", party ? partyView(party) : null);
    for (const ticket of await tickets.activeOf([accountId])) await this.watch(ticket);
  }

  /** @param ticket one of the account's */
  async watch(ticket: TicketDocument): Promise<void> {
    const { grace } = this.#services;
    if (WAITING.includes(ticket.status)) await grace.back(ticket._id, this.who.accountId);
    if (!this.#tickets.has(ticket._id)) this.#watchTicket(ticket);
    await this.#tellTicket(ticket);
  }

  /** The connection is gone: the tickets that wait get some time for it to come back. */
  async away(): Promise<void> {
    const { grace, tickets } = this.#services;
    const { accountId } = this.who;
    const waiting = (await tickets.activeOf([accountId])).filter(({ status }) => WAITING.includes(status));
    for (const { _id } of waiting) await grace.away(_id, accountId);
  }

  /** Looks no more. */
  close(): void {
    this.#closed = true;
    for (const stop of this.#tickets.values()) stop();
    this.#tickets.clear();
    this.#party?.stop();
  }

  #watchTicket({ _id: id, version }: TicketDocument): void {
    const { ticketWatch, tickets } = this.#services;
    const tell = () =>
      tickets
        .own(id, this.who)
        .then((ticket) => this.#tellTicket(ticket))
        // Forgotten, or the database is away: the next change tells.
        .catch(() => undefined);
    this.#tickets.set(
      id,
      ticketWatch.watch(id, version, () => void tell()),
    );
  }

  async #tellTicket(ticket: TicketDocument): Promise<void> {
    const view = await this.#services.tickets.show(ticket, this.who);
    this.#send("ticket", view);
    const { assignment } = view;
    // Requeued because somebody did not come: the next match is news again.
    if (!assignment) this.#told.delete(ticket._id);
    else if (assignment.seat && !this.#told.has(ticket._id)) {
      this.#told.add(ticket._id);
      this.#send("matched", { ticketId: ticket._id, ...assignment });
    }
    if (ticket.expiresAt !== null) this.#forget(ticket._id);
  }

  #forget(id: string): void {
    this.#tickets.get(id)?.();
    this.#tickets.delete(id);
    this.#told.delete(id);
  }

  #watchParty(id: string, version: number): void {
    if (this.#party?.id === id) return;
    this.#party?.stop();
    const { partyWatch, parties } = this.#services;
    const tell = async () => {
      const party = await parties.ofMember(this.who.accountId).catch(() => undefined);
      if (party === undefined) return;
      if (party?._id !== id) {
        this.#party?.stop();
        this.#party = null;
      }
      this.#send("party", party ? partyView(party) : null);
    };
    this.#party = { id, stop: partyWatch.watch(id, version, () => void tell()) };
  }

  #send(type: string, message: unknown): void {
    if (!this.#closed) this.#client.send(type, message);
  }
}
