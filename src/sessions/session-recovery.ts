import { refusal } from "../errors.ts";
import type { AnyGame } from "../journal/game.ts";
import type { LedgerIdentity } from "../journal/ledger.ts";
import { type ClaimSources, type Recovered, recover, recoverAndClaim } from "../journal/recovery.ts";
import type { Logger } from "../log.ts";
import { HeldElsewhere, type Owners } from "./owners.ts";
import { projectionOf } from "./projector.ts";
import type { SessionDocument, SessionStore } from "./sessions.store.ts";

export interface SessionRecoveryOptions extends Omit<ClaimSources, "take"> {
  readonly store: SessionStore;
  readonly owners: Owners;
  readonly log: Logger;
  /** @throws Refusal `rules_unavailable` */
  readonly gameOf: (type: string) => AnyGame;
}

/** A session that belongs to this process now, in document and journal. */
export interface Claimed extends Recovered {
  readonly document: SessionDocument;
  /** Who had it before; null when nobody did. */
  readonly from: string | null;
}

/** A document this old whose journal never began is what a crash left of a session that nobody was told of. */
const UNBORN_MS = 60_000;

/** Makes this process the owner of sessions, and sees to those that cannot be owned. */
export class SessionRecovery {
  readonly #options: SessionRecoveryOptions;

  constructor(options: SessionRecoveryOptions) {
    this.#options = options;
  }

  /**
   * Recovers a session and claims it as `self`.
   *
   * @throws Refusal `session_not_found`, `session_ended`, `session_quarantined`, `rules_unavailable`, `unavailable`;
   *   `session_moved` when somebody else was quicker; HeldElsewhere when another process that lives has it
   */
  async claim(sessionId: string, self: string): Promise<Claimed> {
    const found = await this.#find(sessionId);
    const identity = { sessionId, game: this.#options.gameOf(found.type), seed: found.seed };
    let document = found;
    // The document is taken first, so that one of many survivors claims; the journal's fence holds off the former owner.
    const take = async (epoch: number) => {
      const taken = await this.#options.owners.take(found, self, epoch);
      if (!taken) throw refusal("session_moved");
      document = taken;
    };
    try {
      return { ...(await recoverAndClaim(identity, { ...this.#options, take }, self)), document, from: found.owner };
    } catch (reason) {
      return this.#failed(identity, reason);
    }
  }

  async #find(sessionId: string): Promise<SessionDocument> {
    const { store, owners } = this.#options;
    const document = await store.find(sessionId);
    if (!document) throw refusal("session_not_found");
    if (document.quarantined) throw refusal("session_quarantined");
    const { owner } = document;
    if (owner !== null && owner !== owners.self && (await owners.lives(owner))) throw new HeldElsewhere(owner);
    return document;
  }

  /** A journal that does not add up would fail again at every knock: an operator must see it. */
  async #failed(identity: LedgerIdentity, reason: unknown): Promise<never> {
    const { store, log, clock } = this.#options;
    const { sessionId, game } = identity;
    const code = (reason as { code?: unknown }).code;
    if (code === "session_ended") await this.#projectEnd(identity);
    if (code === "session_not_found") await store.removeUnborn(sessionId, new Date(clock.now() - UNBORN_MS));
    if (code === "session_quarantined") await store.quarantine(sessionId, String(reason));
    if (code !== "session_ended" && code !== "session_moved")
      log.error({ sessionId, game: game.id, rules: game.version, error: String(reason) }, "recovery failed");
    throw reason;
  }

  /** The process died between the end and its projection: repaired on read. */
  async #projectEnd(identity: LedgerIdentity): Promise<void> {
    const { store } = this.#options;
    const document = await store.find(identity.sessionId);
    if (!document || document.status === "ended") return;
    const { ledger } = await recover(identity, this.#options);
    // Somebody who died as well may have taken the document for an epoch that never began.
    const epoch = Math.max(document.epoch, ledger.epoch);
    await store.project(identity.sessionId, { ...projectionOf(ledger, null), epoch });
  }
}
