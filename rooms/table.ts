import type { Client, Room } from "@colyseus/core";
import { CORE, type Entry, SPECTATOR, type Viewer } from "../src/journal/game.ts";
import { redactEntry } from "../src/journal/redact.ts";
import type { HeldSession } from "../src/sessions/held-session.ts";
import type { Member } from "../src/sessions/sessions.store.ts";
import { holdConnection, isHeld } from "./colyseus-internals.ts";
import { type RoomDeps, seatToken, spectatorToken } from "./room-deps.ts";
import { Strikes } from "./room-messages.ts";

export interface Auth {
  readonly accountId: string;
  readonly name: string;
}

export interface UserData {
  readonly viewer: Viewer;
  readonly strikes: Strikes;
  /** False until the room has let the connection in: only then its seat waits for it. */
  welcome: boolean;
}

export type LedgerClient = Client<{ userData: UserData; auth: Auth }>;

/** Who sits on a seat, as everybody at the table may know. */
export interface Person {
  readonly name: string;
  readonly connected: boolean;
}

/** The people of one room: which connection speaks for which seat, and with which token it may come back. */
export class Table {
  readonly people = new Map<number, Person>();
  readonly #held: HeldSession;
  readonly #key: Uint8Array;

  private constructor(held: HeldSession, key: Uint8Array) {
    this.#held = held;
    this.#key = key;
  }

  /** The table of a session; those who sat there before are known by name and not connected yet. */
  static async of(held: HeldSession, { names, reconnectKey }: RoomDeps): Promise<Table> {
    const table = new Table(held, reconnectKey);
    const known = await names(held.members.map(({ accountId }) => accountId));
    for (const { seat, accountId } of held.members) {
      table.people.set(seat, { name: known.get(accountId) ?? "Unknown", connected: false });
    }
    return table;
  }

  connected(): ReadonlySet<number> {
    return new Set([...this.people].filter(([, { connected }]) => connected).map(([seat]) => seat));
  }

  /** Names the seats that were just taken, and forgets those that were left. */
  seat(entries: readonly Entry[]): void {
    for (const { type, seat } of entries) {
      if (type === CORE.seatTaken) this.people.set(seat!, { name: this.#held.arriving, connected: true });
      if (type === CORE.seatLeft) this.people.delete(seat!);
    }
  }

  /** Notes that a client came or went; false when that is nobody's seat (any more). */
  mark(client: LedgerClient, connected: boolean): boolean {
    const member = this.memberOf(client);
    if (member) this.people.set(member.seat, { name: client.auth!.name, connected });
    return member !== undefined;
  }

  /** The seat a connection speaks for. Undefined for spectators, and once another connection has taken it over. */
  memberOf(client: LedgerClient): Member | undefined {
    const { viewer } = client.userData!;
    const member = "seat" in viewer ? this.#held.memberAt(viewer.seat) : undefined;
    return member?.connectionId === client.sessionId ? member : undefined;
  }

  /** True for a connection that has lost its seat to another one of the same account, or given it up. */
  isStale(client: LedgerClient): boolean {
    return "seat" in client.userData!.viewer && !this.memberOf(client);
  }

  userData(member?: Member): UserData {
    const viewer: Viewer = member ? { kind: member.role === "gm" ? "gm" : "seat", seat: member.seat } : SPECTATOR;
    return { viewer, strikes: new Strikes(), welcome: false };
  }

  tokenOf(member: Member): string {
    return seatToken(this.#key, this.#held.live.id, member.seat, member.generation);
  }

  token(client: LedgerClient): string {
    const member = this.memberOf(client);
    return member ? this.tokenOf(member) : spectatorToken(this.#key, this.#held.live.id, client.sessionId);
  }

  /** After a recovery: every seat waits for its player, with the token the player has. */
  holdSeats(room: Room): void {
    for (const member of this.#held.members) {
      const { connectionId: sessionId, accountId, seat } = member;
      const auth: Auth = { accountId, name: this.people.get(seat)!.name };
      const userData = { ...this.userData(member), welcome: true };
      holdConnection(room, { sessionId, token: this.tokenOf(member), auth, userData });
    }
  }

  /** A spectator of the room's former life comes back: its token proves that it was admitted. */
  holdSpectator(room: Room, sessionId: string, token: string): void {
    if (token !== spectatorToken(this.#key, this.#held.live.id, sessionId)) return;
    if (room.clients.getById(sessionId) || isHeld(room, token)) return;
    holdConnection(room, { sessionId, token, auth: undefined, userData: { ...this.userData(), welcome: true } });
  }
}

/** Tells every client what happened, each its own view of it. Ownership is no event of the game. */
export function announce(clients: Iterable<LedgerClient>, held: HeldSession, entries: readonly Entry[]): void {
  const { epoch, identity } = held.live.ledger;
  const shown = entries.filter(({ type }) => type !== CORE.owner);
  for (const client of clients) {
    for (const entry of shown) {
      const seen = redactEntry(identity.game, entry, client.userData?.viewer ?? SPECTATOR);
      if (seen) client.send("event", { epoch, seq: seen.seq, type: seen.type, seat: seen.seat, data: seen.data });
    }
  }
}
