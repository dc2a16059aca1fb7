import assert from "node:assert/strict";
import type { Connection } from "mongoose";
import { ensureIndexes } from "../../src/infra/mongo.ts";
import { absenceStore } from "../../src/matchmaking/absences.store.ts";
import { partyStore } from "../../src/matchmaking/parties.store.ts";
import { placementStore } from "../../src/matchmaking/placement.store.ts";
import { queueStatusStore } from "../../src/matchmaking/queue-status.store.ts";
import { type TicketDocument, ticketStore } from "../../src/matchmaking/tickets.store.ts";
import { type AskedDatabase, askedDatabase, assertServed } from "../support/asked-queries.ts";

describe("matchmaking's queries", () => {
  let database: AskedDatabase;

  before(async () => {
    database = await askedDatabase();
  });
  after(() => database.close());

  it("are served by an index, every one of them", async () => {
    await runEveryQuery(database.connection);
    const asked = [...database.asked];
    assert.ok(asked.length >= 25, `only ${asked.length} queries were seen`);
    await assertServed(database.connection, asked);
  });
});

async function runEveryQuery(connection: Connection): Promise<void> {
  const [tickets, placements, parties] = [ticketStore(connection), placementStore(connection), partyStore(connection)];
  const [status, absences] = [queueStatusStore(connection), absenceStore(connection)];
  await ensureIndexes(connection);
  const now = new Date(1000);
  const player = { accountId: "a", name: "Ada", rating: 1, sigma: 1 };
  const ticket: TicketDocument = {
    ...{ _id: "t", queue: "q", partyId: null, players: [player], rating: 1, latencies: {}, since: 0, holds: ["a"] },
    ...{ status: "queued", pool: "new", matchId: null, reason: null, version: 1, expiresAt: null },
  };
  await tickets.insertAll([ticket]);
  await tickets.find("t");
  await tickets.findMany(["t"]);
  await tickets.versions(["t"]);
  await tickets.activeOf(["q"], ["a"]);
  await tickets.toDo("q", 10);
  await tickets.markSearching(["t"]);
  for await (const _ of tickets.pooled("q"));
  await tickets.near("q", 1, 5);
  await tickets.claim("m", [ticket], "placing");
  await tickets.claimed("q", 10);
  await tickets.advance("m", ["t"], "placing", "completed");
  await tickets.release("m", [ticket]);
  await tickets.takeInAgain(["t"]);
  await tickets.letGo("m", ["t"], 0);
  await tickets.end(["t"], { from: ["queued"], to: "cancelled", reason: "x", matchId: null, pool: "out", now: 0 });
  await tickets.markOut(["t"]);

  const placed = { ...player, ticketId: "t", team: 0 };
  await placements.insert({
    ...{ _id: "m", queue: "q", sessionId: "m", stage: "accepting", players: [placed], region: "local", quality: null },
    ...{ winProbability: [], at: 0, accepted: [], declined: [], acceptBy: 9, placeBy: 9, arriveBy: null, cause: null },
    ...{ blamed: [], openUntil: 0, expiresAt: now },
  });
  await placements.find("m");
  await placements.stages(["m"]);
  await placements.live("q", 10);
  await placements.answer("m", "a", "accepted", 1);
  await placements.turn("m", "accepting", "placing");
  await placements.open("q", 0, 10);
  await placements.close("m");
  await placements.ofSession("m");
  await placements.listOf("a", 10);
  await placements.forget("a");

  const party = {
    ...{ _id: "p", leaderId: "a", code: "c", members: [{ accountId: "a", name: "Ada", ready: true }], maxSize: 2 },
    ...{ createdAt: now, version: 1, expiresAt: now },
  };
  await parties.insert(party);
  await parties.find("p", now);
  await parties.versions(["p"]);
  await parties.ofMember("a");
  await parties.replace(party, 1);
  await parties.remove("p", 1);

  await status.write({ _id: "q", tickets: 1, estimatedWaitSeconds: null });
  await status.all(["q"]);
  await absences.put("t", "a", now);
  await absences.remove("t", "a");
  await absences.due(now, 10);
  await absences.take("t/a", now);
}
