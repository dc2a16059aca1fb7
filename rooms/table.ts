import type { Client, Room } from "@colyseus/core";
import type { Principal } from "../src/accounts/tokens.ts";
import { CORE, type Entry, SPECTATOR, type Viewer } from "../src/journal/game.ts";
import type { HeldSession } from "../src/sessions/held-session.ts";
import type { Member } from "../src/sessions/sessions.store.ts";
import { holdConnection, isHeld } from "./colyseus-internals.ts";
import { coachCode, coachToken, type RoomDeps, seatToken, spectatorToken } from "./room-deps.ts";
import { Strikes } from "./room-messages.ts";

/** Whose a connection is. Of those that are held since a restart the device is not known. */
export type Auth = Pick<Principal, "accountId" | "name"> & Partial<Pick<Principal, "deviceId" | "device" | "familyId">>;

export interface UserData {
  /** What the connection may see. A coach sees with a player's eyes. */
  readonly viewer: Viewer;
  /** The seat it acts for; null for those who only watch. */
  readonly seat: number | null;
  readonly strikes: Strikes;
  /** False until the room has let the connection in: only then its seat waits for it. */
  welcome: boolean;
  /** True until a connection of the room's former life has come back. */
  recovered?: boolean;
}

export type LedgerClient = Client<{ userData: UserData; auth: Auth }>;

/** The types of a durable room, as Colyseus wants them named. */
export interface RoomTypes<State, Input> {
  state: State;
  client: LedgerClient;
  input: Input;
}

/** Who sits on a seat, as everybody at the table may know. */
export interface Person {
  readonly name: string;
  readonly connected: boolean;
}

/** The people of one room: which connection speaks for which seat, and with which token it may come back. */
export class Table {
  readonly people = new Map<number, Person>();
  /** Grows with every coming and going, so that whoever keeps a list of clients knows when it is old. */
  changes = 0;
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

  /** Names the seats that were just taken, and forgets those that were left; true if there was any. */
  seat(entries: readonly Entry[]): boolean {
    let changed = false;
    for (const { type, seat } of entries) {
      if (type === CORE.seatTaken) this.people.set(seat!, { name: this.#held.arriving, connected: true });
      if (type === CORE.seatLeft) this.people.delete(seat!);
      changed ||= type === CORE.seatTaken || type === CORE.seatLeft;
    }
    return changed;
  }

  /** Notes that a client came or went; false when that is nobody's seat (any more): a seat goes before its member. */
  mark(client: LedgerClient, connected: boolean): boolean {
    this.changes += 1;
    const member = this.memberOf(client);
    if (!member || !this.people.has(member.seat)) return false;
    this.people.set(member.seat, { name: client.auth!.name, connected });
    return true;
  }

  /** The seat a connection speaks for. Undefined for watchers, and once another connection has taken it over. */
  memberOf(client: LedgerClient): Member | undefined {
    const { seat } = client.userData!;
    const member = seat === null ? undefined : this.#held.memberAt(seat);
    return member?.connectionId === client.sessionId ? member : undefined;
  }

  /** True for a connection that has lost its seat to another one of the same account, or given it up. */
  isStale(client: LedgerClient): boolean {
    return client.userData!.seat !== null && !this.memberOf(client);
  }

  playing({ role, seat }: Member): UserData {
    return { viewer: { kind: role === "gm" ? "gm" : "seat", seat }, seat, strikes: new Strikes(), welcome: false };
  }

  watching(viewer: Viewer = SPECTATOR): UserData {
    return { viewer, seat: null, strikes: new Strikes(), welcome: false };
  }

  /** Above which seq a client that comes back must forget what it knew. */
  resumedAt({ userData }: LedgerClient): number {
    const { recovered } = userData!;
    userData!.recovered = false;
    return recovered ? this.#held.recoveredSeq : this.#held.live.durableSeq;
  }

  /** What a player gives to a coach. */
  coachCodeOf(member: Member): string {
    return coachCode(this.#key, this.#held.live.id, member);
  }

  /** The player whom this code lets one watch. */
  coached(code: string): Member | undefined {
    return this.#held.members.find((member) => code === this.coachCodeOf(member));
  }

  tokenOf(member: Member): string {
    return seatToken(this.#key, this.#held.live.id, member);
  }

  token(client: LedgerClient): string {
    const own = this.memberOf(client);
    if (own) return this.tokenOf(own);
    const { viewer } = client.userData!;
    const coached = "seat" in viewer ? this.#held.memberAt(viewer.seat) : undefined;
    return this.#watcherToken(client.sessionId, coached);
  }

  #watcherToken(connectionId: string, coached: Member | undefined): string {
    const { id } = this.#held.live;
    return coached ? coachToken(this.#key, id, coached, connectionId) : spectatorToken(this.#key, id, connectionId);
  }

  /** After a recovery: every seat waits for its player, with the token the player has. */
  holdSeats(room: Room): void {
    for (const member of this.#held.members) {
      const { connectionId: sessionId, accountId, seat } = member;
      const auth: Auth = { accountId, name: this.people.get(seat)!.name };
      const userData = { ...this.playing(member), welcome: true, recovered: true };
      holdConnection(room, { sessionId, token: this.tokenOf(member), auth, userData });
    }
  }

  /** A watcher of the room's former life comes back: its token proves that it was admitted, and to whose view. */
  holdWatcher(room: Room, sessionId: string, token: string): void {
    const coached = this.#held.members.find((member) => token === this.#watcherToken(sessionId, member));
    if (!coached && token !== this.#watcherToken(sessionId, undefined)) return;
    if (room.clients.getById(sessionId) || isHeld(room, token)) return;
    const viewer: Viewer = coached ? { kind: "seat", seat: coached.seat } : SPECTATOR;
    const userData = { ...this.watching(viewer), welcome: true, recovered: !this.#held.hasShown(sessionId) };
    holdConnection(room, { sessionId, token, auth: undefined, userData });
  }
}
