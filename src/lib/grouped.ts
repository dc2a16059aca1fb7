import { type Refusal, refusal } from "../errors.ts";

/** Items that wait for a group; more are told to come later. */
const WAITING_MAX = 20_000;

interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly done: (answer: Answer) => void;
  readonly failed: (reason: unknown) => void;
}

/**
 * One function out of one for many: what comes while a group is under way is the next one, so that a thousand calls a
 * second are a hundred round trips, and a single one waits for nobody.
 *
 * @param work answers all items of a group, in their order; when it rejects, so do all of its calls
 * @param size of the largest group
 * @returns rejects with the refusal `unavailable` while too many wait
 */
export function grouped<Item, Answer>(
  work: (items: readonly Item[]) => Promise<readonly Answer[]>,
  size = 500,
): (item: Item) => Promise<Answer> {
  const waiting: Waiting<Item, Answer>[] = [];
  let running = false;

  async function run(): Promise<void> {
    running = true;
    // Whatever else arrives in this turn of the event loop belongs to the first group.
    await new Promise((next) => setImmediate(next));
    while (waiting.length > 0) await finish(waiting.splice(0, size));
    running = false;
  }

  async function finish(group: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await work(group.map(({ item }) => item));
      for (const [at, { done }] of group.entries()) done(answers[at]!);
    } catch (reason) {
      for (const { failed } of group) failed(reason);
    }
  }

  return (item) => {
    if (waiting.length >= WAITING_MAX) return Promise.reject(overloaded());
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    waiting.push({ item, done: resolve, failed: reject });
    if (!running) void run();
    return promise;
  };
}

function overloaded(): Refusal {
  const refused = refusal("unavailable");
  refused.retryAfter = 1;
  return refused;
}
