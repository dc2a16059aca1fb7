import assert from "node:assert/strict";
import { ensureIndexes } from "../../src/infra/mongo.ts";
import { absenceStore } from "../../src/matchmaking/absences.store.ts";
import { GRACE_MS, Grace } from "../../src/matchmaking/grace.ts";
import { openDatabase, type TestDatabase } from "../support/database.ts";
import { TestClock } from "../support/journal.ts";

describe("a ticket whose player is away", () => {
  let database: TestDatabase;
  before(async () => {
    database = await openDatabase();
    absenceStore(database.connection);
    await ensureIndexes(database.connection);
  });
  after(() => database.close());

  it("is kept for those who come back in time, and given up for the others, once", async () => {
    const clock = new TestClock();
    const given: string[] = [];
    const store = absenceStore(database.connection);
    const grace = new Grace({ store, clock, giveUp: async (id) => void given.push(id) });
    await grace.away("back", "ada");
    await grace.away("gone", "ben");
    await grace.away("party", "eve");
    await grace.away("party", "ada");
    clock.advance(GRACE_MS - 5000);
    await grace.sweep();
    assert.deepEqual(given, []);
    await grace.back("back", "ada");
    await grace.back("party", "ada");
    clock.advance(5000);
    await Promise.all([grace.sweep(), grace.sweep()]);
    assert.deepEqual(given.sort(), ["gone", "party"], "one who stays away is enough");
  });
});
