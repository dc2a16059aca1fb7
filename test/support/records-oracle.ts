import type { AccountKeeper } from "./records-account.ts";
import type { RecordsClient } from "./records-client.ts";
import { judgeCreation, judgeSession } from "./records-judge.ts";
import type { KeyedCreation } from "./records-keys.ts";
import type { Findings, SessionRecord } from "./records-log.ts";
import { readRecords, type StoredRecords } from "./records-stored.ts";

/** What the oracle found, and how much it looked at. */
export interface RecordsVerdict extends Findings {
  readonly acknowledgements: number;
  readonly sights: number;
  readonly sessions: number;
  readonly ended: number;
  readonly accounts: number;
  readonly refreshes: number;
  readonly logins: number;
  readonly creations: number;
}

/** Everything the writers have been told so far. */
export interface Told {
  readonly findings: Findings;
  readonly sessions: readonly SessionRecord[];
  readonly accounts: readonly AccountKeeper[];
  readonly creations: readonly KeyedCreation[];
}

const AT_ONCE = 8;

/** Reads sessions back over the API: everything that was acknowledged must be there. The server must be up. */
export async function readSessions(
  client: RecordsClient,
  sessions: readonly SessionRecord[],
  accounts: readonly AccountKeeper[],
): Promise<void> {
  await inTurn(sessions, async (record) => {
    const before = record.floor;
    const by = accounts.find(({ id }) => id === record.ownerId)!;
    record.see(await client.insist(`GET /v1/sessions/${record.id}`, { by }), before);
  });
}

/** The same of campaigns. */
export async function readCampaigns(client: RecordsClient, { creations, findings }: Told): Promise<void> {
  const campaigns = creations.filter(({ id, wanted }) => id !== undefined && wanted.kind === "campaign");
  await inTurn(campaigns, async ({ id, owner, key }) => {
    const said = await client.insist(`GET /v1/campaigns/${id}`, { by: owner });
    if (said.body?.name !== key) findings.lost.push(`campaign ${id} was answered ${said.status}`);
  });
}

/** The server must be stopped, after a drain. */
export async function judgeRecords(dir: string, told: Told): Promise<RecordsVerdict> {
  return verdictOf(await readRecords(dir), told);
}

/** @param stored what a stopped server left */
export function verdictOf(stored: StoredRecords, { findings, sessions, accounts, creations }: Told): RecordsVerdict {
  const found = structuredClone(findings);
  for (const record of sessions) judgeSession(record, stored, found);
  for (const creation of creations) judgeCreation(creation, stored, found);
  for (const account of accounts) {
    const document = stored.accounts.find(({ _id }) => _id === account.id);
    if (document) account.judgeName(document.name, account.nameFloor, found);
    else found.lost.push(`${account.username}: the account is not there`);
  }
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    ...found,
    acknowledgements: sum(sessions.map(({ acknowledged }) => acknowledged)),
    sights: sum(sessions.map(({ sights }) => sights.size)),
    sessions: sessions.length,
    ended: sessions.filter(({ floor }) => floor.ended).length,
    accounts: accounts.length,
    refreshes: sum(accounts.map(({ refreshes }) => refreshes)),
    logins: sum(accounts.map(({ logins }) => logins)),
    creations: creations.length,
  };
}

async function inTurn<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const hands = Array.from({ length: AT_ONCE }, async () => {
    for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) await work(item);
  });
  await Promise.all(hands);
}
