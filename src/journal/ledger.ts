import { type Refusal, refusal } from "../errors.ts";
import { canonical } from "../lib/canonical.ts";
import { commitment, rng } from "../lib/rng.ts";
import { sha256 } from "../lib/sha256.ts";
import { type ActionAnswer, ActionWindow } from "./action-window.ts";
import { type Batch, GENESIS, type RulesVersion, readBody } from "./batch.ts";
import { type CoreState, closingTime, evolveCore, initialCore } from "./core.rules.ts";
import { Diverged, evolveEntry, type Played, playTick } from "./evolve.ts";
import { type AnyGame, CORE, type Draft, type Entry, type TickInputs, type Viewer } from "./game.ts";
import { durabilityOf, type Order, plan } from "./orders.ts";
import { Pasts } from "./pasts.ts";
import { type Encoded, encodeOrder, encodeTick, Pending } from "./pending.ts";
import type { Past } from "./session-orders.ts";
import { readSnapshot, type Snapshot, snapshotId } from "./snapshot.ts";

export interface LedgerIdentity {
  readonly sessionId: string;
  readonly game: AnyGame;
  /** Hex of 256 bits; see L5. */
  readonly seed: string;
}

/** `evolve` threw: the state in memory cannot be trusted any more, the journal still can. */
export class LedgerFault extends Error {}

export type Decision =
  | { readonly kind: "done"; readonly answer: ActionAnswer; readonly entries: readonly Entry[] }
  | { readonly kind: "shown"; readonly answer: ActionAnswer; readonly entries: readonly Entry[] }
  | { readonly kind: "repeat"; readonly answer: ActionAnswer }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/**
 * One session in memory: the only caller of `decide` and `evolve` (L1). No I/O: `decide` evolves at once and keeps the
 * entries as pending, `seal` turns what is pending into the next batch of the hash chain. Who calls it waits with every
 * output until the batch is durable, and throws the ledger away when it is not.
 */
export class Ledger {
  readonly identity: LedgerIdentity;
  readonly core: CoreState;
  readonly #actions: ActionWindow;
  #state: unknown;
  #seq = 0;
  #playedSeq = 0;
  #at = 0;
  #epoch = 0;
  #head = GENESIS;
  /** Made when there is something to keep: of the many sessions of a process few have anything pending. */
  #pending: Pending | null = null;

  private constructor(identity: LedgerIdentity, core: CoreState, state: unknown, actions: ActionWindow) {
    this.identity = identity;
    this.core = core;
    this.#state = state;
    this.#actions = actions;
  }

  /** A new session. Its `session.opened` entry is pending: nobody may see the session before it is durable. */
  static open(identity: LedgerIdentity, at: number, maxPlayers?: number): Ledger {
    const ledger = new Ledger(identity, initialCore(), identity.game.init(), new ActionWindow());
    ledger.#epoch = 1;
    const limit = maxPlayers === undefined ? {} : { maxPlayers };
    const data = { ...ledger.rules, commit: commitment(identity.seed), ...limit };
    ledger.#accept([{ type: CORE.opened, data }], null, undefined, at);
    return ledger;
  }

  /**
   * A session from its journal: a snapshot (if any) and the batches after it, in order. They must reach back to where
   * their rewinds go. With `upTo` it stops after that entry: such a ledger is for looking at, not for going on with.
   *
   * @throws Refusal `rules_unavailable` for another rules version, `session_quarantined` for a broken chain
   */
  static restore(
    identity: LedgerIdentity,
    snapshot: Snapshot | null,
    batches: readonly Batch[],
    upTo = Number.POSITIVE_INFINITY,
  ): Ledger {
    const ledger = snapshot
      ? Ledger.#fromSnapshot(identity, snapshot, batches.length > 0)
      : new Ledger(identity, initialCore(), identity.game.init(), new ActionWindow());
    const pasts = identity.game.rewindable ? Pasts.of(batches.flatMap((batch) => readBody(batch).entries)) : null;
    pasts?.note(ledger.#seq, ledger.#state);
    for (const batch of batches) if (batch.n <= upTo) ledger.#replay(batch, pasts, upTo);
    return ledger;
  }

  static #fromSnapshot(identity: LedgerIdentity, snapshot: Snapshot, hasTail: boolean): Ledger {
    const { game } = identity;
    const body = readSnapshot(snapshot);
    const current = snapshot.rules.version === game.version;
    // Entries written under older rules may mean something else to today's evolve, so only a bare snapshot is lifted.
    if (!current && (hasTail || !game.upgrade)) throw refusal("rules_unavailable");
    const state = current ? body.state : game.upgrade!(body.state, snapshot.rules.version);
    const ledger = new Ledger(identity, body.core, state, ActionWindow.fromRows(body.actions));
    ledger.#seq = snapshot.n;
    ledger.#playedSeq = body.played;
    ledger.#at = body.at;
    ledger.#epoch = snapshot.epoch;
    ledger.#head = body.head;
    return ledger;
  }

  #replay(batch: Batch, pasts: Pasts | null, upTo: number): void {
    if (batch.rules.version !== this.identity.game.version) throw refusal("rules_unavailable");
    if (batch.n !== this.#seq + 1 || batch.prev !== this.#head) {
      throw refusal("session_quarantined", `The journal does not continue at entry ${this.#seq + 1}.`);
    }
    this.#epoch = batch.fence;
    for (const entry of readBody(batch).entries) if (entry.seq <= upTo) this.#replayEntry(entry, pasts);
    this.#head = batch.hash;
  }

  #replayEntry(entry: Entry, pasts: Pasts | null): void {
    try {
      this.#evolve(entry, pasts?.for(entry));
      pasts?.note(entry.seq, this.#state);
    } catch (error) {
      throw error instanceof Diverged ? refusal("session_quarantined", error.message) : error;
    }
  }

  get seq(): number {
    return this.#seq;
  }
  /** The last entry that is not a change of owner. */
  get playedSeq(): number {
    return this.#playedSeq;
  }
  /** When the last entry was written, in ms since the epoch. */
  get at(): number {
    return this.#at;
  }
  get epoch(): number {
    return this.#epoch;
  }
  get rules(): RulesVersion {
    return { game: this.identity.game.id, version: this.identity.game.version };
  }
  get hasPending(): boolean {
    return this.#pending !== null;
  }
  /** True when another order's entries might not fit into the pending batch. */
  get batchIsFull(): boolean {
    return this.#pending?.isFull === true;
  }
  /** Milliseconds since the epoch at which a `timer` order is due, or null. */
  get wakeAt(): number | null {
    const { core, identity } = this;
    if (core.status === "ended") return null;
    const closing = closingTime(core, identity.game.realtime !== undefined);
    // While the session is paused the game's timers stand still.
    const own = core.status === "paused" ? null : identity.game.wakeAt?.(this.#state);
    const due = Math.min(closing, own ?? Number.POSITIVE_INFINITY);
    return due === Number.POSITIVE_INFINITY ? null : due;
  }

  /** True while a real-time game's clock runs. */
  get runs(): boolean {
    const { status } = this.core;
    return status !== "ended" && status !== "paused" && this.identity.game.realtime?.runs(this.#state) === true;
  }
  /** Whether a new player may sit down, seats permitting. */
  get admitsPlayers(): boolean {
    if (this.core.status === "waiting") return true;
    return this.core.status === "active" && this.identity.game.admits?.(this.#state) === true;
  }

  /** So many players may sit here. */
  get seatsMax(): number {
    return this.core.maxPlayers ?? this.identity.game.seats.max;
  }

  view(viewer: Viewer): unknown {
    return this.identity.game.view(this.#state, viewer);
  }

  stateHash(): string {
    return stateHashOf(canonical(this.core), canonical(this.#state));
  }

  /** A copy of the present state, to go back to. */
  past(): Past {
    return { seq: this.#seq, at: this.core.pausedAt ?? this.#at, state: structuredClone(this.#state) };
  }

  /** Takes ownership: the next batch carries a higher fence, at which the former owner collides. */
  claim(owner: string, now: number): void {
    this.#epoch += 1;
    const data = { epoch: this.#epoch, process: owner };
    this.#accept([{ type: CORE.owner, data }], null, undefined, Math.max(now, this.#at));
  }

  /** Decides an order and, if the rules allow it, evolves. Throws only when the game's code throws. */
  decide(order: Order, now: number): Decision {
    const at = Math.max(now, this.#at);
    const { game, seed } = this.identity;
    const { core, wakeAt, seq } = this;
    const draw = rng(seed);
    const planned = plan(order, { game, core, state: this.#state, actions: this.#actions, rng: draw, wakeAt, seq, at });
    if (planned.kind !== "write") return planned;
    if (durabilityOf(game, order) === "ephemeral") return this.#show(planned.drafts, planned.seat, at);
    const past = order.kind === "rewind" ? order.past.state : undefined;
    return this.#accept(planned.drafts, planned.seat, planned.actionId, at, past);
  }

  /**
   * One tick of a real-time game. The step is what decides, so it runs before its entry is written, and only once.
   * The tick's entry, and the session's end when this tick brought it.
   *
   * @throws LedgerFault when the game's code throws, or decides more than an entry can hold
   */
  step(inputs: TickInputs, now: number): readonly Entry[] {
    const at = Math.max(now, this.#at);
    const { facts, ending } = this.#play(inputs);
    const encoded = encodeTick(this.#seq + 1, at, facts, inputs);
    if (!encoded) throw new LedgerFault("a tick decided more than an entry can hold");
    const tick = encoded.entry;
    evolveCore(this.core, tick);
    this.#seq = tick.seq;
    this.#playedSeq = tick.seq;
    this.#at = at;
    this.#keep(encoded);
    if (!ending) return [tick];
    const ended = this.#accept([ending], null, undefined, at);
    if (ended.kind !== "done") throw new LedgerFault("the result is larger than an entry can be");
    return [tick, ...ended.entries];
  }

  #play(inputs: TickInputs): Played {
    try {
      return playTick(this.identity.game, this.#state, inputs);
    } catch (cause) {
      throw new LedgerFault(`step of ${this.identity.game.id} failed`, { cause });
    }
  }

  /** Ephemeral: an event for those who watch now; it changes nothing and no journal knows it. */
  #show(drafts: readonly Draft[], seat: number | null, at: number): Decision {
    const entries = drafts.map((draft): Entry => ({ seq: this.#seq, at, seat, ...draft }));
    return { kind: "shown", answer: this.#here(), entries };
  }

  #here(): ActionAnswer {
    return { seq: this.#seq, epoch: this.#epoch, version: this.core.version };
  }

  /** Numbers, encodes, evolves and keeps the drafts. All are encoded first: a draft too large changes nothing. */
  #accept(
    drafts: readonly Draft[],
    seat: number | null,
    actionId: string | undefined,
    at: number,
    past?: unknown,
  ): Decision {
    const encoded = encodeOrder(drafts, { seq: this.#seq, at, seat, actionId, seed: this.identity.seed });
    if (!encoded) return { kind: "refused", refusal: refusal("payload_too_large") };
    try {
      for (const { entry } of encoded) this.#evolve(entry, past);
    } catch (cause) {
      throw new LedgerFault(`evolve of ${this.identity.game.id} failed`, { cause });
    }
    for (const one of encoded) this.#keep(one);
    return { kind: "done", answer: this.#here(), entries: encoded.map(({ entry }) => entry) };
  }

  #keep(encoded: Encoded): void {
    this.#pending ??= new Pending();
    this.#pending.keep(encoded);
  }

  #evolve(entry: Entry, past?: unknown): void {
    this.#state = evolveEntry(this.identity.game, this.core, this.#state, entry, past);
    this.#seq = entry.seq;
    if (entry.type !== CORE.owner) this.#playedSeq = entry.seq;
    this.#at = entry.at;
    if (entry.actionId !== undefined) this.#actions.record(entry.seat, entry.actionId, this.#here(), entry.at);
  }

  /** The pending entries as the next batch of the chain; undefined when nothing is pending. */
  seal(): { batch: Batch; entries: readonly Entry[] } | undefined {
    if (!this.#pending) return undefined;
    const { entries } = this.#pending;
    const { sessionId } = this.identity;
    const batch = this.#pending.seal({ sessionId, prev: this.#head, fence: this.#epoch, rules: this.rules });
    this.#head = batch.hash;
    this.#pending = null;
    return { batch, entries };
  }

  /** L7. Only between batches: a snapshot of undurable entries would bring back what was never acknowledged. */
  snapshot(nextRefId: number): Snapshot {
    if (this.hasPending) throw new Error("a snapshot may not hold pending entries");
    const { sessionId } = this.identity;
    const rest = canonical({ actions: this.#actions.toRows(), at: this.#at });
    // Written once, for the hash and for the text: between ticks this is the most that a room does at a time.
    const [core, state] = [canonical(this.core), canonical(this.#state)];
    return {
      _id: snapshotId(sessionId, this.#seq),
      s: sessionId,
      n: this.#seq,
      epoch: this.#epoch,
      rules: this.rules,
      nextRefId,
      stateHash: stateHashOf(core, state),
      text: `${rest.slice(0, -1)},"core":${core},"head":"${this.#head}","played":${this.#playedSeq},"state":${state}}`,
    };
  }
}

/** Of the canonical texts of both. */
function stateHashOf(core: string, state: string): string {
  return sha256(`{"core":${core},"state":${state}}`);
}
