import assert from "node:assert/strict";
import { mock } from "node:test";
import type { Refusal } from "../../src/errors.ts";
import { Breaker } from "../../src/infra/breaker.ts";
import {
  type Connection,
  connectMongo,
  disconnectMongo,
  ping,
  watchDatabase,
  watchProbes,
} from "../../src/infra/mongo.ts";
import { openDatabase, type TestDatabase } from "../support/database.ts";
import { silentLog } from "../support/journal.ts";
import { eventually, pause } from "../support/server.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";

describe("circuit breaker", () => {
  let refused: string[];
  let breaker: Breaker;
  let answer: PromiseWithResolvers<string>;
  const store = {
    name: "a store",
    ask: () => answer.promise,
    throws: (): Promise<string> => assert.fail("before it has a promise"),
    stream: async function* () {
      yield "first";
    },
  };
  beforeEach(() => {
    mock.timers.enable({ apis: ["setTimeout"] });
    refused = [];
    breaker = new Breaker((why) => refused.push(why));
    answer = Promise.withResolvers();
  });
  afterEach(() => mock.timers.reset());

  const isUnavailable = ({ code, status, retryable, retryAfter }: Refusal) =>
    code === "unavailable" && status === 503 && retryable && retryAfter === 1;

  it("passes answers, failures and everything that is no method", async () => {
    const guarded = breaker.around(store);
    const asked = guarded.ask();
    assert.equal(breaker.waiting, 1);
    answer.resolve("yes");
    assert.equal(await asked, "yes");
    await assert.rejects(guarded.throws(), /before it has a promise/);
    answer = Promise.withResolvers();
    const failing = guarded.ask();
    answer.reject(new Error("its own reason"));
    await assert.rejects(failing, /its own reason/);
    assert.deepEqual([guarded.name, breaker.waiting, refused], ["a store", 0, []]);
  });

  it("refuses at once while open, and whoever waited when it opened; what comes of that is nobody's any more", async () => {
    const guarded = breaker.around(store);
    const waiting = guarded.ask();
    breaker.lost(true);
    await assert.rejects(waiting, isUnavailable);
    await assert.rejects(guarded.ask(), isUnavailable);
    assert.deepEqual([breaker.isOpen, breaker.waiting, refused], [true, 0, ["waiting", "open"]]);
    answer.reject(new Error("much later"));
    breaker.found();
    answer = Promise.withResolvers();
    answer.resolve("yes");
    assert.deepEqual([await guarded.ask(), breaker.isOpen], ["yes", false]);
  });

  it("gives a connection that broke a second to come back", () => {
    breaker.lost(false);
    mock.timers.tick(999);
    breaker.lost(false);
    assert.equal(breaker.isOpen, false);
    breaker.found();
    mock.timers.tick(1000);
    assert.equal(breaker.isOpen, false);
    breaker.lost(false);
    mock.timers.tick(1000);
    assert.equal(breaker.isOpen, true);
    breaker.found();
    breaker.lost(false);
    breaker.lost(true);
    breaker.found();
    mock.timers.tick(1000);
    assert.equal(breaker.isOpen, false, "a grace that is over leaves nothing behind");
  });

  it("leaves alone what is to go past it", async () => {
    const guarded = breaker.around(store, ["ask", "stream"]);
    breaker.lost(true);
    answer.resolve("yes");
    assert.equal(await guarded.ask(), "yes");
    for await (const item of guarded.stream()) assert.equal(item, "first");
  });

  it("lets ten thousand wait, and nobody beyond", async () => {
    const guarded = breaker.around(store);
    const waiting = Array.from({ length: 10_000 }, () => guarded.ask());
    await assert.rejects(guarded.ask(), isUnavailable);
    assert.deepEqual([breaker.waiting, refused], [10_000, ["full"]]);
    answer.resolve("yes");
    await Promise.all(waiting);
    assert.equal(breaker.waiting, 0);
  });
});

describe("whether the database can be reached", () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let connection: Connection;
  let said: string[];
  before(async () => {
    database = await openDatabase();
  });
  after(() => database.close());
  beforeEach(async () => {
    proxy = await TcpProxy.start(database.embedded.uri);
    connection = await connectMongo({ uri: proxy.uri, dbName: "test", log: silentLog });
    said = [];
    watchDatabase(connection, {
      lost: (sure) => said.push(sure ? "away" : "broken"),
      found: () => said.push("found"),
    });
  });
  afterEach(async () => {
    await disconnectMongo(connection);
    await proxy.close();
  });

  it("is noticed without any calls when connections break, and when it is back", async () => {
    proxy.cutAll({ refuse: true });
    await eventually("it is lost", () => said.includes("broken"));
    assert.equal(said.includes("found"), false);
    proxy.heal();
    await eventually("it is found", () => said.at(-1) === "found");
    assert.equal(await ping(connection), true);
  });

  it("is not for the driver to forget: whoever stops probing for seconds is reported, whoever only fails is not", async () => {
    let stuck = 0;
    watchProbes(connection, () => stuck++, 3);
    proxy.cutAll({ refuse: true });
    await pause(4000);
    assert.equal(stuck, 0, "probes that fail are probes");
    const client = connection.getClient();
    for (const event of ["serverHeartbeatSucceeded", "serverHeartbeatFailed"] as const)
      client.removeAllListeners(event);
    await eventually("it is reported", () => stuck === 1);
    proxy.heal();
  });

  it("is found out anew when a probe of the driver never ends", async () => {
    watchProbes(connection, () => assert.fail("it was helped in time"));
    const { topology } = connection.getClient() as unknown as {
      topology: { s: { servers: Map<string, { monitor: { connection: { command: () => Promise<never> } } }> } };
    };
    let hung = 0;
    for (const { monitor } of topology.s.servers.values()) {
      monitor.connection.command = () => {
        hung += 1;
        return new Promise(() => undefined);
      };
    }
    await eventually("a probe hangs", () => hung > 0);
    let probes = 0;
    connection.getClient().on("serverHeartbeatSucceeded", () => probes++);
    await eventually("it is probed again", () => probes > 1, 15_000);
    proxy.cutAll({ refuse: true });
    await eventually("it is lost", () => said.includes("broken"));
    proxy.heal();
    await eventually("it is found", () => said.at(-1) === "found");
  });

  it("is sure of it when it takes connections and says nothing; who waited is let go", async () => {
    proxy.freeze();
    const waiting = ping(connection);
    await eventually("it is lost", () => said.includes("away"));
    assert.equal(await waiting, false);
    proxy.thaw();
    await eventually("it is found", () => said.at(-1) === "found");
    assert.equal(await ping(connection), true);
  });
});
