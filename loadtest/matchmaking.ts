import { parseArgs } from "node:util";
import type { Options } from "@colyseus/loadtest";
import type { Client, Room } from "@colyseus/sdk";
import type { ArenaState } from "../schema/arena.ts";
import type { CombatState } from "../schema/combat.ts";
import type { LobbyState } from "../schema/lobby.ts";
import { type Assignment, isInVain, type TicketView } from "../src/matchmaking/ticket-view.ts";
import { steer } from "./arena.ts";
import { makeMoves } from "./combat.ts";
import { signIn } from "./guest.ts";
import { goOn, type MatchRoom } from "./matches.ts";
import type { Meter } from "./meter.ts";

const { values } = parseArgs({ strict: false, options: { queue: { type: "string" } } });
const QUEUE = String(values.queue ?? "arena-duel");
/** How long a match is played before its players look for the next one, in ms. */
const STAY_MS = 10_000;
const AGAIN_MS = 1000;

/** One player who finds match after match in a queue (`--queue arena-duel`). Resolves once in the lobby. */
export async function play(options: Options, meter: Meter): Promise<void> {
  const client = await signIn(options.endpoint);
  const lobby = (await client.joinOrCreate("lobby")) as unknown as Room<unknown, LobbyState>;
  meter.watch(lobby);
  await new Seeker(client, lobby, options, meter).search();
}

type MatchState = ArenaState | CombatState;

class Seeker {
  readonly #client: Client;
  readonly #lobby: Room<unknown, LobbyState>;
  readonly #options: Options;
  readonly #meter: Meter;
  #ticket = "";
  #asked = 0;

  constructor(client: Client, lobby: Room<unknown, LobbyState>, options: Options, meter: Meter) {
    this.#client = client;
    this.#lobby = lobby;
    this.#options = options;
    this.#meter = meter;
    lobby.onMessage("ticket", (ticket: TicketView) => this.#told(ticket));
    lobby.onMessage("matched", (match: Assignment & { readonly ticketId: string }) => {
      if (match.ticketId === this.#ticket) this.#enter(match).catch((error) => meter.fail(error));
    });
  }

  /** @throws what the server answers, when it makes no ticket */
  async search(): Promise<void> {
    this.#asked = performance.now();
    const { data } = await this.#client.http.post("/v1/matchmaking/tickets", { body: { queue: QUEUE } });
    this.#ticket = (data as TicketView).id;
    this.#lobby.send("watch", {});
  }

  #told(ticket: TicketView): void {
    const { id, status, acceptance } = ticket;
    if (id !== this.#ticket) return;
    if (status === "requires_acceptance" && !acceptance?.mine) this.#lobby.send("accept", { id });
    if (isInVain(ticket)) this.#again();
  }

  /** From the wish to the seat is what this scenario calls a round trip. */
  async #enter({ seat, type }: Assignment): Promise<void> {
    this.#meter.roundTrip(performance.now() - this.#asked);
    const room = (await this.#client.consumeSeatReservation(seat!)) as unknown as Room<unknown, MatchState>;
    this.#meter.watch(room);
    if (type === "arena") steer(room as MatchRoom<ArenaState>, this.#options.clientId, this.#meter);
    if (type === "combat") void makeMoves(room as MatchRoom<CombatState>, this.#meter);
    const stay = setTimeout(() => room.leave(), STAY_MS);
    room.onLeave(() => {
      clearTimeout(stay);
      this.#again();
    });
    goOn(room, { options: this.#options, meter: this.#meter, next: async () => undefined });
  }

  #again(): void {
    this.#ticket = "";
    setTimeout(() => {
      if (!this.#meter.isEnding) this.search().catch((error) => this.#meter.fail(error));
    }, AGAIN_MS);
  }
}
