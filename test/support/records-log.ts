import { canonical } from "../../src/lib/canonical.ts";
import type { Said } from "./records-client.ts";

/** What was found to be wrong; every list is empty when the server kept its promises. */
export interface Findings {
  /** Acknowledged, and not there, or not what it was. */
  readonly lost: string[];
  /** Took effect more than once. */
  readonly twice: string[];
  /** A version, an epoch or a name that was known was followed by an older one. */
  readonly wentBack: string[];
  /** Told, although the journal says something else, or refused, although it took effect. */
  readonly contradicted: string[];
  /** Answers that no healthy server gives, and clients that were not served again. */
  readonly faults: string[];
}

export function noFindings(): Findings {
  return { lost: [], twice: [], wentBack: [], contradicted: [], faults: [] };
}

export type WriteKind = "replace" | "patch" | "append" | "edit" | "pause" | "resume" | "end";

/** One thing a writer wished for. Where it can carry a mark of its own, the journal tells whether it took effect. */
export interface Write {
  readonly kind: WriteKind;
  /** Nobody else's; of an edit its number, and of an action its id. */
  readonly tag: string;
  readonly ifVersion: number | undefined;
  /** Undefined while nobody knows. */
  fate?: "acknowledged" | "refused";
  version?: number;
  seq?: number;
  /** The answer's state and status: those of this write, or of one that followed it. */
  told?: string;
}

/** What a reader was shown. */
export interface Sight {
  readonly version: number;
  readonly seq: number;
  readonly content: string;
}

/** What is known of a session when a request goes out: no answer to it may show less. */
export interface Floor {
  readonly version: number;
  readonly epoch: number;
  /** Of the metadata. */
  readonly edit: number;
  readonly ended: boolean;
}

/** Everything that writers of one session were told. It stands outside the server, and never asks it. */
export class SessionRecord {
  readonly id: string;
  readonly type: string;
  readonly ownerId: string;
  readonly key: string;
  readonly writes: Write[] = [];
  readonly sights = new Map<number, Sight>();
  /** How often the server had something to say about it. */
  served = 0;
  acknowledged = 0;
  /** The number of the last edit of the metadata that anybody tried. */
  lastEdit = 0;
  readonly #findings: Findings;
  readonly #contentOf = new Map<number, string>();
  #floor: Floor;
  onAcknowledgement: () => void = () => undefined;

  /** @param created the answer to its creation */
  constructor(created: Said, ownerId: string, key: string, findings: Findings) {
    const { id, type, version, epoch } = created.body;
    this.id = id;
    this.type = type;
    this.ownerId = ownerId;
    this.key = key;
    this.#findings = findings;
    this.#floor = { version, epoch, edit: 0, ended: false };
  }

  get floor(): Floor {
    return this.#floor;
  }

  attempt(kind: WriteKind, tag: string, ifVersion?: number): Write {
    const write: Write = { kind, tag, ifVersion };
    this.writes.push(write);
    return write;
  }

  /** @param before what was known when the request went out */
  settle(write: Write, said: Said, before: Floor): void {
    this.served += 1;
    if (said.status === 200) this.#acknowledge(write, said, before);
    else if (write.fate === undefined) write.fate = "refused";
    if (said.status === 404) this.#findings.lost.push(`${this.name}: ${write.kind} was answered 404`);
    if (said.status === 412) this.#noteVersion(said.body.version, before, "a conflict tells");
  }

  #acknowledge(write: Write, { body }: Said, before: Floor): void {
    const { version, seq } = body as { version: number; seq: number };
    if (write.fate === "acknowledged") {
      if (write.version === version && write.seq === seq) return;
      this.#findings.twice.push(
        `${this.name}: ${write.kind} ${write.tag} was acknowledged at ${write.seq} and at ${seq}`,
      );
      return;
    }
    Object.assign(write, { fate: "acknowledged", version, seq });
    // An answer with events has no state.
    if (body.status !== undefined) write.told = contentOf(body);
    this.acknowledged += 1;
    if (write.ifVersion !== undefined && version !== write.ifVersion + 1) {
      this.#findings.contradicted.push(`${this.name}: a change of version ${write.ifVersion} made ${version}`);
    }
    if (before.ended && write.kind !== "end" && write.kind !== "append") {
      this.#findings.contradicted.push(`${this.name}: ${write.kind} was acknowledged after the end`);
    }
    this.#raise({ version, ended: write.kind === "end" });
    if (write.kind === "edit") {
      this.#raise({ edit: Number(write.tag) });
      this.seeEdit(body.metadata, this.#floor);
    }
    this.onAcknowledgement();
  }

  /** Somebody read the session. @param before what was known when they asked */
  see(said: Said, before: Floor): void {
    this.served += 1;
    if (said.status !== 200) {
      this.#findings.lost.push(`${this.name}: reading it was answered ${said.status} ${said.body?.code}`);
      return;
    }
    const { version, seq, epoch, status, metadata } = said.body;
    this.#noteVersion(version, before, "a reader saw");
    if (said.version !== version) this.#contradict(`the ETag says ${said.version}, the body ${version}`);
    if (epoch < before.epoch) this.#findings.wentBack.push(`${this.name}: epoch ${epoch} after ${before.epoch}`);
    if (before.ended && status !== "ended") this.#findings.wentBack.push(`${this.name}: is ${status} after its end`);
    this.seeEdit(metadata, before);
    const content = contentOf(said.body);
    const same = this.#contentOf.get(version);
    if (same !== undefined && same !== content) this.#contradict(`version ${version} was ${same} and is ${content}`);
    this.#contentOf.set(version, content);
    this.sights.set(seq, { version, seq, content });
    this.#raise({ version, epoch, ended: status === "ended" });
  }

  /** Metadata that somebody read, now or in the data directory. */
  seeEdit(
    { n = 0, key }: { readonly n?: number; readonly key?: string },
    { edit }: Pick<Floor, "edit">,
    findings = this.#findings,
  ): void {
    if (n < edit) findings.lost.push(`${this.name}: the metadata are those of edit ${n}, after ${edit}`);
    if (n > this.lastEdit || key !== this.key) findings.contradicted.push(`${this.name}: nobody wrote ${n} ${key}`);
  }

  #noteVersion(version: number, before: Floor, who: string): void {
    if (version < before.version) {
      this.#findings.wentBack.push(`${this.name}: ${who} version ${version}, after ${before.version}`);
    }
    this.#raise({ version });
  }

  #raise({ version = 0, epoch = 0, edit = 0, ended = false }: Partial<Floor>): void {
    const known = this.#floor;
    this.#floor = {
      version: Math.max(known.version, version),
      epoch: Math.max(known.epoch, epoch),
      edit: Math.max(known.edit, edit),
      ended: known.ended || ended,
    };
  }

  #contradict(text: string): void {
    this.#findings.contradicted.push(`${this.name}: ${text}`);
  }

  get name(): string {
    return `${this.type} ${this.id.slice(-6)}`;
  }
}

/** What must be the same whenever the version is the same. */
export function contentOf({ status, state }: { status: string; state?: unknown }): string {
  return canonical({ status, state: state ?? null });
}
