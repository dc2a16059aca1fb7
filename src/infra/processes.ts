import type { Logger } from "../log.ts";
import type { Owners } from "../sessions/owners.ts";
import type { SessionOwnersStore } from "../sessions/session-owners.store.ts";
import type { OutputGate } from "./gate.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { Load, ProcessIdentity, ProcessStore } from "./processes.store.ts";
import { nameOf } from "./processes-names.ts";
import type { ProcessWatch } from "./processes-watch.ts";

/** How long a process that was declared dead waits before it tries again to enter, while the database is away. */
const REENTER_MS = 500;

export interface MembershipParts {
  readonly store: ProcessStore;
  readonly identity: Omit<ProcessIdentity, "startedAt" | "matchmakerId">;
  readonly gate: OutputGate;
  readonly log: Logger;
  readonly load: () => Load;
  /**
   * Called at once when another process has declared this one dead, before it enters again under another name: whatever
   * it held may be others' by now.
   */
  readonly onDeposed: () => void;
}

/** This process in the registry. It is there under one name after another: a name that was declared dead stays dead. */
export class Membership {
  readonly #parts: MembershipParts;
  #identity: ProcessIdentity;
  #epoch = 0;
  #self: string | null = null;
  #heartbeat: Heartbeat | undefined;
  #left = false;

  private constructor(parts: MembershipParts) {
    this.#parts = parts;
    this.#identity = { ...parts.identity, matchmakerId: null, startedAt: new Date() };
  }

  /** Enters this process; the gate is open when this resolves. @throws when the database does not answer */
  static async enter(parts: MembershipParts): Promise<Membership> {
    const membership = new Membership(parts);
    await membership.#enter();
    return membership;
  }

  /** The name of this incarnation; null between two of them, and after the last. */
  get self(): string | null {
    return this.#self;
  }

  /** Tells where this process is to be found, now that it listens. */
  async publish(at: { internal: string; matchmakerId: string }): Promise<void> {
    const { addresses } = this.#identity;
    const { internal, matchmakerId } = at;
    // First what the next incarnation will say, too.
    this.#identity = { ...this.#identity, addresses: { ...addresses, internal }, matchmakerId };
    await this.#parts.store.publish(this.#identity.id, this.#epoch, at);
  }

  /** Says that this process is about to stop, so that nobody gives it anything more. */
  async drain(): Promise<void> {
    await this.#parts.store.drain(this.#identity.id, this.#epoch);
  }

  /** Says that this process stops, so that nobody waits for its beat. */
  async leave(): Promise<void> {
    this.#left = true;
    this.#heartbeat?.stop();
    const was = this.#self;
    this.#self = null;
    if (was !== null) await this.#parts.store.declareDead(this.#identity.id, this.#epoch);
  }

  async #enter(): Promise<void> {
    const { store, gate, log, load } = this.#parts;
    const { id } = this.#identity;
    const epoch = await store.register(this.#identity);
    this.#epoch = epoch;
    this.#self = nameOf({ id, epoch });
    const beat = () => store.beat(id, epoch, load());
    this.#heartbeat = new Heartbeat({ gate, log, beat, onDeposed: () => void this.#enterAgain() });
    await this.#heartbeat.start();
  }

  async #enterAgain(): Promise<void> {
    const { log, onDeposed } = this.#parts;
    log.error({ name: this.#self }, "another process has declared this one dead; it starts anew");
    this.#self = null;
    onDeposed();
    while (!this.#left) {
      try {
        return await this.#enter();
      } catch (error) {
        log.warn({ error: String(error) }, "not entered again yet");
        await new Promise((done) => setTimeout(done, REENTER_MS));
      }
    }
  }
}

/** Owners as the registry knows them. */
export function clusterOwners(parts: {
  readonly membership: () => Membership;
  readonly watch: ProcessWatch;
  readonly store: SessionOwnersStore;
}): Owners {
  const { membership, watch, store } = parts;
  return {
    alone: false,
    get self() {
      return membership().self;
    },
    lives: async (owner) => (await watch.find(owner)) !== null,
    take: (found, owner, epoch) => store.take(found._id, found.owner, owner, epoch),
  };
}
