import type { LeanAnswer, LeanClient } from "./lean-client.ts";
import { openLoop } from "./pacer.ts";

export const KINDS = ["create", "hotGet", "coldGet", "update", "remove", "list"] as const;
export type Kind = (typeof KINDS)[number];

/** Of a hundred requests. */
const MIX: Readonly<Record<Kind, number>> = { hotGet: 58, coldGet: 2, update: 20, create: 8, remove: 8, list: 4 };
const WHEEL: readonly Kind[] = KINDS.flatMap((kind) => new Array<Kind>(MIX[kind]).fill(kind));
/** Coprime to the wheel's length, so that the kinds come mixed, and the same way in every run. */
const STRIDE = 37;

/** An account, by its header. */
export type Account = string;

/** A session as its player's client knows it. */
interface Known {
  readonly id: string;
  readonly account: Account;
  version: number;
  busy: boolean;
}

const STATE = JSON.stringify({ name: "someone", level: 7, bag: "x".repeat(200) });
const JSON_BODY = "Content-Type: application/json";

export interface LoadResult {
  readonly latencies: Readonly<Record<Kind, readonly number[]>>;
  readonly failed: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** The clients: their accounts, their sessions, and what they do next. */
export class SessionsLoad {
  #client: LeanClient;
  readonly #accounts: readonly Account[];
  readonly #hot: Known[] = [];
  #cold: Known[] = [];
  #doomed: Known[] = [];
  #turn = 0;

  constructor(client: LeanClient, accounts: readonly Account[]) {
    this.#client = client;
    this.#accounts = accounts;
  }

  /** Goes on with a server that was started again. */
  reconnect(client: LeanClient): void {
    this.#client = client;
  }

  /** Sessions to be left alone until somebody asks for them. */
  async addCold(count: number): Promise<void> {
    this.#cold.push(...(await this.#createMany(count)));
  }

  /** Sessions that are played, and those that will be ended. */
  async addHot(count: number): Promise<void> {
    this.#hot.push(...(await this.#createMany(count)));
    this.#doomed.push(...(await this.#createMany(count)));
  }

  /** Mixed requests, at a rate that does not depend on how quickly they are answered. */
  async run(rate: number, seconds: number): Promise<LoadResult> {
    const latencies = Object.fromEntries(KINDS.map((kind) => [kind, []])) as unknown as Record<Kind, number[]>;
    const failed: Record<string, number> = {};
    let sent = 0;
    const took = await openLoop(rate, seconds, async (due) => {
      const kind = WHEEL[(sent++ * STRIDE) % WHEEL.length]!;
      const { status } = await this.#request(kind);
      latencies[kind].push(performance.now() - due);
      if (status >= 300) failed[`${kind} ${status}`] = (failed[`${kind} ${status}`] ?? 0) + 1;
    });
    return { latencies, failed, seconds: took };
  }

  #request(kind: Kind): Promise<LeanAnswer> {
    this.#turn += 1;
    if (kind === "create") return this.#create(this.#turn).then(({ answer, known }) => this.#later(answer, known));
    if (kind === "update") return this.#update();
    if (kind === "list") return this.#send("GET", "/v1/sessions?type=player&limit=20", this.#accountAt(this.#turn));
    if (kind === "remove") return this.#remove();
    const { id, account } = (kind === "coldGet" ? this.#cold.pop() : undefined) ?? this.#anyHot();
    return this.#send("GET", `/v1/sessions/${id}`, account);
  }

  /** A server so late with its creations that there is nothing left to remove has failed this request. */
  async #remove(): Promise<LeanAnswer> {
    const doomed = this.#doomed.shift();
    if (!doomed) return { status: 599, etag: undefined, text: "" };
    return this.#send("DELETE", `/v1/sessions/${doomed.id}`, doomed.account);
  }

  #later(answer: LeanAnswer, known: Known | undefined): LeanAnswer {
    if (known) this.#doomed.push(known);
    return answer;
  }

  /** With If-Match: one at a time for a session, as its player's client would. */
  async #update(): Promise<LeanAnswer> {
    let known = this.#anyHot();
    for (let tries = 0; known.busy && tries < this.#hot.length; tries++) known = this.#anyHot();
    known.busy = true;
    const ifMatch = `If-Match: "${known.version}"`;
    const answer = await this.#send("PUT", `/v1/sessions/${known.id}/state`, known.account, STATE, ifMatch);
    known.busy = false;
    if (answer.status === 200) known.version = Number(answer.etag!.slice(1, -1));
    return answer;
  }

  #anyHot(): Known {
    this.#turn += 1;
    return this.#hot[(this.#turn * STRIDE) % this.#hot.length]!;
  }

  #accountAt(index: number): Account {
    return this.#accounts[index % this.#accounts.length]!;
  }

  async #createMany(count: number): Promise<Known[]> {
    const made: Known[] = [];
    for (let first = 0; first < count; first += 32) {
      const some = Array.from({ length: Math.min(32, count - first) }, (_, index) => this.#create(first + index));
      for (const { answer, known } of await Promise.all(some)) {
        if (!known) throw new Error(`no session: ${answer.status} ${answer.text}`);
        made.push(known);
      }
    }
    return made;
  }

  async #create(turn: number): Promise<{ answer: LeanAnswer; known: Known | undefined }> {
    const account = this.#accountAt(turn);
    const answer = await this.#send("POST", "/v1/sessions", account, `{"type":"player","state":${STATE}}`);
    if (answer.status !== 201) return { answer, known: undefined };
    const { id, version } = JSON.parse(answer.text) as { id: string; version: number };
    return { answer, known: { id, account, version, busy: false } };
  }

  #send(method: string, path: string, account: Account, body?: string, ...more: string[]): Promise<LeanAnswer> {
    const headers = body === undefined ? [account, ...more] : [account, JSON_BODY, ...more];
    return this.#client.request(method, path, headers, body);
  }
}
