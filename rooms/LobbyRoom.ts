import { type Client, CloseCode, type MessageContext, Room } from "@colyseus/core";
import { z } from "zod";
import { LobbyQueue, LobbyState } from "../schema/lobby.ts";
import { CLOSE, Refusal, refusal } from "../src/errors.ts";
import { GRACE_MS } from "../src/matchmaking/grace.ts";
import type { LobbyServices } from "../src/matchmaking/matchmaking.ts";
import { LobbyDesk } from "./lobby-desk.ts";
import type { RoomDeps } from "./room-deps.ts";
import { Strikes } from "./room-messages.ts";
import type { Auth } from "./table.ts";

type LobbyClient = Client<{ userData: { readonly desk: LobbyDesk; readonly strikes: Strikes }; auth: Auth }>;

interface LobbyTypes {
  state: LobbyState;
  client: LobbyClient;
}

const OfTicket = z.strictObject({ id: z.uuid() });
const Ready = z.strictObject({ ready: z.boolean() });
const Nothing = z.unknown();

/**
 * Where players wait: tells them how their tickets go, asks them to accept a match and shows them their party. It keeps
 * nothing: what it tells is read from the database, so any process's lobby is as good as another's, and each has its own.
 */
export class LobbyRoom extends Room<LobbyTypes> {
  override state = new LobbyState();
  override maxClients = 2000;
  declare deps: RoomDeps;
  declare services: LobbyServices;
  /** Names the process: sockets find their way to it by the room's id. */
  declare processId: string;

  override messages = {
    watch: this.#answering(Nothing, async ({ desk }) => desk.open()),
    accept: this.#answering(OfTicket, ({ desk: { who } }, { id }) => this.services.tickets.accept(id, who)),
    decline: this.#answering(OfTicket, ({ desk: { who } }, { id }) => this.services.tickets.decline(id, who)),
    cancel: this.#answering(OfTicket, ({ desk: { who } }, { id }) => this.services.tickets.cancel(id, who)),
    ready: this.#answering(Ready, async ({ desk: { who } }, { ready }) => {
      const party = await this.services.parties.ofMember(who.accountId);
      if (!party) throw refusal("party_not_found");
      await this.services.parties.setReady(party._id, who, ready);
    }),
    "*": (client: LobbyClient, ...rest: unknown[]) => {
      const ctx = rest.at(-1) as Partial<MessageContext> | undefined;
      const isContext = typeof ctx?.reject === "function";
      this.#refuse(client, refusal("unknown_message"), isContext ? (ctx as MessageContext) : undefined);
    },
  };

  override onCreate(): void {
    this.roomId = `lobby-${this.processId}-${this.roomId}`;
    this.patchRate = 1000;
    this.setTimestep(() => void this.#everySecond(), 1000);
    void this.#everySecond();
  }

  override async onJoin(client: LobbyClient, _options: unknown, auth: Auth): Promise<void> {
    client.userData = { desk: new LobbyDesk(client, auth, this.services), strikes: new Strikes() };
    await client.userData.desk.open();
  }

  override onDrop(client: LobbyClient): void {
    this.#away(client);
    this.allowReconnection(client, GRACE_MS / 1000).catch(() => undefined);
  }

  override async onReconnect(client: LobbyClient): Promise<void> {
    client.userData!.desk.close();
    client.userData = { ...client.userData!, desk: new LobbyDesk(client, client.auth!, this.services) };
    await client.userData.desk.open();
  }

  override onLeave(client: LobbyClient, code: number): void {
    client.userData?.desk.close();
    // Who was dropped has been away since then.
    if (code === CloseCode.CONSENTED) this.#away(client);
  }

  /** Clients come back to the lobby of another process. */
  override onBeforeShutdown(): void {
    void this.disconnect(CLOSE.reconnect);
  }

  override onUncaughtException(error: Error, method: string): void {
    this.deps.metrics.roomFaults.inc({ method });
    this.deps.log.error({ room: "lobby", method, stack: error.stack }, "room fault");
  }

  #away(client: LobbyClient): void {
    const failed = (error: unknown) => this.deps.log.warn({ error: String(error) }, "nobody knows who left the lobby");
    void client.userData?.desk.away().catch(failed);
  }

  async #everySecond(): Promise<void> {
    const { queues, status, tickets } = this.services;
    try {
      for (const id of queues.keys()) this.#show(id, await status(id));
      const waiting = this.clients.filter(({ userData }) => userData?.desk.expectsTicket);
      const desks = new Map(waiting.map(({ userData }) => [userData!.desk.who.accountId, userData!.desk]));
      if (desks.size === 0) return;
      for (const ticket of await tickets.activeOf([...desks.keys()])) {
        for (const { accountId } of ticket.players) await desks.get(accountId)?.watch(ticket);
      }
    } catch (error) {
      this.deps.log.warn({ error: String(error) }, "lobby not brought up to date");
    }
  }

  #show(id: string, status: Awaited<ReturnType<LobbyServices["status"]>>): void {
    const row = this.state.queues.get(id) ?? new LobbyQueue();
    if (!this.state.queues.has(id)) this.state.queues.set(id, row);
    const { tickets = 0, estimatedWaitSeconds = null } = status ?? {};
    Object.assign(row, { id, tickets, estimatedWaitSeconds: estimatedWaitSeconds ?? -1 });
  }

  /** A message of this shape, answered with what `handle` resolves with, or with a code. */
  #answering<T>(shape: z.ZodType<T>, handle: (of: LobbyClient["userData"] & object, message: T) => Promise<unknown>) {
    return async (client: LobbyClient, payload: unknown, ctx: MessageContext): Promise<unknown> => {
      const { success, data } = shape.safeParse(payload);
      if (!success) return this.#refuse(client, refusal("validation_failed"), ctx);
      try {
        return (await handle(client.userData!, data)) ?? {};
      } catch (reason) {
        return this.#refuse(client, reason instanceof Refusal ? reason : refusal("internal_error"), ctx);
      }
    };
  }

  #refuse(client: LobbyClient, reason: Refusal, ctx?: MessageContext): void {
    if (ctx?.id === undefined) client.send("notice", reason.toReply());
    else ctx.reject(reason.toReply());
    if (reason.status === 400 && client.userData!.strikes.add(this.deps.clock.monotonic()))
      client.leave(CLOSE.rateLimited, "rate_limited");
  }
}

/** The lobby of this process. */
export function lobbyOf(services: LobbyServices, processId: string): new () => Room {
  class Lobby extends LobbyRoom {
    override services = services;
    override processId = processId;
  }
  return Lobby as unknown as new () => Room;
}
