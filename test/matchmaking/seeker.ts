import assert from "node:assert/strict";
import type { Room } from "@colyseus/sdk";
import type { TicketView } from "../../src/matchmaking/ticket-view.ts";
import { getJson, newPlayer, type Player } from "../support/bots.ts";
import { post } from "../support/http.ts";
import { eventually } from "../support/server.ts";

const TICKETS = "/v1/matchmaking/tickets";

/** Somebody who looks for a match as any client does: by tickets over HTTP, and by the stock SDK into the room. */
export class Seeker {
  readonly player: Player;
  /** Of the last ticket. */
  ticketId = "";
  room: Room | undefined;

  constructor(player: Player) {
    this.player = player;
  }

  static async some(url: string, count: number): Promise<Seeker[]> {
    const players = Array.from({ length: count }, (_, at) => newPlayer(url, `device-${at}`));
    return (await Promise.all(players)).map((player) => new Seeker(player));
  }

  get id(): string {
    return this.player.accountId;
  }

  /** Posts as this player. @returns the status, and the body */
  // biome-ignore lint/suspicious/noExplicitAny: what a body holds is what the test is about
  async post(path: string, body: object = {}): Promise<{ status: number; body: any }> {
    const headers = { authorization: `Bearer ${this.player.accessToken}` };
    const response = await post(this.player.url + path, body, headers);
    return { status: response.status, body: await response.json() };
  }

  // biome-ignore lint/suspicious/noExplicitAny: what a body holds is what the test is about
  read(path: string): Promise<any> {
    return getJson(this.player, path);
  }

  async ask(queue: string, more: object = {}): Promise<void> {
    const { status, body } = await this.post(TICKETS, { queue, ...more });
    assert.equal(status, 201, JSON.stringify(body));
    this.ticketId = body.id;
  }

  ticket(): Promise<TicketView> {
    return this.read(`${TICKETS}/${this.ticketId}`);
  }

  answer(verb: "accept" | "decline") {
    return this.post(`${TICKETS}/${this.ticketId}/${verb}`);
  }

  /** Gives the last ticket up. */
  async cancel(): Promise<void> {
    const headers = { authorization: `Bearer ${this.player.accessToken}` };
    const response = await fetch(`${this.player.url}${TICKETS}/${this.ticketId}`, { method: "DELETE", headers });
    assert.equal(response.status, 200);
  }

  async reaches(...statuses: TicketView["status"][]): Promise<TicketView> {
    let ticket = await this.ticket();
    await eventually(
      `the ticket is ${statuses.join(" or ")}`,
      async () => {
        ticket = await this.ticket();
        return statuses.includes(ticket.status);
      },
      60_000,
    );
    return ticket;
  }

  /** Takes the seat that the ticket gives. @returns the session's id */
  async sitDown(): Promise<string> {
    const { assignment } = await this.reaches("completed");
    assert.ok(assignment?.seat, "the ticket gives a seat");
    const room: Room = await this.player.client.consumeSeatReservation(assignment.seat as never);
    room.onMessage("*", () => undefined);
    assert.equal(room.roomId, assignment.sessionId);
    this.room = room;
    return room.roomId;
  }

  /** Gives the seat up for good. */
  async leave(): Promise<void> {
    await this.room?.leave();
    this.room = undefined;
  }
}

/** The accounts that sit in a session, by their seats. */
export async function seatedIn(seeker: Seeker, sessionId: string): Promise<string[]> {
  const { players } = await seeker.read(`/v1/sessions/${sessionId}`);
  const bySeat = (players as { seat: number; playerId: string }[]).toSorted((a, b) => a.seat - b.seat);
  return bySeat.map(({ playerId }) => playerId);
}
