import assert from "node:assert/strict";
import { type IRoomCache, initializeRoomCache } from "@colyseus/core";
import type { RedisLink } from "../../src/infra/redis.ts";
import { SafeRedisDriver } from "../../src/infra/redis-driver.ts";
import { describeWithRedis, openLink, RedisServer } from "../support/redis.ts";
import { eventually } from "../support/server.ts";

/** So seldom that only the return of Redis makes a process look. */
const NEVER_MS = 3_600_000;
const OPEN = { locked: false, private: false } as const;
const ducks = { ...OPEN, name: "dice", mode: "ducks" } as Partial<IRoomCache>;

function room(processId: string, roomId: string, rest: Partial<IRoomCache> = {}): IRoomCache {
  return initializeRoomCache({ name: "dice", processId, roomId, metadata: { mode: "ducks" }, ...rest });
}

describeWithRedis("the listing of rooms in Redis", () => {
  let redis: RedisServer;
  let links: RedisLink[];
  let drivers: SafeRedisDriver[];

  beforeEach(async () => {
    redis = await RedisServer.started();
    links = [];
    drivers = [];
  });
  afterEach(async () => {
    redis.wake();
    for (const driver of drivers) await driver.shutdown();
    for (const link of links) link.close();
    await redis.dispose();
  });

  /** A process of the cluster, as far as listings go. */
  async function member(id: string, sessions: readonly string[] = [], lookEveryMs = 200) {
    const link = await openLink(redis);
    links.push(link);
    // What Colyseus listens on: by it a process is known to live.
    const ears = link.commands.duplicate({ enableReadyCheck: false });
    link.adopt(ears);
    ears.on("ready", () => void ears.subscribe(`p:${id}`).catch(() => undefined));
    await eventually("the process is heard", async () => {
      const [, count] = (await link.commands.pubsub("NUMSUB", `p:${id}`)) as [string, number];
      return Number(count) === 1;
    });
    const driver = new SafeRedisDriver({
      ...{ link, filterBy: ["mode"], processId: () => id, missed: () => undefined },
      isOwner: (roomId) => sessions.includes(roomId),
      lookEveryMs,
    });
    drivers.push(driver);
    await driver.boot();
    return { driver, link };
  }

  /** The row as Redis has it. */
  async function row(roomId: string): Promise<IRoomCache | undefined> {
    const text = await redis.ask((client) => client.hget("roomcaches", roomId));
    return text === null ? undefined : (JSON.parse(text) as IRoomCache);
  }

  const isUnavailable = (error: Error) => error.message.startsWith("unavailable: ");

  it("finds an open room of the wanted name and mode from every process, and none that is locked, private or another's", async () => {
    const { driver } = await member("a");
    const other = (await member("b")).driver;
    const rooms = [
      room("a", "locked", { locked: true }),
      room("a", "hidden", { private: true }),
      room("a", "geese", { metadata: { mode: "geese" } }),
      room("a", "arena", { name: "arena" }),
    ];
    for (const one of rooms) assert.equal(await driver.insert(one), true);
    assert.equal(await other.findOne(ducks), undefined);
    await driver.update(rooms[0]!, { $set: { locked: false }, $inc: { clients: 2 } });
    await eventually("the other process finds it", async () => (await other.findOne(ducks)) !== undefined);
    const found = await other.findOne(ducks);
    assert.deepEqual([found.roomId, found.clients], ["locked", 2]);
    assert.equal((await driver.findOne(ducks)).roomId, "locked");
    await driver.update(rooms[0]!, { $set: { locked: true } });
    assert.equal(await driver.findOne(ducks), undefined); // its own process knows at once
    await eventually("nobody finds it", async () => (await other.findOne(ducks)) === undefined);
  });

  it("answers wishes that no index serves by a look at every row", async () => {
    const { driver } = await member("a");
    for (const [id, clients] of [
      ["x", 1],
      ["y", 3],
      ["z", 2],
    ] as const)
      await driver.insert(room("a", id, { clients }));
    const sorted = await driver.query({ name: "dice" }, { clients: -1 });
    assert.deepEqual(
      sorted.map(({ roomId }) => roomId),
      ["y", "z", "x"],
    );
    assert.equal((await driver.findOne({ ...ducks }, { clients: 1 })).roomId, "x");
    assert.equal((await driver.findOne({ name: "dice", processId: "a", clients: 2 })).roomId, "z");
  });

  it("gives an id to one of two processes that ask for it at once", async () => {
    const a = (await member("a")).driver;
    const b = (await member("b")).driver;
    for (let i = 0; i < 50; i++) {
      const won = await Promise.all([a.insert(room("a", `twin${i}`)), b.insert(room("b", `twin${i}`))]);
      assert.deepEqual(won.toSorted(), [false, true]);
      assert.equal((await row(`twin${i}`))?.processId, won[0] ? "a" : "b");
    }
  });

  it("lets the owner by the journal take a row over, and its former owner neither write it nor remove it", async () => {
    const old = (await member("old", ["session"])).driver;
    const stale = room("old", "session");
    await old.insert(stale);
    const heir = (await member("heir", ["session"])).driver;
    assert.equal(await heir.insert(room("heir", "session")), true);
    await old.update(stale, { $set: { locked: true } });
    await old.shutdown(); // everything it had to write is written
    assert.equal((await row("session"))?.processId, "heir");
    await old.remove("session");
    await old.cleanup("old");
    assert.equal((await row("session"))?.processId, "heir");
    assert.equal((await heir.findOne(ducks)).roomId, "session");
  });

  it("does not list a room again that was removed", async () => {
    const { driver } = await member("a");
    const gone = room("a", "gone");
    await driver.insert(gone);
    await driver.remove("gone");
    await driver.update(gone, { $set: { locked: false } });
    await driver.persist(gone);
    await driver.shutdown();
    assert.equal(await row("gone"), undefined);
    assert.equal(await driver.findOne({ roomId: "gone" }), undefined);
  });

  it("recovers by itself from a read that failed", async () => {
    const { driver } = await member("a");
    await driver.insert(room("a", "one"));
    await redis.kill();
    await assert.rejects(driver.query({ name: "dice" }), isUnavailable);
    await assert.rejects(driver.findOne({ name: "dice" }), isUnavailable);
    await assert.rejects(driver.findOne(ducks), isUnavailable);
    await redis.start();
    await eventually("rows are found again", async () => {
      const found = await driver.query({ name: "dice" }).catch(() => []);
      return found.length === 1;
    });
    assert.equal((await driver.findOne(ducks)).roomId, "one");
  });

  it("knows its own rooms while Redis is away, keeps nobody waiting, and writes what it missed when Redis is back", async () => {
    const { driver, link } = await member("a", ["recovered"]);
    const [changed, gone] = [room("a", "changed"), room("a", "gone")];
    await driver.insert(changed);
    await driver.insert(gone);
    redis.hang();
    await eventually("the hang is noticed", () => !link.isUp);
    await driver.update(changed, { $inc: { clients: 1 } });
    await driver.remove("gone");
    assert.equal((await driver.findOne({ roomId: "changed" })).clients, 1);
    assert.equal(await driver.insert(room("a", "recovered")), true); // the journal has given it to this process
    assert.equal(await driver.insert(room("a", "new")), false); // another process may have this one
    await assert.rejects(driver.findOne({ roomId: "elsewhere" }), isUnavailable);
    redis.wake();
    await eventually("what was missed is written", async () => {
      const rows = await Promise.all(["changed", "gone", "recovered", "new"].map(row));
      return rows.map((found) => found?.clients).join() === "1,,0,";
    });
  });

  it("lists its rooms again as soon as Redis comes back empty", async () => {
    const { driver } = await member("a", [], NEVER_MS);
    const other = (await member("b")).driver;
    for (let i = 0; i < 200; i++) await driver.insert(room("a", `room${i}`, { locked: i > 0 }));
    await redis.kill();
    await redis.start();
    await eventually(
      "all rows are there",
      async () => (await redis.ask((client) => client.hlen("roomcaches"))) === 200,
    );
    assert.equal((await other.findOne(ducks)).roomId, "room0");
  });

  it("writes rows again that somebody else removed", async () => {
    const { driver } = await member("a");
    const other = (await member("b")).driver;
    await driver.insert(room("a", "one"));
    await other.cleanup("a"); // as after a health check that a stalled process did not answer
    assert.equal(await row("one"), undefined);
    await eventually("the row is back", async () => (await row("one")) !== undefined, 15_000);
  });

  it("offers no room of a process that is dead, and sweeps its rows", async () => {
    const dead = await member("dead");
    const { driver } = await member("a");
    for (let i = 0; i < 100; i++) await dead.driver.insert(room("dead", `room${i}`));
    assert.equal((await driver.findOne(ducks)).processId, "dead");
    dead.link.close();
    await eventually("its rooms are not offered", async () => (await driver.findOne(ducks)) === undefined);
    await driver.insert(room("a", "alive"));
    assert.equal((await driver.findOne(ducks)).roomId, "alive");
    await eventually(
      "its rows are swept",
      async () => (await redis.ask((client) => client.hlen("roomcaches"))) === 1,
      30_000,
    );
    assert.deepEqual(await redis.ask((client) => client.keys("roomcaches:of:*")), ["roomcaches:of:a"]);
  });
});
