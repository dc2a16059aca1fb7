import { uuid7 } from "../lib/uuid7.ts";
import { type Action, type ActionStatus, type Attempt, type Outcome, rejected } from "./action.ts";
import { type ClientClock, nothing } from "./clock.ts";
import { Changeable, type Observable } from "./observable.ts";

/** What the queue sends by. */
export interface ActionRoute {
  /** One attempt; never throws. */
  attempt(action: Action): Promise<Attempt>;
  /** Ms since the epoch by the server's clock. */
  serverNow(): number;
}

export interface QueueParts {
  readonly route: ActionRoute;
  readonly clock: ClientClock;
  /** How many actions may wait; one more is rejected as `queue_full`. */
  readonly max: number;
}

/** The server remembers ids for so long and refuses older ones, so to go on beyond it is useless. */
const WINDOW_MS = 10 * 60 * 1000;
/** Settled actions that are still shown, and that a recovery may undo. */
const SETTLED_MAX = 64;
const PAUSE_MIN_MS = 200;
const PAUSE_MAX_MS = 5000;
/**
 * What was acknowledged so long before a cut has become durable long ago: the slowest default interval of the server is
 * a quarter of a second.
 */
const CERTAIN_AFTER_MS = 5000;

interface Row {
  action: Action;
  settledAt: number;
  settle(outcome: Outcome): void;
}

/**
 * The actions of one player in one session, in the order in which they were made: the next is sent when the one before
 * has its answer, over drops, reconnections and owners, always with the same id.
 */
export class ActionQueue {
  readonly #parts: QueueParts;
  readonly #shown = new Changeable<readonly Action[]>([]);
  #waiting: Row[] = [];
  #settled: Row[] = [];
  #isSending = false;
  #isClosed = false;
  #wake = nothing;

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  /** The newest settled ones, and all that are pending; ascending by their making. */
  get actions(): Observable<readonly Action[]> {
    return this.#shown;
  }

  /** Resolves with how it ended; never rejects. */
  act(type: string, data: object): Promise<Outcome> {
    const madeAt = this.#parts.route.serverNow();
    const action: Action = { id: uuid7(madeAt), type, data, madeAt, tries: 0, status: "pending" };
    if (this.#isClosed) return Promise.resolve({ id: action.id, ...LEFT });
    if (this.#waiting.length >= this.#parts.max) return Promise.resolve({ id: action.id, ...FULL });
    return new Promise((settle) => {
      this.#waiting.push({ action, settledAt: 0, settle });
      this.#show();
      void this.#send();
    });
  }

  /** Something changed that the next attempt was waiting for. */
  nudge(): void {
    this.#wake();
  }

  /**
   * After another owner has taken over: what its predecessor acknowledged above `seq`, shortly before `lostAt`, may not
   * have become durable. It is sent again with its own id, which does nothing where it was.
   *
   * @param lostAt on the monotonic clock
   */
  undo(epoch: number, seq: number, lostAt: number): void {
    const isUndone = ({ action, settledAt }: Row) =>
      action.status === "acknowledged" &&
      (action.epoch ?? epoch) < epoch &&
      action.seq > seq &&
      settledAt > lostAt - CERTAIN_AFTER_MS;
    const undone = this.#settled.filter(isUndone);
    if (undone.length === 0) return;
    this.#settled = this.#settled.filter((row) => !undone.includes(row));
    for (const row of undone) row.action = withStatus(row.action, { status: "pending" });
    // The one that is being sent stays at the head: the answer that is on its way is its.
    const head = this.#isSending ? this.#waiting.splice(0, 1) : [];
    this.#waiting = [...head, ...undone, ...this.#waiting];
    this.#show();
    void this.#send();
  }

  /** The player left: whatever still waits is rejected as `left`. */
  close(): void {
    this.#isClosed = true;
    for (const row of this.#waiting.splice(0)) this.#settle(row, LEFT);
    this.#wake();
  }

  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    for (let row = this.#waiting[0]; row; row = this.#waiting[0]) await this.#insist(row);
    this.#isSending = false;
  }

  async #insist(row: Row): Promise<void> {
    for (let pauseMs = PAUSE_MIN_MS; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS)) {
      row.action = { ...row.action, tries: row.action.tries + 1 };
      this.#show();
      const found = await this.#parts.route.attempt(row.action);
      if (this.#isClosed) return;
      const answer = found.status === "again" && this.#isTooOld(row.action) ? EXPIRED : found;
      if (answer.status !== "again") {
        this.#waiting.shift();
        return this.#settle(row, answer);
      }
      await this.#pause(answer.pauseMs ?? pauseMs);
      if (this.#isClosed) return;
    }
  }

  #isTooOld({ madeAt }: Action): boolean {
    return this.#parts.route.serverNow() - madeAt > WINDOW_MS;
  }

  #settle(row: Row, answer: Exclude<Attempt, { readonly status: "again" }>): void {
    row.action = withStatus(row.action, answer);
    row.settledAt = this.#parts.clock.monotonic();
    this.#settled = [...this.#settled, row].slice(-SETTLED_MAX);
    this.#show();
    row.settle({ id: row.action.id, ...answer });
  }

  /** Keeps a Node process alive: an action that waits is work to do. */
  #pause(ms: number): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(done, ms);
      this.#wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }

  #show(): void {
    this.#shown.set([...this.#settled, ...this.#waiting].map(({ action }) => action));
  }
}

function withStatus({ id, type, data, madeAt, tries }: Action, status: ActionStatus): Action {
  return { id, type, data, madeAt, tries, ...status };
}

const FULL = rejected("queue_full", "Too many actions wait for the server already.", true);
const LEFT = rejected("left", "The session was left before the server answered; it may still have taken effect.");
const EXPIRED = rejected(
  "action_expired",
  "The server did not confirm it within ten minutes; it may have taken effect.",
);
