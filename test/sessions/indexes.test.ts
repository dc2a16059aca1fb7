import assert from "node:assert/strict";
import type { Connection } from "mongoose";
import { campaignStore } from "../../src/campaigns/campaigns.store.ts";
import { leaseStore } from "../../src/infra/lease.store.ts";
import { ensureIndexes } from "../../src/infra/mongo.ts";
import { processStore } from "../../src/infra/processes.store.ts";
import { inviteStore } from "../../src/invites/invites.store.ts";
import { journalStore } from "../../src/journal/journal.store.ts";
import { snapshotStore } from "../../src/journal/snapshots.store.ts";
import { newSeed } from "../../src/lib/rng.ts";
import { handoffStore } from "../../src/sessions/handoffs.store.ts";
import { sessionOwnersStore } from "../../src/sessions/session-owners.store.ts";
import { type SessionFilter, sessionStore } from "../../src/sessions/sessions.store.ts";
import { type AskedDatabase, askedDatabase, assertServed, planOf } from "../support/asked-queries.ts";
import { openLedger, START } from "../support/journal.ts";
import { toy } from "../support/toy-game.ts";

describe("repository queries", () => {
  let database: AskedDatabase;

  before(async () => {
    database = await askedDatabase();
  });
  after(() => database.close());

  it("are served by an index, every one of them", async () => {
    await runEveryQuery(database.connection);
    const asked = [...database.asked];
    assert.ok(asked.length >= 25, `only ${asked.length} queries were seen`);
    const collections = new Set(asked.map(({ collection }) => collection));
    const expected = ["campaigns", "handoffs", "invites", "journal", "leases", "processes", "sessions", "snapshots"];
    assert.deepEqual([...collections].sort(), expected);
    await assertServed(database.connection, asked);
  });

  it("the sweeper's, every second, reads no more than what is due", async () => {
    const filter = { wakeAt: { $lte: START, $gt: 0 }, owner: null };
    assert.deepEqual((await planOf(database.connection, { collection: "sessions", filter })).keyPattern, {
      owner: 1,
      wakeAt: 1,
    });
  });
});

/** Every verb of every repository, with every filter that routes allow. */
async function runEveryQuery(connection: Connection): Promise<void> {
  const [journal, snapshots] = [journalStore(connection), snapshotStore(connection)];
  const [sessions, processes] = [sessionStore(connection), processStore(connection)];
  const around = [campaignStore(connection), inviteStore(connection), handoffStore(connection)] as const;
  await ensureIndexes(connection);

  const ledger = openLedger(toy, 2);
  const { batch } = ledger.seal()!;
  await journal.append([batch]);
  await journal.find(batch._id);
  await journal.after(batch.s, 2, 5);
  for await (const _ of journal.batches(batch.s));
  await snapshots.save(ledger.snapshot(0));
  await snapshots.latest(batch.s);

  const now = new Date(START);
  const projection = {
    status: "active",
    seq: 3,
    version: 3,
    epoch: 1,
    owner: "p",
    connected: 1,
    wakeAt: START,
    result: null,
  } as const;
  const times = { startedAt: null, pausedAt: null, endedAt: null, lastUpdated: now, createdAt: now };
  const names = { type: "toy", gameId: "toy", mode: "default", region: "local", private: false, hostId: null };
  const rest = {
    campaignId: "c",
    unranked: false,
    metadata: {},
    maxPlayers: null,
    members: [],
    quarantined: null,
    seed: newSeed(),
  };
  await sessions.insert({ _id: batch.s, ...names, ...projection, ...times, ...rest });
  await sessions.find(batch.s);
  await sessions.project(batch.s, { ...projection, ...times });
  await sessions.setMembers(batch.s, 1, []);
  await sessions.setHost(batch.s, "a");
  await sessions.removeUnborn(batch.s, now);
  await sessions.quarantine(batch.s, "fault");
  await sessions.due(START, 10, [batch.s]);
  const owners = sessionOwnersStore(connection);
  await owners.ownerOf(batch.s);
  await owners.take(batch.s, "p", "q", 2);
  await owners.disown(batch.s, "q");
  await owners.nextOwner("");
  await owners.ownedBy("q", 10);
  const leases = leaseStore(connection);
  await leases.take("duty", 0, "q");
  await leases.find("duty");
  await leases.release("duty", "q");
  const filters: SessionFilter[] = [
    { type: "toy" },
    { status: "active" },
    { gameId: "toy" },
    { mode: "m" },
    { playerId: "a" },
    { campaignId: "c" },
    { status: "paused" },
  ];
  for (const filter of [{}, ...filters, Object.assign({}, ...filters) as SessionFilter]) {
    await sessions.list(filter, "a", 10);
    await sessions.list(filter, "b", 10, batch.s);
  }

  for (const cursor of [undefined, batch.s]) await sessions.seatsOf("a", 10, cursor);
  await sessions.hosted("a", 10);
  await runQueriesAround(around, now);

  const addresses = { public: null, internal: null };
  await processes.register({ id: "p", region: "local", host: "h", addresses, matchmakerId: null, startedAt: now });
  await processes.publish("p", 1, { internal: "127.0.0.1:2567", matchmakerId: "m" });
  await processes.beat("p", 1);
  await processes.alive();
  await processes.find("p");
  await processes.declareDead("p", 1);
}

type Around = readonly [
  ReturnType<typeof campaignStore>,
  ReturnType<typeof inviteStore>,
  ReturnType<typeof handoffStore>,
];

async function runQueriesAround([campaigns, invites, handoffs]: Around, now: Date): Promise<void> {
  await campaigns.insert({ _id: "c", name: "one", ownerId: "a", members: ["a"], createdAt: now });
  await campaigns.find("c");
  for (const cursor of [undefined, "c"]) await campaigns.listOf("a", 10, cursor);
  await campaigns.countOwn("a", 10);
  await campaigns.forget("a", "somebody");

  const times = { createdBy: "a", createdAt: now, expiresAt: new Date(now.getTime() + 1000) };
  await invites.insert({ _id: "code", sessionId: "s", role: "player", ...times, left: 1, usedBy: [] });
  await invites.listOf("s", now, 10);
  for (const code of ["code", "other"]) await invites.use(code, "b", now);
  await invites.giveBack("code", "b");
  await invites.remove("code", "s");
  await invites.forget("a");

  const seat = { sessionId: "s", seat: 0, fromDevice: "d", expiresAt: times.expiresAt, tries: 0 };
  await handoffs.put({ _id: "a", codeHash: "h", ...seat });
  await handoffs.try("a", now, 5);
  await handoffs.consume("a", "h");
  await handoffs.forget("a");
}
