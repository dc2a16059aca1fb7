import type { AccountKeeper } from "./records-account.ts";
import type { RecordsClient, Said } from "./records-client.ts";
import { KeyedCreation, Unsettled, type Wanted } from "./records-keys.ts";
import { type Findings, SessionRecord } from "./records-log.ts";
import { pause } from "./server.ts";

/** An account may belong to so many campaigns, and each crash may leave one of unknown outcome. */
const CAMPAIGNS_MAX = 40;

interface Created {
  readonly creation: KeyedCreation;
  /** Of a session that was acknowledged at once. */
  readonly record?: SessionRecord | undefined;
}

/** Creates things by keys, asks for them again, and removes some of them; everything it was told is kept. */
export class Clerk {
  readonly creations: KeyedCreation[] = [];
  readonly records: SessionRecord[] = [];
  readonly unsettled = new Unsettled();
  /** Called in the very moment a creation is sent. */
  onCreation: () => void = () => undefined;
  readonly #client: RecordsClient;
  readonly #findings: Findings;
  readonly #onAcknowledgement: () => void;
  #stopped = false;
  readonly #working: Promise<void>[] = [];

  constructor(client: RecordsClient, findings: Findings, onAcknowledgement: () => void) {
    this.#client = client;
    this.#findings = findings;
    this.#onAcknowledgement = onAcknowledgement;
  }

  /** A session to write to, its creation acknowledged. */
  async newSession(owner: AccountKeeper, type: "player" | "custom"): Promise<SessionRecord> {
    for (;;) {
      const { record } = await this.#create(owner, { kind: "session", type });
      if (record) return record;
      await pause(50);
    }
  }

  /** @param thinkMs the most it waits between two requests */
  work(owner: AccountKeeper, thinkMs: number): void {
    this.#working.push(this.#work(owner, thinkMs));
  }

  /** @param settleMs how long to wait for answers to what is still unknown */
  async stop(settleMs: number): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#working);
    const deadline = performance.now() + settleMs;
    while (this.unsettled.size > 0 && performance.now() < deadline) await pause(50);
    await this.unsettled.stop();
  }

  async #work(owner: AccountKeeper, thinkMs: number): Promise<void> {
    let campaigns = 0;
    while (!this.#stopped) {
      await pause(1 + Math.random() * thinkMs);
      if (Math.random() < 0.2 && campaigns++ < CAMPAIGNS_MAX) await this.#create(owner, { kind: "campaign" });
      const { record } = await this.#create(owner, { kind: "session", type: "custom" });
      if (!record) continue;
      await this.#invite(owner, record);
      await this.#end(owner, record);
    }
  }

  /** Two codes, one of which is taken back. */
  async #invite(owner: AccountKeeper, { id: sessionId }: SessionRecord): Promise<void> {
    await this.#create(owner, { kind: "invite", sessionId, uses: 1 });
    const { creation } = await this.#create(owner, { kind: "invite", sessionId, uses: 2 });
    if (creation.id === undefined) return;
    const line = `DELETE /v1/sessions/${sessionId}/invites/${creation.id}`;
    const said = await this.#client.call(line, { by: owner });
    creation.fate = said === undefined ? "unknown" : "removed";
    if (said && said.status !== 204) this.#findings.lost.push(`${line} was answered ${said.status}`);
  }

  async #end(owner: AccountKeeper, record: SessionRecord): Promise<void> {
    const write = record.attempt("end", "clerk");
    for (;;) {
      const before = record.floor;
      const said = await this.#client.call(`DELETE /v1/sessions/${record.id}`, { by: owner });
      if (said) return record.settle(write, said, before);
      if (this.#stopped) return;
      await pause(20);
    }
  }

  /** Now and then two at once, and now and then again after the answer: there must be one of it. */
  async #create(owner: AccountKeeper, wanted: Wanted): Promise<Created> {
    const creation = new KeyedCreation(this.#client, this.#findings, owner, wanted);
    this.creations.push(creation);
    const answer = creation.attempt(Math.random() < 0.15 ? 2 : 1);
    this.onCreation();
    const said = await answer;
    if (!said) {
      this.unsettled.add(creation, (late) => this.#settledLate(creation, late));
      return { creation };
    }
    const record = this.#settled(creation, said);
    if (Math.random() < 0.15) await creation.attempt();
    return { creation, record };
  }

  /** Nobody has a use for it by now. */
  #settledLate(creation: KeyedCreation, said: Said): void {
    const record = this.#settled(creation, said);
    if (record) this.#working.push(this.#end(creation.owner, record));
  }

  #settled({ owner, key, wanted }: KeyedCreation, said: Said): SessionRecord | undefined {
    if (said.status !== 201) return undefined;
    this.#onAcknowledgement();
    if (wanted.kind !== "session") return undefined;
    const record = new SessionRecord(said, owner.id, key, this.#findings);
    record.onAcknowledgement = this.#onAcknowledgement;
    this.records.push(record);
    return record;
  }
}
