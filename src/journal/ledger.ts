import { type Refusal, refusal } from "../errors.ts";
import { canonical, type Json } from "../lib/canonical.ts";
import { commitment, type Draw, rng } from "../lib/rng.ts";
import { sha256 } from "../lib/sha256.ts";
import { type ActionAnswer, ActionWindow } from "./action-window.ts";
import {
  BATCH_BYTES,
  type Batch,
  ENTRY_BYTES,
  entryText,
  GENESIS,
  type RulesVersion,
  readBody,
  sealBatch,
  tickText,
} from "./batch.ts";
import { ABANDONED_AFTER_MS, type CoreState, evolveCore, initialCore, quietSince } from "./core.rules.ts";
import { Diverged, evolveEntry, type Played, playTick } from "./evolve.ts";
import { type AnyGame, CORE, type Draft, type Entry, TICK, type TickInputs, type Viewer } from "./game.ts";
import { durabilityOf, type Order, plan } from "./orders.ts";
import { readSnapshot, type Snapshot, snapshotId } from "./snapshot.ts";

export interface LedgerIdentity {
  readonly sessionId: string;
  readonly game: AnyGame;
  /** Hex of 256 bits; see L5. */
  readonly seed: string;
}

/** What one order may write; several orders share a batch. */
const ORDER_BYTES = 4 * ENTRY_BYTES;
/** What a batch's body holds besides its entries. */
const HEAD_BYTES = 512;

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
  readonly #rng: Draw;
  readonly #actions: ActionWindow;
  readonly #state: unknown;
  #seq = 0;
  #playedSeq = 0;
  #at = 0;
  #epoch = 0;
  #head = GENESIS;
  #pending: Entry[] = [];
  #texts: string[] = [];
  #pendingBytes = 0;

  private constructor(identity: LedgerIdentity, core: CoreState, state: unknown, actions: ActionWindow) {
    this.identity = identity;
    this.core = core;
    this.#state = state;
    this.#actions = actions;
    this.#rng = rng(identity.seed);
  }

  /** A new session. Its `session.opened` entry is pending: nobody may see the session before it is durable. */
  static open(identity: LedgerIdentity, at: number): Ledger {
    const ledger = new Ledger(identity, initialCore(), identity.game.init(), new ActionWindow());
    ledger.#epoch = 1;
    const data = { ...ledger.rules, commit: commitment(identity.seed) };
    ledger.#accept([{ type: CORE.opened, data }], null, undefined, at);
    return ledger;
  }

  /**
   * A session from its journal: the newest snapshot (if any) and the batches after it, in order.
   *
   * @throws Refusal `rules_unavailable` for another rules version, `session_quarantined` for a broken chain
   */
  static restore(identity: LedgerIdentity, snapshot: Snapshot | null, batches: readonly Batch[]): Ledger {
    const ledger = snapshot
      ? Ledger.#fromSnapshot(identity, snapshot, batches.length > 0)
      : new Ledger(identity, initialCore(), identity.game.init(), new ActionWindow());
    for (const batch of batches) ledger.#replay(batch);
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

  #replay(batch: Batch): void {
    if (batch.rules.version !== this.identity.game.version) throw refusal("rules_unavailable");
    if (batch.n !== this.#seq + 1 || batch.prev !== this.#head) {
      throw refusal("session_quarantined", `The journal does not continue at entry ${this.#seq + 1}.`);
    }
    this.#epoch = batch.fence;
    for (const entry of readBody(batch).entries) this.#replayEntry(entry);
    this.#head = batch.hash;
  }

  #replayEntry(entry: Entry): void {
    try {
      this.#evolve(entry);
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
  get epoch(): number {
    return this.#epoch;
  }
  get rules(): RulesVersion {
    return { game: this.identity.game.id, version: this.identity.game.version };
  }
  get hasPending(): boolean {
    return this.#pending.length > 0;
  }
  /** True when another order's entries might not fit into the pending batch. */
  get batchIsFull(): boolean {
    return HEAD_BYTES + this.#pendingBytes + ORDER_BYTES > BATCH_BYTES;
  }
  /** Milliseconds since the epoch at which a `timer` order is due, or null. */
  get wakeAt(): number | null {
    if (this.core.status === "ended") return null;
    const closing = this.core.status === "waiting" ? this.core.closesAt : Number.POSITIVE_INFINITY;
    const { realtime } = this.identity.game;
    const abandoned =
      realtime && this.core.status === "active" ? quietSince(this.core) + ABANDONED_AFTER_MS : Number.POSITIVE_INFINITY;
    const due = Math.min(closing, abandoned, this.identity.game.wakeAt?.(this.#state) ?? Number.POSITIVE_INFINITY);
    return due === Number.POSITIVE_INFINITY ? null : due;
  }

  /** True while a real-time game's clock runs. */
  get runs(): boolean {
    return this.core.status !== "ended" && this.identity.game.realtime?.runs(this.#state) === true;
  }
  /** Whether a new player may sit down, seats permitting. */
  get admitsPlayers(): boolean {
    if (this.core.status === "waiting") return true;
    return this.core.status === "active" && this.identity.game.admits?.(this.#state) === true;
  }

  view(viewer: Viewer): unknown {
    return this.identity.game.view(this.#state, viewer);
  }

  stateHash(): string {
    return stateHashOf(canonical(this.core), canonical(this.#state));
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
    const { game } = this.identity;
    const { core, wakeAt } = this;
    const planned = plan(order, { game, core, state: this.#state, actions: this.#actions, rng: this.#rng, wakeAt, at });
    if (planned.kind !== "write") return planned;
    if (durabilityOf(game, order) === "ephemeral") return this.#show(planned.drafts, planned.seat, at);
    return this.#accept(planned.drafts, planned.seat, planned.actionId, at);
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
    const data = facts.length === 0 ? { in: inputs } : { facts: facts as unknown as Json, in: inputs };
    const tick: Entry = { seq: this.#seq + 1, at, seat: null, type: TICK, data };
    const text = tickText(tick, facts, inputs);
    const size = Buffer.byteLength(text) + 1;
    if (size > ENTRY_BYTES) throw new LedgerFault("a tick decided more than an entry can hold");
    evolveCore(this.core, tick);
    this.#seq = tick.seq;
    this.#playedSeq = tick.seq;
    this.#at = at;
    this.#keep(tick, text, size);
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
    return { kind: "shown", answer: { seq: this.#seq, epoch: this.#epoch }, entries };
  }

  /** Numbers, encodes, evolves and keeps the drafts. All are encoded first: a draft too large changes nothing. */
  #accept(drafts: readonly Draft[], seat: number | null, actionId: string | undefined, at: number): Decision {
    const entries = drafts.map((draft, index): Entry => {
      const data = draft.type === CORE.ended ? { ...draft.data, seed: this.identity.seed } : draft.data;
      const seq = this.#seq + index + 1;
      return { seq, at, seat, type: draft.type, data, ...(actionId === undefined ? {} : { actionId }) };
    });
    const texts = entries.map(entryText);
    const sizes = texts.map((text) => Buffer.byteLength(text) + 1);
    if (tooLarge(sizes)) return { kind: "refused", refusal: refusal("payload_too_large") };
    try {
      for (const entry of entries) this.#evolve(entry);
    } catch (cause) {
      throw new LedgerFault(`evolve of ${this.identity.game.id} failed`, { cause });
    }
    for (const [index, entry] of entries.entries()) this.#keep(entry, texts[index]!, sizes[index]!);
    return { kind: "done", answer: { seq: this.#seq, epoch: this.#epoch }, entries };
  }

  #keep(entry: Entry, text: string, size: number): void {
    this.#pending.push(entry);
    this.#texts.push(text);
    this.#pendingBytes += size;
  }

  #evolve(entry: Entry): void {
    evolveEntry(this.identity.game, this.core, this.#state, entry);
    this.#seq = entry.seq;
    if (entry.type !== CORE.owner) this.#playedSeq = entry.seq;
    this.#at = entry.at;
    if (entry.actionId === undefined) return;
    this.#actions.record(entry.seat, entry.actionId, { seq: entry.seq, epoch: this.#epoch }, entry.at);
  }

  /** The pending entries as the next batch of the chain; undefined when nothing is pending. */
  seal(): { batch: Batch; entries: readonly Entry[] } | undefined {
    if (!this.hasPending) return undefined;
    const { sessionId } = this.identity;
    const head = { sessionId, prev: this.#head, fence: this.#epoch, rules: this.rules };
    const entries = this.#pending;
    const batch = sealBatch(head, entries, this.#texts);
    this.#head = batch.hash;
    this.#pending = [];
    this.#texts = [];
    this.#pendingBytes = 0;
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

function tooLarge(sizes: readonly number[]): boolean {
  return sizes.some((size) => size > ENTRY_BYTES) || sizes.reduce((sum, size) => sum + size, 0) > ORDER_BYTES;
}
