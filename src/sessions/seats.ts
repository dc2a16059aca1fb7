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

/** Seats of held sessions: which account sits where, and by which connection. */
export class Seats {
  readonly #store: SessionStore;

  constructor(store: SessionStore) {
    this.#store = store;
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
        await held.live.commit({ kind: "leave", seat });
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
