import assert from "node:assert/strict";
import { Refusal } from "../../src/errors.ts";
import { type Batch, readBody } from "../../src/journal/batch.ts";
import { FlushGrid } from "../../src/journal/flush-grid.ts";
import type { AnyGame, Entry } from "../../src/journal/game.ts";
import type { JournalStore, Written } from "../../src/journal/journal.store.ts";
import { Journal, type JournalMetrics, type Outcome } from "../../src/journal/journal.ts";
import { Ledger } from "../../src/journal/ledger.ts";
import { LiveSession } from "../../src/journal/live-session.ts";
import type { Order } from "../../src/journal/orders.ts";
import type { CloseReason, Presenter } from "../../src/journal/presenter.ts";
import type { Snapshot } from "../../src/journal/snapshot.ts";
import type { SnapshotHead, SnapshotStore } from "../../src/journal/snapshots.store.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { createLogger } from "../../src/log.ts";
import { toy } from "./toy-game.ts";

export const SEED = "5eed".repeat(16);
export const START = Date.UTC(2026, 0, 1);
export const silentLog = createLogger({ level: "silent", pretty: false });

/** Runs with real time, and can be put forward; timers that are armed already do not notice. */
export class TestClock implements Clock {
  #offset = 0;
  now = () => Date.now() + this.#offset;
  monotonic = () => performance.now() + this.#offset;
  advance(ms: number): void {
    this.#offset += ms;
  }
}

/** A journal in memory. While `held`, an append waits until the test says what becomes of it. */
export class MemoryJournal implements JournalStore {
  readonly documents = new Map<string, Batch>();
  readonly appends: PendingAppend[] = [];
  held = false;
  findFails = false;

  append(batches: readonly Batch[]): Promise<Written[]> {
    if (!this.held) return Promise.resolve(this.write(batches));
    return new Promise((resolve, reject) => {
      this.appends.push({
        batches,
        land: () => resolve(this.write(batches)),
        answer: (written) => resolve(batches.map(() => written)),
        loseReply: () => {
          this.write(batches);
          reject(new Error("the reply was lost"));
        },
        fail: () => reject(new Error("nobody answers")),
      });
    });
  }

  write(batches: readonly Batch[]): Written[] {
    return batches.map((batch) => {
      if (this.documents.has(batch._id)) return "duplicate";
      this.documents.set(batch._id, structuredClone(batch));
      return "written";
    });
  }

  async find(id: string): Promise<Batch | null> {
    if (this.findFails) throw new Error("nobody answers");
    return this.documents.get(id) ?? null;
  }

  async after(sessionId: string, seq: number, limit?: number): Promise<Batch[]> {
    const found = this.of(sessionId).filter(({ last }) => last > seq);
    return limit ? found.slice(0, limit) : found;
  }

  async *batches(sessionId: string): AsyncGenerator<Batch> {
    yield* this.of(sessionId);
  }

  of(sessionId: string): Batch[] {
    return [...this.documents.values()].filter(({ s }) => s === sessionId).sort((a, b) => (a._id < b._id ? -1 : 1));
  }

  entries(sessionId: string): Entry[] {
    return this.of(sessionId).flatMap((batch) => readBody(batch).entries);
  }

  /** The nth append, once it has been sent. */
  async sent(index: number): Promise<PendingAppend> {
    await until(() => this.appends.length > index, `append ${index}`);
    return this.appends[index]!;
  }
}

/** Snapshots in memory. */
export class MemorySnapshots implements SnapshotStore {
  readonly #kept: Snapshot[];

  constructor(kept: readonly Snapshot[] = []) {
    this.#kept = [...kept];
  }

  async save(snapshot: Snapshot): Promise<void> {
    this.#kept.push(snapshot);
  }

  async removeBefore({ n }: Snapshot): Promise<void> {
    this.#kept.splice(0, this.#kept.length, ...this.#kept.filter((kept) => kept.n >= n));
  }

  async latest(_: string, upTo = Number.POSITIVE_INFINITY): Promise<Snapshot | null> {
    const found = this.#kept.filter(({ n }) => n <= upTo).sort((a, b) => b.n - a.n);
    return found[0] ?? null;
  }

  async list(): Promise<SnapshotHead[]> {
    return this.#kept;
  }
}

export interface PendingAppend {
  readonly batches: readonly Batch[];
  /** Written and answered. */
  land(): void;
  /** Answered without writing. */
  answer(written: Written): void;
  loseReply(): void;
  fail(): void;
}

export interface Harness {
  readonly live: LiveSession;
  readonly ledger: Ledger;
  readonly store: MemoryJournal;
  readonly journal: Journal;
  readonly clock: TestClock;
  /** What clients were shown, in order. */
  readonly shown: Entry[];
  readonly closed: CloseReason[];
  readonly faults: unknown[];
  readonly presenter: { onRelease: ((entries: readonly Entry[]) => void) | undefined };
  act(
    type: string,
    data?: object,
    options?: { seat?: number; id?: string; durable?: boolean },
  ): ReturnType<LiveSession["commit"]>;
  commit(order: Order): ReturnType<LiveSession["commit"]>;
}

export function journalOver(store: JournalStore, clock: Clock, outcomes: Outcome[] = []): Journal {
  const metrics: JournalMetrics = { appended: (outcome) => void outcomes.push(outcome), flushed: () => undefined };
  return new Journal({ store, clock, log: silentLog, metrics });
}

/** A live toy session with seats 0 and 1 taken, everything so far durable. */
export async function liveToy(
  options: { flushMs?: number; store?: MemoryJournal; ledger?: Ledger; journal?: Journal } = {},
): Promise<Harness> {
  const store = options.store ?? new MemoryJournal();
  const clock = new TestClock();
  const journal = options.journal ?? journalOver(store, clock);
  const ledger = options.ledger ?? openedToy(store, clock.now());
  const [shown, closed, faults]: [Entry[], CloseReason[], unknown[]] = [[], [], []];
  const presenter: Harness["presenter"] = { onRelease: undefined };
  const live = new LiveSession(ledger, {
    ...{ journal, clock, log: silentLog, flushMs: options.flushMs ?? 5, grid: new FlushGrid(clock, 150) },
    tickMs: 60_000, // tests play many ticks in no time; what bounds them is tested in tick-flush
    onDurable: () => undefined,
    onClosed: (_, reason) => void closed.push(reason),
    onFault: (_, error) => void faults.push(error),
  });
  live.present(
    recordingPresenter((entries) => {
      shown.push(...entries);
      presenter.onRelease?.(entries);
    }),
  );
  const commit = (order: Order) => live.commit(order);
  const act: Harness["act"] = (type, data = {}, { seat = 0, id = uuid7(clock.now()), durable = false } = {}) =>
    live.commit({ kind: "act", seat, actionId: id, command: { type, data: data as never } }, { durable });
  return { live, ledger, store, journal, clock, shown, closed, faults, presenter, act, commit };
}

function recordingPresenter(release: (entries: readonly Entry[]) => void): Presenter {
  return { release, closed: () => undefined, connected: () => new Set(), nextRefId: () => 0 };
}

/** A toy ledger with two seated players, whose first batch lies in the store. */
export function openedToy(store: MemoryJournal, at: number, sessionId = uuid7(at)): Ledger {
  const ledger = openLedger(toy, 2, at, sessionId);
  store.write([ledger.seal()!.batch]);
  return ledger;
}

export function openLedger(game: AnyGame, players: number, at = START, sessionId = uuid7(at)): Ledger {
  const ledger = Ledger.open({ sessionId, game, seed: SEED }, at);
  for (let player = 0; player < players; player++) done(ledger.decide({ kind: "take", role: "player" }, at));
  return ledger;
}

/** Decides an action of a seat. The id is one of the given moment unless another is named. */
export function act(ledger: Ledger, seat: number, type: string, data: object, at: number, actionId = uuid7(at)) {
  return ledger.decide({ kind: "act", seat, actionId, command: { type, data: data as never } }, at);
}

/** The decision, which must have been carried out. */
export function done(decision: ReturnType<Ledger["decide"]>) {
  if (decision.kind !== "done") assert.fail(`expected an effect, got ${JSON.stringify(decision)}`);
  return decision;
}

export function refusedWith(decision: ReturnType<Ledger["decide"]>): string {
  return decision.kind === "refused" ? decision.refusal.code : `not refused: ${decision.kind}`;
}

/** For `assert.rejects`. */
export function code(expected: string) {
  return (error: unknown) => {
    assert.ok(error instanceof Refusal, String(error));
    assert.equal(error.code, expected);
    return true;
  };
}

/** Polls; fails with the name of what did not happen. */
export async function until(condition: () => boolean | Promise<boolean>, what: string, ms = 8000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > deadline) assert.fail(`${what} did not happen within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Everything the event loop has ready by now, and what that makes ready: for showing that something does NOT happen. */
export async function quiet(turns = 10): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}
