import type { AccountKeeper } from "./records-account.ts";
import type { RecordsClient, Said } from "./records-client.ts";
import type { Findings } from "./records-log.ts";
import { pause } from "./server.ts";

/** What is created with an Idempotency-Key. Each carries a mark by which it is found in the data directory. */
export type Wanted =
  | { readonly kind: "session"; readonly type: "player" | "custom" }
  | { readonly kind: "campaign" }
  /** `uses` is its mark: no two invites of one session have the same. */
  | { readonly kind: "invite"; readonly sessionId: string; readonly uses: number };

const SETTLE_PAUSE_MS = 300;

/** One creation: however often it is asked for, there must be one of it. */
export class KeyedCreation {
  readonly key = crypto.randomUUID();
  readonly wanted: Wanted;
  readonly owner: AccountKeeper;
  /** Of what was made, once that was acknowledged: the session's, the campaign's, or the invite's code. */
  id: string | undefined;
  /** `removed` once the server has acknowledged that it is gone again. */
  fate: "kept" | "removed" | "unknown" = "kept";
  readonly #client: RecordsClient;
  readonly #findings: Findings;

  constructor(client: RecordsClient, findings: Findings, owner: AccountKeeper, wanted: Wanted) {
    this.#client = client;
    this.#findings = findings;
    this.owner = owner;
    this.wanted = wanted;
  }

  /** Asks so many times at once; the answer, or undefined while nobody knows. */
  async attempt(copies = 1): Promise<Said | undefined> {
    const known = this.id !== undefined;
    const [line, body] = this.#request();
    const asked = { by: this.owner, body, headers: { "idempotency-key": this.key } };
    const all = await Promise.all(Array.from({ length: copies }, () => this.#client.call(line, asked)));
    const said = all.filter((one) => one !== undefined);
    for (const one of said) this.#note(one, known);
    return said[0];
  }

  #request(): [line: string, body: unknown] {
    const { key, wanted } = this;
    if (wanted.kind === "campaign") return ["POST /v1/campaigns", { name: key }];
    if (wanted.kind === "invite") return [`POST /v1/sessions/${wanted.sessionId}/invites`, { uses: wanted.uses }];
    return ["POST /v1/sessions", { type: wanted.type, metadata: { key, n: 0 }, state: { log: [] } }];
  }

  /** @param known whether the answer must be a repeated one */
  #note({ status, body, replayed }: Said, known: boolean): void {
    const { kind } = this.wanted;
    // Asked for again too late: it may have been made before, and counts as never acknowledged.
    if (kind === "invite" && body?.code === "session_ended") return;
    if (status !== 201) {
      this.#findings.faults.push(`creating a ${kind} by ${this.key} was answered ${status} ${body?.code}`);
      return;
    }
    const id: string = kind === "invite" ? body.code : body.id;
    if (this.id !== undefined && this.id !== id) {
      this.#findings.twice.push(`${kind} ${this.key} was made as ${this.id} and as ${id}`);
    }
    if (known && !replayed) this.#findings.twice.push(`${kind} ${this.key} was not answered as a repeated one`);
    this.id = id;
  }
}

/** Creations whose answers were lost: asked for again until there is one. */
export class Unsettled {
  readonly #waiting = new Map<KeyedCreation, (said: Said) => void>();
  #stopped = false;
  readonly #settling: Promise<void> = this.#settle();

  get size(): number {
    return this.#waiting.size;
  }

  /** @param done called with the answer, some time */
  add(creation: KeyedCreation, done: (said: Said) => void): void {
    this.#waiting.set(creation, done);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#settling;
  }

  async #settle(): Promise<void> {
    while (!this.#stopped) {
      await pause(SETTLE_PAUSE_MS);
      for (const [creation, done] of [...this.#waiting]) {
        const said = await creation.attempt();
        if (!said) continue;
        this.#waiting.delete(creation);
        done(said);
      }
    }
  }
}
