import { Refusal, refusal } from "../errors.ts";
import { canonical } from "../lib/canonical.ts";
import type { Clock } from "../lib/clock.ts";
import { sha256 } from "../lib/sha256.ts";
import { uuid7 } from "../lib/uuid7.ts";
import type { Logger } from "../log.ts";
import type { Answer, Call } from "./endpoint.ts";
import type { IdempotencyDoc, IdempotencyStore, StoredAnswer } from "./idempotency.store.ts";

const KEPT_MS = 24 * 3600 * 1000;
/** How long the key of an attempt whose process died stays taken. */
const LEASE_MS = 30_000;
/** Larger answers are replayed without their body. */
const MAX_BODY_CHARS = 1024 * 1024;
/** Visible ASCII, as a header can carry it. */
const KEY = /^[\x21-\x7e]{1,255}$/;

/** One call that may have been made before. */
export interface Attempt {
  /** As the caller sent it. */
  readonly key: string;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly call: Pick<Call<unknown, unknown, unknown>, "principal" | "address">;
}

/** Lets a call that carries an Idempotency-Key take effect once. */
export interface Idempotency {
  /**
   * The answer of `run`, or of the same call up to 24 hours ago, marked `Idempotency-Replayed`. Refuses as
   * `idempotency_in_progress` while that still runs, and as `idempotency_conflict` when its body was another. A call that
   * was refused has not taken effect: its key is free again. One that failed, or whose process died, may have: when it
   * is made again it runs with the same `effectId`, by which it finds what it made before.
   */
  once(attempt: Attempt, run: (effectId: string) => Promise<Answer>): Promise<Answer>;
}

export function createIdempotency(parts: { store: IdempotencyStore; clock: Clock; log: Logger }): Idempotency {
  const { store, clock, log } = parts;
  const lease = () => new Date(clock.now() + LEASE_MS);

  /** The claim of this attempt, or what an earlier one answered. */
  async function claim(
    wanted: Pick<IdempotencyDoc, "_id" | "accountId" | "bodyHash">,
  ): Promise<IdempotencyDoc | StoredAnswer> {
    const now = clock.now();
    const { _id: id, bodyHash } = wanted;
    const mine = { ...wanted, attempt: uuid7(now), effectId: uuid7(now), leaseUntil: lease(), answer: null };
    const doc = { ...mine, expiresAt: new Date(now + KEPT_MS) };
    if (await store.claim(doc)) return doc;
    const earlier = await store.find(id);
    // Freed between the two looks.
    if (earlier === null) throw refusal("idempotency_in_progress");
    let again = doc;
    if (earlier.expiresAt.getTime() > now) {
      if (earlier.bodyHash !== bodyHash) throw refusal("idempotency_conflict");
      if (earlier.answer !== null) return earlier.answer;
      if (earlier.leaseUntil.getTime() > now) throw refusal("idempotency_in_progress");
      again = { ...doc, effectId: earlier.effectId };
    }
    if (await store.takeOver(again, earlier.attempt)) return again;
    throw refusal("idempotency_in_progress");
  }

  async function runHolding(doc: IdempotencyDoc, run: (effectId: string) => Promise<Answer>): Promise<Answer> {
    const { _id: id, attempt, effectId } = doc;
    const forget = (error: unknown) => log.warn({ err: error }, "idempotency key not kept");
    const renewal = setInterval(() => store.extend(id, attempt, lease()).catch(forget), LEASE_MS / 3);
    try {
      const answer = await run(effectId);
      // Before the caller hears of it: nobody may be told one thing now and another by a retry.
      await store.answer(id, attempt, toStored(answer)).catch(forget);
      return answer;
    } catch (error) {
      const refused = error instanceof Refusal && error.status < 500;
      const free = refused ? store.release(id, attempt) : store.extend(id, attempt, new Date(clock.now()));
      await free.catch(forget);
      throw error;
    } finally {
      clearInterval(renewal);
    }
  }

  return {
    async once({ key, method, path, body, call }, run) {
      if (!KEY.test(key)) {
        const errors = [{ path: "Idempotency-Key", message: "must be 1 to 255 visible ASCII characters" }];
        throw refusal("validation_failed", undefined, errors);
      }
      const accountId = call.principal?.accountId ?? null;
      const _id = sha256(canonical([accountId ?? `address ${call.address}`, method, path, key]));
      const claimed = await claim({ _id, accountId, bodyHash: sha256(canonical(body ?? null)) });
      return "attempt" in claimed ? runHolding(claimed, run) : toReplay(claimed);
    },
  };
}

function toStored({ status, version, headers = {}, body, text }: Answer): StoredAnswer {
  const written = text ?? (body === undefined ? null : JSON.stringify(body));
  const kept = written !== null && written.length > MAX_BODY_CHARS ? null : written;
  return { status, headers, text: kept, ...(version === undefined ? {} : { version }) };
}

function toReplay({ status, version, headers, text }: StoredAnswer): Answer {
  return {
    status,
    headers: { ...headers, "Idempotency-Replayed": "true" },
    ...(text === null ? {} : { text }),
    ...(version === undefined ? {} : { version }),
  };
}
