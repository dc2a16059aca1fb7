import { canonical } from "../lib/canonical.ts";
import { commitment, type Draw, rng } from "../lib/rng.ts";
import { sha256 } from "../lib/sha256.ts";
import { type Batch, batchId, chainHash, GENESIS } from "./batch.ts";
import { type AnyGame, CORE, type Entry, TICK } from "./game.ts";
import type { JournalStore } from "./journal.store.ts";
import type { Pasts } from "./pasts.ts";
import { readSnapshot, type Snapshot } from "./snapshot.ts";
import { Broken, parsed, pastsOf, Replay } from "./verify-replay.ts";

/** Compares the random facts of an entry, in journal order, with what the seed draws; says what is wrong, or null. */
export type DrawCheck = (entry: Entry, draw: Draw) => string | null;

export interface VerifyOptions {
  readonly sessionId: string;
  readonly journalStore: Pick<JournalStore, "batches">;
  /** With the game, the journal is evolved again: ticks must decide what they say, and the snapshot must come out. */
  readonly game?: AnyGame | undefined;
  readonly snapshot?: Snapshot | null | undefined;
  /** The seed as the session document knows it; without it the one an ended session revealed. */
  readonly seed?: string | undefined;
  /** A fresh check for every walk, because a check counts the draws. */
  readonly draws?: (() => DrawCheck) | undefined;
}

export interface VerifyReport {
  readonly ok: boolean;
  readonly batches: number;
  readonly entries: number;
  /** Hash of the last sound batch. */
  readonly head: string;
  readonly ended: boolean;
  /** What was compared besides the chain: a check that had nothing to compare is absent. */
  readonly checked: readonly ("commitment" | "ticks" | "snapshot" | "draws")[];
  readonly firstBad?: { readonly seq: number; readonly reason: string };
}

/**
 * Walks the hash chain of a session (L11), one batch in memory at a time, and names the first entry that was altered.
 * A hash covers a batch: where it fails, and the entries' own numbering does not give the place away, the seq is that
 * of the batch's first entry. A rewritten last batch shows only against a snapshot, or a head noted elsewhere.
 */
export async function verifySession(options: VerifyOptions): Promise<VerifyReport> {
  const walk = new Walk(options, await pastsOf(options.game, options.sessionId, options.journalStore));
  try {
    for await (const batch of options.journalStore.batches(options.sessionId)) walk.take(batch);
    walk.finish();
    await checkDraws(options, walk);
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return { ok: false, ...walk.report(), firstBad: { seq: error.seq, reason: error.message } };
  }
  return { ok: true, ...walk.report() };
}

class Walk {
  readonly #options: VerifyOptions;
  readonly #replay: Replay | null;
  readonly #checked = new Set<VerifyReport["checked"][number]>();
  #batches = 0;
  #previousN = 1;
  #fence = 0;
  #version = 0;
  #at = 0;
  #head = GENESIS;
  #commit: unknown;
  seq = 0;
  /** What the end entry revealed. */
  revealed: string | null = null;
  #ended = false;

  constructor(options: VerifyOptions, pasts: Pasts | null) {
    this.#options = options;
    this.#replay = options.game ? new Replay(options.game, pasts) : null;
  }

  take(batch: Batch): void {
    this.#checkPlace(batch);
    const entries = this.#checkFields(batch);
    this.#checkChain(batch);
    for (const entry of entries) this.#takeEntry(entry, batch);
    if (this.seq !== batch.last) throw new Broken(batch.n, "does not hold the entries it names");
    this.#batches += 1;
    this.#previousN = batch.n;
    this.#fence = batch.fence;
    this.#version = batch.rules.version;
    this.#head = batch.hash;
    this.#checkSnapshot(batch);
  }

  #checkPlace(batch: Batch): void {
    const next = this.seq + 1;
    if (batch._id !== batchId(this.#options.sessionId, batch.n))
      throw new Broken(next, "the id does not fit the batch");
    if (batch.n > next) throw new Broken(next, `entries ${next} to ${batch.n - 1} are missing`);
    if (batch.n < next) throw new Broken(batch.n, "an entry of that number came before");
  }

  #checkFields({ n, s, fence, rules, body }: Batch): Entry[] {
    const { entries, ...head } = parsed(body);
    if (!Array.isArray(entries)) throw new Broken(n, "the body is not one");
    if (canonical(head) !== canonical({ fence, n, rules, s }))
      throw new Broken(n, "the fields are not those of the body");
    if (s !== this.#options.sessionId) throw new Broken(n, "the batch belongs to another session");
    if (fence < this.#fence) throw new Broken(n, `written by owner ${fence} after owner ${this.#fence}`);
    if (rules.version < this.#version) throw new Broken(n, `written by rules ${rules.version} after ${this.#version}`);
    return entries;
  }

  #checkChain(batch: Batch): void {
    const intact = chainHash(batch.prev, batch.body) === batch.hash;
    if (batch.prev === this.#head && intact) return;
    // A batch that is sound in itself but follows another one than is there: the one before it was rewritten.
    if (intact && this.#batches > 0) throw new Broken(this.#previousN, "rewritten: what follows it names another hash");
    throw new Broken(firstMisnumbered(batch) ?? batch.n, "the batch does not have its hash");
  }

  #takeEntry(entry: Entry, batch: Batch): void {
    const { seq, at, type, data } = entry;
    if (seq !== this.seq + 1) throw new Broken(this.seq + 1, `here stands entry ${seq}`);
    if (at < this.#at) throw new Broken(seq, "older than the entry before it");
    if (this.#ended) throw new Broken(seq, "written after the end");
    if ((seq === 1) !== (type === CORE.opened)) throw new Broken(seq, "a session is opened once, and first");
    if (type === CORE.owner && data.epoch !== batch.fence) throw new Broken(seq, "names another epoch than its batch");
    if (type === CORE.opened) this.#commit = data.commit;
    if (type === CORE.ended) this.#end(entry);
    this.#replay?.take(entry, batch.rules.version);
    if (type === TICK && this.#replay?.applies) this.#checked.add("ticks");
    this.seq = seq;
    this.#at = at;
  }

  #end({ seq, data }: Entry): void {
    this.#ended = true;
    if (typeof data.seed !== "string") throw new Broken(seq, "the end does not reveal the seed");
    this.revealed = data.seed;
    this.#checkCommitment(seq, data.seed);
  }

  #checkCommitment(seq: number, seed: string): void {
    if (commitment(seed) !== this.#commit) throw new Broken(seq, "the seed is not the one committed to at the opening");
    this.#checked.add("commitment");
  }

  #checkSnapshot(batch: Batch): void {
    const { snapshot } = this.#options;
    if (snapshot?.n !== batch.last) return;
    const { core, state, head } = readSnapshot(snapshot);
    if (head !== batch.hash) throw new Broken(batch.n, "rewritten: the snapshot names another hash");
    if (sha256(canonical({ core, state })) !== snapshot.stateHash)
      throw new Broken(batch.last, "the snapshot was altered");
    if (!this.#replay?.applies) return;
    if (this.#replay.stateHash() !== snapshot.stateHash) throw new Broken(batch.last, "evolves to another state");
    this.#checked.add("snapshot");
  }

  finish(): void {
    if (this.#batches === 0) throw new Broken(1, "there is no journal");
    const { snapshot, seed } = this.#options;
    if (snapshot && snapshot.n > this.seq)
      throw new Broken(this.seq + 1, "entries that the snapshot includes are missing");
    if (seed !== undefined) this.#checkCommitment(1, seed);
  }

  drawsChecked(): void {
    this.#checked.add("draws");
  }

  report(): Omit<VerifyReport, "ok" | "firstBad"> {
    const [batches, entries, head, ended] = [this.#batches, this.seq, this.#head, this.#ended];
    return { batches, entries, head, ended, checked: [...this.#checked] };
  }
}

/** A second walk, because the seed of an ended session stands in its last entry. */
async function checkDraws({ draws, seed, sessionId, journalStore }: VerifyOptions, walk: Walk): Promise<void> {
  const known = seed ?? walk.revealed;
  if (!draws || known === null) return;
  const check = draws();
  const draw = rng(known);
  for await (const { body } of journalStore.batches(sessionId)) {
    for (const entry of (JSON.parse(body) as { entries: Entry[] }).entries) {
      const wrong = check(entry, draw);
      if (wrong !== null) throw new Broken(entry.seq, wrong);
    }
  }
  walk.drawsChecked();
}

/** Where the numbering inside an altered body breaks, if it does. */
function firstMisnumbered({ n, body }: Batch): number | undefined {
  const index = parsed(body).entries!.findIndex(({ seq }, position) => seq !== n + position);
  return index < 0 ? undefined : n + index;
}
