import type { Company, Expected } from "./companies.ts";
import { AccountKeeper } from "./records-account.ts";
import { Clerk } from "./records-clerk.ts";
import { RecordsClient } from "./records-client.ts";
import { noFindings } from "./records-log.ts";
import { judgeRecords, type RecordsVerdict, readCampaigns, readSessions, type Told } from "./records-oracle.ts";
import { SessionWriters } from "./records-writers.ts";
import { pause, type ServerProcess } from "./server.ts";

const OWNERS = 3;
const CLERKS = 2;
const TYPES = ["custom", "player", "custom", "player"] as const;
/** Long enough that most sessions see several deaths. */
const LIVES_MS = 12_000;
/** Acknowledged writes of each session before a death is worth it. */
const READY = 10;
/** Sessions that ended are read back in samples until the end of the run. */
const SAMPLE = 20;
const REGISTERED_MAX = 40;

export interface RecordsOptions {
  /** The most a writer waits between two requests, in ms. */
  readonly thinkMs: number;
}

/** Clients of the API that write to sessions, accounts and campaigns, and an oracle of what they were told. */
export class RecordsCompany implements Company {
  readonly told: Told;
  readonly #server: ServerProcess;
  readonly #client: RecordsClient;
  readonly #clerk: Clerk;
  readonly #thinkMs: number;
  readonly #findings = noFindings();
  readonly #accounts: AccountKeeper[] = [];
  readonly #owners: AccountKeeper[] = [];
  #sessions: SessionWriters[] = [];
  #onAcknowledgement: () => void = () => undefined;

  constructor(server: ServerProcess, { thinkMs }: RecordsOptions) {
    this.#server = server;
    this.#thinkMs = thinkMs;
    this.#client = new RecordsClient(server.url, (text) => this.#findings.faults.push(text));
    this.#clerk = new Clerk(this.#client, this.#findings, () => this.#onAcknowledgement());
    const { creations, records: sessions } = this.#clerk;
    this.told = { findings: this.#findings, sessions, accounts: this.#accounts, creations };
  }

  /** Reads back what was acknowledged, lets somebody in, and opens sessions in the place of those that have ended. */
  async renew(): Promise<void> {
    await this.#employ();
    await this.#readBack();
    this.#sessions = this.#sessions.filter(({ record }) => !record.floor.ended);
    const missing = [...TYPES];
    for (const { record } of this.#sessions) missing.splice(missing.indexOf(record.type as "custom"), 1);
    for (const type of missing) await this.#open(type);
  }

  isReady(): boolean {
    return this.#sessions.every(({ record }) => record.floor.ended || record.acknowledged >= READY);
  }

  struck(): void {
    // What was acknowledged in the moment of a death is known from the acknowledgements themselves.
  }

  expectReturn(): Expected {
    const records = this.#sessions.map(({ record }) => record).filter(({ floor }) => !floor.ended);
    const before = records.map(({ served }) => served);
    const back = () => records.filter(({ served, floor }, index) => served > before[index]! || floor.ended);
    return {
      back: () => back().length,
      isComplete: () => back().length === records.length,
      missed: () => this.#findings.faults.push(`${records.length - back().length} sessions were not served again`),
    };
  }

  /** Resolves in the moment the next write is acknowledged. */
  nextAcknowledgement(): Promise<void> {
    return new Promise((done) => {
      this.#onAcknowledgement = done;
    });
  }

  /** Resolves so many ms after something is asked for by a key: it may be made, and its answer not kept. */
  async nextCreation(patienceMs: number): Promise<void> {
    await new Promise<void>((done) => {
      this.#clerk.onCreation = done;
    });
    await pause(patienceMs);
  }

  /**
   * Ends all writing and reads everything back. The server must be up.
   *
   * @param settleMs how long to ask for what was created by a key and never answered: a key stays taken for half a
   *   minute after its process died
   */
  async stop(settleMs: number): Promise<void> {
    await Promise.all([...this.#sessions, ...this.#accounts].map((one) => one.stop()));
    await this.#clerk.stop(settleMs);
    await readSessions(this.#client, this.told.sessions, this.#accounts);
    await readCampaigns(this.#client, this.told);
    for (const account of this.#accounts) {
      await account.login("last");
      await account.readBack();
    }
  }

  /** The server must have been drained. */
  judge(): Promise<RecordsVerdict> {
    return judgeRecords(this.#server.dir, this.told);
  }

  abandon(): void {
    for (const one of [...this.#sessions, ...this.#accounts]) void one.stop();
    void this.#clerk.stop(0);
  }

  async #employ(): Promise<void> {
    while (this.#owners.length < OWNERS) {
      const account = await this.#register();
      if (account) this.#owners.push(account);
      if (account && this.#owners.length <= CLERKS) this.#clerk.work(account, this.#thinkMs);
    }
    if (this.#accounts.length < REGISTERED_MAX) await this.#register();
  }

  async #register(): Promise<AccountKeeper | undefined> {
    const account = await AccountKeeper.register(this.#client, this.#findings);
    if (!account) return undefined;
    this.#accounts.push(account);
    // Those of the owners never wait; others come and go.
    if (this.#owners.length < OWNERS || Math.random() < 0.2) account.keep(this.#thinkMs);
    else await account.comeAndGo();
    return account;
  }

  async #readBack(): Promise<void> {
    const { sessions } = this.told;
    const sample = Array.from({ length: Math.min(SAMPLE, sessions.length) }, () => anyOf(sessions));
    await readSessions(this.#client, [...new Set(sample)], this.#accounts);
    if (this.#accounts.length === 0) return;
    await anyOf(this.#accounts).login("reader");
    await anyOf(this.#accounts).readName();
  }

  async #open(type: "player" | "custom"): Promise<void> {
    const owner = anyOf(this.#owners);
    const record = await this.#clerk.newSession(owner, type);
    const livesMs = LIVES_MS * (0.5 + Math.random());
    const writers = { client: this.#client, owner, record, thinkMs: this.#thinkMs, livesMs };
    this.#sessions.push(new SessionWriters(writers));
  }
}

function anyOf<Item>(items: readonly Item[]): Item {
  return items[Math.floor(Math.random() * items.length)]!;
}
