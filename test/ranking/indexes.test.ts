import assert from "node:assert/strict";
import { type Connection, createConnection } from "mongoose";
import { type EmbeddedDatabase, startEmbedded } from "../../src/embedded/embedded.ts";
import { ensureIndexes } from "../../src/infra/mongo.ts";
import { rankingStores } from "../../src/ranking/ranking.store.ts";

interface Query {
  readonly collection: string;
  readonly filter: object;
  readonly sort?: object | undefined;
}

describe("what ranking asks of the database", () => {
  let embedded: EmbeddedDatabase;
  let connection: Connection;
  const seen: Query[] = [];

  before(async () => {
    embedded = await startEmbedded({ dir: ":memory:" });
    connection = await createConnection(embedded.uri, { dbName: "hypogeum", monitorCommands: true }).asPromise();
    connection.getClient().on("commandStarted", ({ command }) => seen.push(...queriesOf(command)));
  });
  after(async () => {
    await connection.close();
    await embedded.close();
  });

  it("is served by an index, every question of it", async () => {
    const stores = rankingStores(connection, (store) => store);
    await ensureIndexes(connection);
    await askEverything(stores);
    const asked = [...seen];
    const collections = [...new Set(asked.map(({ collection }) => collection))].sort();
    assert.deepEqual(collections, ["departures", "matches", "ratings", "records", "seasons", "sessions"]);
    assert.ok(asked.length >= 30, `only ${asked.length} queries were seen`);
    for (const { collection, filter, sort } of asked) {
      const find = { find: collection, filter, ...(sort ? { sort } : {}) };
      const explained = await connection.db!.command({ explain: find, verbosity: "queryPlanner" });
      const plan = explained.queryPlanner.winningPlan as { stage: string; keyPattern: object; ranges: number };
      const [first] = Object.keys(plan.keyPattern ?? {});
      const isServed = plan.stage === "IXSCAN" && plan.ranges > 0 && Object.keys(filter).includes(first!);
      assert.ok(isServed, `${collection} ${JSON.stringify(filter)} by ${JSON.stringify(plan)}`);
    }
  });
});

/** What a command of the driver looks for. */
function queriesOf(command: Record<string, unknown>): Query[] {
  const [verb, collection] = Object.entries(command)[0] as [string, string];
  if (verb === "find") {
    return [{ collection, filter: command.filter as object, sort: command.sort as object | undefined }];
  }
  const statements = (command.updates ?? command.deletes ?? []) as { q: object }[];
  return statements.map(({ q }) => ({ collection, filter: q }));
}

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
  await ratings.findAll("l", 1, ["a", "b"]);
  await ratings.newest("l", 2, "a");
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
