import { refusal } from "../errors.ts";
import { CORE, type SeatRole } from "../journal/game.ts";
import type { HeldSession } from "./held-session.ts";
import type { Device, Member, SessionStore } from "./sessions.store.ts";

/** Stands for the connection of a seat that was taken by the API. */
export const BY_API = "api";

export interface Guest {
  readonly accountId: string;
  readonly name: string;
  readonly device?: Device | undefined;
}

export interface Seated {
  readonly member: Member;
  /** The connection that held the seat before, when the same account came again. */
  readonly replaced: Member | null;
}

/** A seat that somebody gave up while the game was on: the journal will know the seat, and nobody the person. */
export interface LeftSeat {
  readonly sessionId: string;
  readonly seat: number;
  readonly accountId: string;
  /** Of the entry by which the seat was left. */
  readonly seq: number;
}

/** Seats of held sessions: which account sits where, and by which connection. */
export class Seats {
  readonly #store: SessionStore;
  readonly #onLeft: (left: LeftSeat) => Promise<void>;

  constructor(store: SessionStore, onLeft: (left: LeftSeat) => Promise<void> = async () => undefined) {
    this.#store = store;
    this.#onLeft = onLeft;
  }

  /**
   * A seat for the account: the one it already has, or a free one. Durable in the journal and in the document when
   * this resolves.
   *
   * @throws Refusal `session_full`, `session_ended`, `forbidden` (game master), the rules' no
   */
  take(held: HeldSession, guest: Guest, role: SeatRole, connectionId: string): Promise<Seated> {
    const { accountId, name, device = "desktop" } = guest;
    return held.exclusively(async () => {
      const known = held.memberOf(accountId);
      if (known) return this.#move(held, known, connectionId, device);
      if (role === "gm" && held.hostId !== null && held.hostId !== accountId) throw refusal("forbidden");
      held.arriving = name;
      const { entries } = await held.live.commit({ kind: "take", role });
      const seat = entries.find(({ type }) => type === CORE.seatTaken)!.seat!;
      const member: Member = { seat, role, accountId, device, connectionId, generation: 1 };
      await this.#write(held, [...held.members, member]).catch(async (reason: unknown) => {
        // A seat without a person would stay taken for ever.
        await held.live.commit({ kind: "leave", seat });
        throw reason;
      });
      if (held.hostId === null) await this.#becomeHost(held, accountId);
      return { member, replaced: null };
    });
  }

  /** Another connection of the same account: the generation grows, so the former connection's token dies. */
  async #move(held: HeldSession, known: Member, connectionId: string, device: Device): Promise<Seated> {
    const member = { ...known, device, connectionId, generation: known.generation + 1 };
    await this.#write(held, [...held.members.filter(({ seat }) => seat !== known.seat), member]);
    return { member, replaced: known };
  }

  /**
   * Gives the seat up for good; somebody else may have it by now, and keeps it. A session that has ended meanwhile keeps
   * its seats: they belong to its result.
   */
  leave(held: HeldSession, { seat, accountId }: Pick<Member, "seat" | "accountId">): Promise<void> {
    return held.exclusively(async () => {
      if (held.memberAt(seat)?.accountId !== accountId) return;
      try {
        const { core } = held.live.ledger;
        const isOn = core.startedAt !== null;
        const { entries } = await held.live.commit({ kind: "leave", seat });
        const left = entries.find(({ type }) => type === CORE.seatLeft);
        // While the document still says who it was: whoever is stopped in between leaves the person on the seat.
        if (isOn && left) await this.#onLeft({ sessionId: held.live.id, seat, accountId, seq: left.seq });
      } catch (reason) {
        if (held.live.ledger.core.status === "ended") return;
        throw reason;
      }
      await this.#write(
        held,
        held.members.filter((member) => member.seat !== seat),
      );
    });
  }

  async #write(held: HeldSession, members: readonly Member[]): Promise<void> {
    const { epoch } = held.live.ledger;
    if (!(await this.#store.setMembers(held.live.id, epoch, members))) throw refusal("session_moved");
    held.members = members;
  }

  async #becomeHost(held: HeldSession, accountId: string): Promise<void> {
    held.hostId = accountId;
    await this.#store.setHost(held.live.id, accountId);
  }
}
