import { uuid7 } from "../../src/lib/uuid7.ts";
import type { AccountKeeper } from "./records-account.ts";
import type { RecordsClient, Said } from "./records-client.ts";
import type { SessionRecord, Write, WriteKind } from "./records-log.ts";
import { pause } from "./server.ts";

const RACERS = 3;
const SLOTS = 4;
/** Items that a list grows by before somebody replaces the state; far below what a session can hold. */
const APPENDED_MAX = 100;

export interface WritersOptions {
  readonly client: RecordsClient;
  readonly owner: AccountKeeper;
  readonly record: SessionRecord;
  /** The most a writer waits between two requests. */
  readonly thinkMs: number;
  /** How long the session is written to before it is ended. */
  readonly livesMs: number;
}

/** Everybody who writes to one session at once: racers for its versions, an appender, an editor, and its host. */
export class SessionWriters {
  readonly record: SessionRecord;
  readonly #client: RecordsClient;
  readonly #owner: AccountKeeper;
  readonly #thinkMs: number;
  readonly #endsAt: number;
  readonly #path: string;
  #stopped = false;
  #appended = 0;
  readonly #running: Promise<unknown>;

  constructor({ client, owner, record, thinkMs, livesMs }: WritersOptions) {
    this.#client = client;
    this.#owner = owner;
    this.record = record;
    this.#thinkMs = thinkMs;
    this.#endsAt = performance.now() + livesMs;
    this.#path = `/v1/sessions/${record.id}`;
    const racers = Array.from({ length: RACERS }, () => this.#race());
    this.#running = Promise.all([...racers, this.#append(), this.#edit(), this.#host()]);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  /** Reads the session; undefined when there was no answer. */
  async look(): Promise<number | undefined> {
    const before = this.record.floor;
    const said = await this.#client.call(`GET ${this.#path}`, { by: this.#owner });
    if (said) this.record.see(said, before);
    return said?.version;
  }

  /** Every version has one winner; who loses is told the current one, and who hears nothing reads again. */
  async #race(): Promise<void> {
    let version: number | undefined;
    while (await this.#goesOn()) {
      version ??= await this.look();
      if (version === undefined || Math.random() < 0.1) version = await this.look();
      if (version === undefined) continue;
      const tag = crypto.randomUUID().slice(0, 13);
      const replaces = this.#appended > APPENDED_MAX || Math.random() < 0.2;
      if (replaces) this.#appended = 0;
      const slot = `slot${Math.floor(Math.random() * SLOTS)}`;
      const body = replaces ? { by: tag, log: [] } : { by: tag, [slot]: Math.random() < 0.2 ? null : tag };
      const said = await this.#write(replaces ? "replace" : "patch", tag, body, version);
      version = said?.status === 200 ? said.version : said?.status === 412 ? said.body.version : undefined;
    }
  }

  async #write(kind: "replace" | "patch", tag: string, body: unknown, version: number): Promise<Said | undefined> {
    const write = this.record.attempt(kind, tag, version);
    const line = `${kind === "replace" ? "PUT" : "PATCH"} ${this.#path}/state`;
    return this.#send(write, line, body, { "if-match": `"${version}"` });
  }

  async #send(write: Write, line: string, body?: unknown, headers: Record<string, string> = {}) {
    const before = this.record.floor;
    const said = await this.#client.call(line, { by: this.#owner, body, headers });
    if (said) this.record.settle(write, said, before);
    return said;
  }

  /** The same id until there is an answer; now and then twice in one breath. */
  async #append(): Promise<void> {
    while (await this.#goesOn()) {
      const id = uuid7(Date.now());
      const write = this.record.attempt("append", id);
      const body = { id, type: "append", data: { lists: { log: [id.slice(-8)] } } };
      this.#appended += 1;
      await this.#untilKnown(() => {
        const copies = Math.random() < 0.1 ? 2 : 1;
        return Array.from({ length: copies }, () => this.#send(write, `POST ${this.#path}/actions`, body));
      });
    }
  }

  /** One editor, whose edits are numbered: then whoever reads the metadata knows how old they are. */
  async #edit(): Promise<void> {
    while (await this.#goesOn()) {
      const n = ++this.record.lastEdit;
      const write = this.record.attempt("edit", String(n));
      await this.#send(write, `PUT ${this.#path}`, { metadata: { key: this.record.key, n } });
    }
  }

  async #host(): Promise<void> {
    while (await this.#goesOn(4)) {
      if (performance.now() > this.#endsAt) return this.#end();
      await this.#turn("pause");
      await this.#goesOn(0.5);
      await this.#turn("resume");
    }
    // Stopped while it was paused: whoever goes on with it must not wait for its host.
  }

  /** Until it has happened: a refusal says that an earlier attempt, whose answer was lost, did it. */
  async #turn(kind: "pause" | "resume"): Promise<void> {
    await this.#untilKnown(() => [this.#send(this.#mark(kind), `POST ${this.#path}/${kind}`)]);
  }

  /** Ending twice is no different from ending once. */
  async #end(): Promise<void> {
    const times = Math.random() < 0.5 ? 2 : 1;
    for (let i = 0; i < times; i++) {
      await this.#untilKnown(() => [this.#send(this.#mark("end"), `DELETE ${this.#path}`)]);
    }
  }

  #mark(kind: WriteKind): Write {
    return this.record.attempt(kind, crypto.randomUUID());
  }

  async #untilKnown(attempt: () => Promise<Said | undefined>[]): Promise<void> {
    for (;;) {
      const said = await Promise.all(attempt());
      if (this.#stopped || said.some((one) => one !== undefined)) return;
      await pause(20);
    }
  }

  /** Waits a moment; false when there is nothing more to do. */
  async #goesOn(slower = 1): Promise<boolean> {
    await pause(1 + Math.random() * this.#thinkMs * slower);
    return !this.#stopped && !this.record.floor.ended;
  }
}
