import { may } from "../accounts/roles.rules.ts";
import type { Caller } from "../accounts/tokens.ts";
import type { Audit } from "../audit/audit-event.ts";
import { isClientOwned } from "../custom/custom.rules.ts";
import { Refusal, refusal, versionConflict } from "../errors.ts";
import type { Command, Draft } from "../journal/game.ts";
import type { Order } from "../journal/orders.ts";
import { pastOf } from "../journal/recovery.ts";
import { toldTo } from "../journal/redact.ts";
import { canonical } from "../lib/canonical.ts";
import { sha256 } from "../lib/sha256.ts";
import type { Logger } from "../log.ts";
import { ActingSessions, type ActingSessionsOptions, type Committed } from "./acting-sessions.ts";
import { mayHost, type SeenSession, SessionAccess, viewerOf } from "./session-access.ts";
import {
  type Acted,
  type ActionWish,
  type Changed,
  checkMetadata,
  checkWish,
  type Opening,
  renamed,
  replacing,
  type SessionEdit,
  type SessionWish,
  type SnapshotInfo,
} from "./session-wishes.ts";
import type { SessionStore } from "./sessions.store.ts";

export interface SessionCommandsOptions extends ActingSessionsOptions {
  readonly store: SessionStore;
  readonly audit: Audit;
  readonly log: Logger;
  /** Throws a refusal unless the caller may add sessions to the campaign. */
  readonly admitToCampaign: (caller: Caller, campaignId: string) => Promise<void>;
}

/**
 * What callers of the API do to sessions, whoever holds them. Every change enters by the ledger's one door and is
 * durable when it resolves. All of them refuse as `session_not_found` what the caller may not even see.
 */
export class SessionCommands {
  readonly #options: SessionCommandsOptions;
  readonly #access: SessionAccess;
  readonly #acting: ActingSessions;

  constructor(options: SessionCommandsOptions) {
    this.#options = options;
    this.#access = new SessionAccess(options);
    this.#acting = new ActingSessions(options);
  }

  /**
   * The caller is the host, and of a session that clients own its first player.
   *
   * @param id of the new session; where there is one already, an earlier attempt has made it
   * @param opening of a game: the seat the caller has from the beginning, and what it does at once
   */
  async create(caller: Caller, wish: SessionWish, id?: string, opening?: Opening): Promise<Changed> {
    const { sessions, admitToCampaign } = this.#options;
    const { accountId, name, roles, device, gameId } = caller.principal;
    if (gameId !== undefined && gameId !== (wish.gameId ?? wish.type)) throw refusal("forbidden");
    if (wish.seed !== undefined && !may(roles, "sessions.seed")) throw refusal("forbidden");
    if (!sessions.offers(wish.type)) {
      throw refusal("validation_failed", undefined, [{ path: "type", message: "no such type of session" }]);
    }
    const owned = isClientOwned(wish.type);
    checkWish(sessions.gameOf(wish.type), wish);
    const before = id && (await this.#acting.made(id));
    if (before) return before;
    if (wish.campaignId !== undefined) await admitToCampaign(caller, wish.campaignId);
    const { state, ...rest } = wish;
    const held = await sessions
      .create({
        ...{ ...rest, id, unranked: owned || wish.seed !== undefined },
        // A service plays no games: the first who sits down at its table is the host.
        hostId: owned || !roles.includes("service") ? accountId : undefined,
        seated: owned || opening ? { accountId, name, device, role: opening?.role } : undefined,
        first: state ? [replacing(state)] : opening?.commands,
      })
      .catch((reason: unknown) => Promise.reject(renamed(reason, "data.value", "state")));
    sessions.touch(held);
    const { ledger } = held.live;
    this.#audit(caller, "session.created", ledger.identity.sessionId, undefined, { type: wish.type });
    return { sessionId: held.live.id, version: held.document.version, seq: held.document.seq };
  }

  /** Host, game master or manager. The metadata are written before this resolves. */
  async edit(caller: Caller, id: string, edit: SessionEdit, ifVersion?: number): Promise<Changed> {
    await this.#managed(caller, id);
    const { metadata, mode, maxPlayers } = edit;
    if (metadata) checkMetadata(metadata);
    const metadataHash = metadata && sha256(canonical(metadata));
    const order: Order = { kind: "edit", edit: { mode, maxPlayers, metadataHash }, ifVersion };
    if (!metadata) return this.#turned(this.#change(caller, "session.edited", id, () => order));
    const held = await this.#options.sessions.open(id);
    return held.exclusively(async () => {
      const changed = await this.#turned(this.#change(caller, "session.edited", id, () => order));
      if (!(await this.#options.store.setMetadata(id, held.live.ledger.epoch, metadata)))
        throw refusal("session_moved");
      held.document = { ...held.document, metadata };
      return changed;
    });
  }

  replaceState(caller: Caller, id: string, value: unknown, ifVersion: number): Promise<Changed> {
    return this.#own(caller, id, replacing(value), ifVersion);
  }

  /** RFC 7396. */
  patchState(caller: Caller, id: string, patch: unknown, ifVersion: number): Promise<Changed> {
    return this.#own(caller, id, { type: "merge-patch", data: { patch } as Draft["data"] }, ifVersion);
  }

  /** Items to append, by the name of the list in the state: `{log: ["hit"]}`. */
  append(caller: Caller, id: string, lists: unknown, ifVersion?: number): Promise<Changed> {
    return this.#own(caller, id, { type: "append", data: { lists } as Draft["data"] }, ifVersion);
  }

  /** Host, game master or manager. Ending it again changes nothing. */
  async end(caller: Caller, id: string, ifVersion?: number): Promise<Changed> {
    await this.#managed(caller, id);
    try {
      const order: Order = { kind: "end", reason: "ended_by_host", ifVersion };
      return await this.#turned(this.#change(caller, "session.ended", id, () => order));
    } catch (reason) {
      if (!isEnded(reason)) throw reason;
      const { version, seq } = await this.#ended(id);
      if (ifVersion !== undefined && ifVersion !== version) throw versionConflict(version);
      return { sessionId: id, version, seq };
    }
  }

  /** An action of the caller's seat. The same id again gives the same answer. */
  async act(caller: Caller, id: string, { id: actionId, type, data = {} }: ActionWish): Promise<Acted> {
    const { members, type: gameType } = await this.#access.visible(id, caller.principal);
    const member = members.find(({ accountId }) => accountId === caller.principal.accountId);
    if (!member) throw refusal("not_seated");
    const { seat } = member;
    const order: Order = { kind: "act", seat, actionId, command: { type, data: data as Draft["data"] } };
    const { version, seq, entries, hashes } = await this.#acted(id, order);
    const written = entries.length > 0 ? entries : await this.#acting.written(id, seq, seat, actionId);
    if (hashes && entries.length > 0) this.#audit(caller, "session.acted", id, hashes, { type });
    const viewer = viewerOf(members, caller.principal);
    const events = written.flatMap((entry) => toldTo(this.#options.sessions.gameOf(gameType), entry, viewer));
    return { sessionId: id, version, seq, events };
  }

  /** Host, game master or manager. */
  async pause(caller: Caller, id: string, ifVersion?: number): Promise<Changed> {
    await this.#managed(caller, id);
    return this.#turn(caller, "session.paused", id, { kind: "pause", ifVersion });
  }

  async resume(caller: Caller, id: string, ifVersion?: number): Promise<Changed> {
    await this.#managed(caller, id);
    return this.#turn(caller, "session.resumed", id, { kind: "resume", ifVersion });
  }

  /**
   * Takes the state back to what it was after entry `toSeq`; with `reroll` the dice fall anew from there. The journal
   * goes on. For the game master, the host of a session that clients own, and whoever may rewind any.
   */
  async rewind(caller: Caller, id: string, to: { toSeq: number; reroll?: boolean | undefined }): Promise<Changed> {
    await this.#rewindable(caller, id);
    const { toSeq, reroll = false } = to;
    const { sessions, log } = this.#options;
    const changed = await this.#change(caller, "session.rewound", id, async (held) => {
      const past = await pastOf(held.live.ledger.identity, this.#options, toSeq);
      return { kind: "rewind", past, reroll };
    });
    // A recovery does without, but it would replay the journal from before `toSeq`.
    const held = sessions.held(id);
    if (held) {
      await sessions.projector
        .snapshot(held)
        .catch((error: unknown) => log.warn({ sessionId: id, error: String(error) }, "rewound without a snapshot"));
    }
    return changed;
  }

  /** The places that are quickest to go back to, newest first; for whoever may rewind. */
  async snapshots(caller: Caller, id: string): Promise<readonly SnapshotInfo[]> {
    await this.#rewindable(caller, id);
    const found = await this.#options.snapshots.list(id);
    return found.map(({ n: seq, epoch, stateHash }) => ({ seq, epoch, stateHash }));
  }

  async #managed(caller: Caller, id: string): Promise<SeenSession> {
    const seen = await this.#access.visible(id, caller.principal);
    if (!mayHost(seen, caller.principal)) throw refusal("forbidden");
    return seen;
  }

  async #rewindable(caller: Caller, id: string): Promise<void> {
    const seen = await this.#access.visible(id, caller.principal);
    const { accountId, roles } = caller.principal;
    const isMaster = seen.members.some((member) => member.accountId === accountId && member.role === "gm");
    const owns = isClientOwned(seen.type) && seen.hostId === accountId;
    if (!isMaster && !owns && !may(roles, "sessions.rewind_any")) throw refusal("forbidden");
  }

  /** A write to a state that clients own: by anybody seated, or by a manager in the name of a seat that is taken. */
  async #own(caller: Caller, id: string, command: Command, ifVersion: number | undefined): Promise<Changed> {
    const { members, type } = await this.#access.visible(id, caller.principal);
    const { accountId, roles } = caller.principal;
    const member = members.find((candidate) => candidate.accountId === accountId);
    if (!member && !may(roles, "sessions.manage_any")) throw refusal("forbidden");
    if (!isClientOwned(type)) throw refusal("forbidden", "The state of this session is changed by its rules alone.");
    const order: Order = { kind: "act", seat: (member ?? members[0])?.seat ?? 0, command, ifVersion };
    return this.#change(caller, "session.state_changed", id, () => order);
  }

  async #turn(caller: Caller, action: string, id: string, order: Order): Promise<Changed> {
    try {
      return await this.#turned(this.#change(caller, action, id, () => order));
    } catch (reason) {
      throw isEnded(reason) ? refusal("invalid_transition") : reason;
    }
  }

  /** Nobody may open the session again: after a crash its document would stay in the wrong lists, and in its host's quota. */
  async #turned(change: Promise<Changed>): Promise<Changed> {
    const changed = await change;
    await this.#options.sessions.projector.caughtUp();
    return changed;
  }

  async #acted(id: string, order: Order): Promise<Committed> {
    try {
      return await this.#acting.commit(id, () => order);
    } catch (reason) {
      const document = isEnded(reason) ? await this.#options.store.find(id) : null;
      const repeated = document ? await this.#acting.repeated(document, order) : undefined;
      if (!repeated) throw reason;
      return repeated;
    }
  }

  async #change(caller: Caller, action: string, id: string, order: Parameters<ActingSessions["commit"]>[1]) {
    const { version, seq, hashes } = await this.#acting.commit(id, order);
    this.#audit(caller, action, id, hashes);
    return { sessionId: id, version, seq };
  }

  /** Where an ended session stands: of one that nobody holds the document was put right by the attempt to open it. */
  async #ended(id: string): Promise<{ version: number; seq: number }> {
    const held = this.#options.sessions.held(id);
    if (held) return held.live.settled(({ core, seq }) => ({ version: core.version, seq }));
    const document = await this.#options.store.find(id);
    if (!document) throw refusal("session_not_found");
    return document;
  }

  #audit(
    { principal, requestId }: Caller,
    action: string,
    id: string,
    hashes?: Committed["hashes"],
    details?: Readonly<Record<string, string>>,
  ): void {
    const { accountId, deviceId } = principal;
    const what = { action, subject: { kind: "session", id }, actor: { accountId, deviceId }, requestId } as const;
    this.#options.audit.record({ ...what, ...hashes, ...(details && { details }) });
  }
}

function isEnded(reason: unknown): boolean {
  return reason instanceof Refusal && reason.code === "session_ended";
}
