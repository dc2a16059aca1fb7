import type { Client } from "@colyseus/core";
import { CORE, type Entry, SPECTATOR, type Viewer } from "../src/journal/game.ts";
import { redactEntry } from "../src/journal/redact.ts";
import type { HeldSession } from "../src/sessions/held-session.ts";
import type { Member } from "../src/sessions/sessions.store.ts";
import { seatToken, spectatorToken } from "./room-deps.ts";
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

  constructor(held: HeldSession, key: Uint8Array) {
    this.#held = held;
    this.#key = key;
  }

  get connected(): ReadonlySet<number> {
    return new Set([...this.people].filter(([, person]) => person.connected).map(([seat]) => seat));
  }

  meet(seat: number, name: string, connected: boolean): void {
    this.people.set(seat, { name, connected });
  }

  memberOf(client: LedgerClient): Member | undefined {
    const { viewer } = client.userData!;
    return "seat" in viewer ? this.#held.memberAt(viewer.seat) : undefined;
  }

  /** True for a connection whose seat was given up, or taken over by another connection of the same account. */
  isStale(client: LedgerClient): boolean {
    const { viewer } = client.userData!;
    return "seat" in viewer && this.#held.memberAt(viewer.seat)?.connectionId !== client.sessionId;
  }

  userData(member: Member | undefined): UserData {
    const viewer: Viewer = member ? { kind: member.role === "gm" ? "gm" : "seat", seat: member.seat } : SPECTATOR;
    return { viewer, strikes: new Strikes(), welcome: false };
  }

  tokenOf(member: Member): string {
    return seatToken(this.#key, this.#held.live.id, member.seat, member.generation);
  }

  token(client: LedgerClient): string {
    const member = this.memberOf(client);
    return member ? this.tokenOf(member) : this.spectatorToken(client.sessionId);
  }

  spectatorToken(connectionId: string): string {
    return spectatorToken(this.#key, this.#held.live.id, connectionId);
  }
}

/** Tells every client what happened, each its own view of it. Ownership is no event of the game. */
export function announce(clients: Iterable<LedgerClient>, held: HeldSession, entries: readonly Entry[]): void {
  const { epoch, identity } = held.live.ledger;
  for (const client of clients) {
    for (const entry of entries) {
      if (entry.type === CORE.owner) continue;
      const seen = redactEntry(identity.game, entry, client.userData?.viewer ?? SPECTATOR);
      if (seen) client.send("event", { epoch, seq: seen.seq, type: seen.type, data: seen.data, seat: seen.seat });
    }
  }
}
