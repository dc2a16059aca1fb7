import assert from "node:assert/strict";
import type { Room } from "@colyseus/sdk";
import { within } from "../../src/lib/within.ts";
import { act, getJson, newPlayer, type Player } from "../support/bots.ts";
import { DatabaseProcess } from "../support/database-process.ts";
import { describeWithRedis, RedisServer } from "../support/redis.ts";
import { eventually, pause, ServerProcess } from "../support/server.ts";

/** What is promised: how soon a joiner is told to try again, and how soon joins work when Redis is back. */
const TOLD_MS = 2000;
const BACK_MS = 3000;
const OUTAGE_MS = 3000;

describeWithRedis("a cluster whose Redis goes away", () => {
  let redis: RedisServer;
  let database: DatabaseProcess;
  let servers: ServerProcess[];
  let players: Player[];
  let rooms: Room[];

  before(async () => {
    redis = await RedisServer.started();
    database = await DatabaseProcess.started(["--data", ":memory:", "--port", "0"]);
    servers = await Promise.all([startServer(), startServer()]);
    players = await Promise.all([0, 1, 2].map((index) => newPlayer(servers[0]!.url, `device-${index}`)));
  });
  beforeEach(async () => {
    const [one, two] = players;
    rooms = [];
    await eventually("there is a table", async () => {
      const table = await one!.client.joinOrCreate("dice", { mode: "outage" }).catch(() => undefined);
      if (table) rooms.push(table);
      return table !== undefined;
    });
    rooms.push(await two!.client.joinById(rooms[0]!.roomId));
    const [table] = rooms as [Room];
    await act(table, "start").catch(() => undefined); // full tables start by themselves
  });
  afterEach(async () => {
    redis.wake();
    for (const room of rooms) {
      room.reconnection.enabled = false; // the last test stops the servers
      await within(TOLD_MS, room.leave()).catch(() => undefined);
    }
  });
  after(async () => {
    for (const server of servers) await server.dispose();
    await database.stop("SIGKILL");
    await redis.dispose();
  });

  function startServer(): Promise<ServerProcess> {
    const JWT_SECRET = "0123456789abcdef0123456789abcdef";
    const env = { MONGODB_URI: database.uri, REDIS_URL: redis.url, JWT_SECRET, RATE_LIMIT: "on" };
    return ServerProcess.started({ env });
  }

  /** What somebody is told who wants to play now. */
  async function refusalOfJoin(server: ServerProcess, mode: string): Promise<string> {
    const { client } = await newPlayer(server.url);
    const join = client.joinOrCreate("dice", { mode }).then(
      (room) => assert.fail(`joined ${room.roomId}`),
      (error: Error) => error.message,
    );
    return within(TOLD_MS, join);
  }

  async function joins(server: ServerProcess, mode: string): Promise<void> {
    const { client } = await newPlayer(server.url);
    await eventually(
      "joins work again",
      async () => {
        const room = await client.joinOrCreate("dice", { mode }).catch(() => undefined);
        if (room) rooms.push(room);
        return room !== undefined;
      },
      BACK_MS,
    );
  }

  const health = async (server: ServerProcess) => getJson({ url: server.url, accessToken: "" }, "/health");

  /** Every action is answered, by the game's yes or no. */
  async function playOn(until: number): Promise<number> {
    let answered = 0;
    while (performance.now() < until) {
      const [room] = rooms;
      const reason = await within(TOLD_MS, act(room!, "roll")).then(
        () => "ok",
        (error: { reason?: { code: string } }) => error.reason?.code,
      );
      assert.notEqual(reason, undefined); // a broken connection has no code
      assert.notEqual(reason, "outcome_unknown");
      answered += 1;
      await pause(20);
    }
    return answered;
  }

  async function judge(outage: () => Promise<void>, end: () => Promise<void>, mode: string): Promise<void> {
    await outage();
    const closed: number[] = [];
    for (const room of rooms) room.onLeave((code) => closed.push(code));
    const [answered] = await Promise.all([
      playOn(performance.now() + OUTAGE_MS),
      ...servers.map(async (server, index) => {
        for (let i = 0; i < 3; i++) assert.match(await refusalOfJoin(server, `${mode}${index}`), /^unavailable: /);
        assert.deepEqual((await health(server)).status, "degraded");
      }),
      within(TOLD_MS, players[2]!.client.joinById(rooms[0]!.roomId, { role: "spectator" })).then((watcher) =>
        within(TOLD_MS, watcher.leave()),
      ),
    ]);
    assert.ok(answered! > 10, `${answered} actions were answered`);
    assert.deepEqual(closed, []);
    await end();
    await Promise.all(servers.map((server, index) => joins(server, `${mode}${index}`)));
    await eventually("the running room is listed again", async () =>
      redis.ask(async (client) => (await client.hexists("roomcaches", rooms[0]!.roomId)) === 1),
    );
    for (const server of servers) assert.deepEqual((await health(server)).status, "ok");
  }

  async function nothingWentWrong(): Promise<void> {
    for (const server of servers) {
      assert.deepEqual(server.faults(), []);
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      assert.match(metrics, /^hypogeum_unhandled_rejections_total 0$/m);
      assert.match(metrics, /^hypogeum_redis_up 1$/m);
      assert.match(metrics, /^hypogeum_redis_missed_total\{part="limit"\} [1-9]/m);
    }
  }

  it("has one table for all who come at once, whichever process they knock at", async () => {
    // The same six each time: an address may not make thirty guests a minute.
    const guests = await Promise.all([0, 1, 0, 1, 0, 1].map((index) => newPlayer(servers[index]!.url)));
    for (let round = 0; round < 5; round++) {
      const joined = await Promise.all(
        guests.map(({ client }) => client.joinOrCreate("dice", { mode: `rush${round}` })),
      );
      rooms.push(...joined);
      assert.equal(new Set(joined.map(({ roomId }) => roomId)).size, 1);
    }
  });

  it("plays on while Redis is dead, refuses joins at once, and is whole again when Redis is back and empty", async () => {
    await judge(
      () => redis.kill(),
      () => redis.start(),
      "killed",
    );
    await nothingWentWrong();
  });

  it("plays on while Redis hangs, and is whole again when it wakes", async () => {
    await judge(
      async () => redis.hang(),
      async () => redis.wake(),
      "hung",
    );
    await nothingWentWrong();
  });

  it("starts without Redis, and drains without Redis", async () => {
    await redis.kill();
    const late = await startServer();
    servers.push(late);
    assert.equal((await health(late)).status, "degraded");
    assert.match(await refusalOfJoin(late, "late"), /^unavailable: /);
    const drained = await startServer();
    assert.deepEqual(await drained.stop(), { code: 0, signal: null });
    await redis.start();
    await joins(late, "late");
    assert.deepEqual([late.faults(), drained.faults()], [[], []]);
    await drained.dispose();
  });

  it("leaves no row and no connection behind when it is stopped", async () => {
    for (const server of servers) assert.deepEqual(await server.stop(), { code: 0, signal: null });
    assert.equal(await redis.connections(), 0);
    assert.deepEqual(await redis.ask((client) => client.keys("room*")), []);
  });
});
