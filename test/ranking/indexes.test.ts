import assert from "node:assert/strict";
import { ensureIndexes } from "../../src/infra/mongo.ts";
import { rankingStores } from "../../src/ranking/ranking.store.ts";
import { type AskedDatabase, askedDatabase, assertServed } from "../support/asked-queries.ts";

describe("what ranking asks of the database", () => {
  let database: AskedDatabase;

  before(async () => {
    database = await askedDatabase();
  });
  after(() => database.close());

  it("is served by an index, every question of it", async () => {
    const { connection } = database;
    const stores = rankingStores(connection, (store) => store);
    await ensureIndexes(connection);
    await askEverything(stores);
    const asked = [...database.asked];
    const collections = [...new Set(asked.map(({ collection }) => collection))].sort();
    assert.deepEqual(collections, ["departures", "matches", "ratings", "records", "seasons", "sessions"]);
    assert.ok(asked.length >= 30, `only ${asked.length} queries were seen`);
    await assertServed(connection, asked);
  });
});

/** Every verb of every repository that looks for something. */
async function askEverything(stores: ReturnType<typeof rankingStores>): Promise<void> {
  const { endedSessions, departures, matches, ratings, records, seasons } = stores;
  const now = new Date(0);
  await endedSessions.due(10);
  await endedSessions.settle(["s"], "rated");
  await departures.note({ sessionId: "s", seat: 0, accountId: "a", seq: 4 });
  await departures.of("s");
  await departures.forget("a", "p");
  await departures.clear(["s"]);
  await matches.find("s");
  await matches.lastPlace("l");
  await matches.after("l", 0, 10);
  await matches.ofAccount("a", "l", 1, 0, 10);
  await matches.lastOf("a", "l", 10);
  await matches.history("a", 10);
  await matches.history("a", 10, "s");
  await matches.inState("pending", 10);
  await matches.move("s", "pending", "applied");
  await matches.condemn("s", { by: "root", reason: "x", at: now, done: 0, total: 0 });
  await matches.progress("s", 1, 2);
  await matches.forget("a", "p");
  await ratings.find("l", 1, "a");
  await ratings.newestOf("l", 2, ["a", "b"]);
  await ratings.ofAccount("a", 10);
  await ratings.remove({ _id: "r", v: 1 });
  await ratings.forget("a", "p");
  await records.find("b", 1, "a");
  await records.page("b", 1, 10);
  await records.page("b", 1, 10, "b|1|a");
  await records.changed("b", 1, 5, 10);
  await records.setRanks([{ id: "b|1|a", rank: 1 }]);
  await records.ranked("b", 1, 3, 10);
  await records.lastRank("b", 1);
  await records.ofAccount("a", 10);
  await seasons.newest("l");
  await seasons.find("l", 1);
  await seasons.close("l|1", now);
  await seasons.closing(10);
  await seasons.archive("l|1");
}
