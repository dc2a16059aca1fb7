import assert from "node:assert/strict";
import type { Outcome } from "../../src/client/action.ts";
import type { GameRoom, Hypogeum } from "../../src/client/client.ts";
import { NetProxy } from "../support/net-proxy.ts";
import { eventually, pause, type ServerProcess } from "../support/server.ts";
import { closeAll, effects, entered, journalOf, newClient, quietSdk, reaches, toyServer, toyTable } from "./support.ts";

/** Adds 1, 2, 3... until told to stop, and keeps how each ended. */
function adder(room: GameRoom<unknown>) {
  const outcomes: Promise<Outcome>[] = [];
  let isDone = false;
  async function add(): Promise<void> {
    while (!isDone) {
      outcomes.push(room.act("add", { n: outcomes.length + 1 }));
      // Sometimes more than one waits.
      if (outcomes.length % 3 !== 0) await outcomes.at(-1);
    }
  }
  const adding = add();
  return {
    acknowledged: () => room.actions.value.filter(({ status }) => status === "acknowledged").length,
    async stop(): Promise<Outcome[]> {
      isDone = true;
      await adding;
      return Promise.all(outcomes);
    },
  };
}

/** Every action took effect once, in order, where its acknowledgement says. */
async function assertExactlyOnce(client: Hypogeum, id: string, outcomes: readonly Outcome[]): Promise<void> {
  const added = (await journalOf(client, id)).filter(({ type }) => type === "added");
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    outcomes.map(() => "acknowledged"),
  );
  assert.deepEqual(
    added.map(({ data }) => data.n),
    outcomes.map((_, index) => index + 1),
  );
  const positions = outcomes.map((outcome) => outcome.status === "acknowledged" && outcome.seq);
  assert.deepEqual(
    positions,
    added.map(({ seq }) => seq),
  );
}

/** A way around a proxy for whatever is not a socket. */
function aside(proxy: string, server: string): typeof fetch {
  return (url, init) => fetch(String(url).replace(proxy, server), init);
}

describe("the client helper's actions", function () {
  this.timeout(60_000);
  let server: ServerProcess;

  before(async () => {
    quietSdk();
    server = await toyServer({ JOURNAL_FLUSH_MS: "1000" });
  });
  afterEach(closeAll);
  after(() => server.dispose());

  it("[L4] take effect once each and in order, while the server is killed again and again", async () => {
    const client = newClient({ url: server.url });
    const room = await toyTable(client);
    const { actions } = room;
    const play = adder(room);
    for (let kill = 0; kill < 4; kill++) {
      const before = actions.value.at(-1);
      await eventually("more is done", () => room.connection.value === "connected" && actions.value.at(-1) !== before);
      await pause(30 * kill);
      await server.stop("SIGKILL");
      await eventually("one waits", () => actions.value.at(-1)?.status === "pending");
      await server.start();
      await reaches(room, "connected");
    }
    const outcomes = await play.stop();
    assert.ok(outcomes.length > 4);
    await assertExactlyOnce(client, room.id, outcomes);
  });

  it("[L4] take effect once each and in order over a network that is slow and cuts", async () => {
    const proxy = await NetProxy.to(server.port);
    const client = newClient({ url: proxy.url });
    const room = await toyTable(client);
    proxy.slow(40, 20);
    const play = adder(room);
    for (let cut = 0; cut < 8; cut++) {
      await pause(10 + 37 * cut);
      proxy.cut();
      await reaches(room, "connected");
    }
    const outcomes = await play.stop();
    await assertExactlyOnce(client, room.id, outcomes);
    await proxy.close();
  });

  it("[L3] [L4] that were acknowledged before they were durable, and were lost, are sent again", async () => {
    const client = newClient({ url: server.url });
    const room = await toyTable(client);
    await room.act("add", { n: 100 });
    const first = await room.act("nudge", { n: 1 });
    const second = await room.act("nudge", { n: 2 });
    assert.deepEqual([first.status, second.status], ["acknowledged", "acknowledged"]);
    await eventually("the events were told", () => room.events.filter(({ type }) => type === "added").length === 3);
    await server.stop("SIGKILL");
    const forgotten: number[] = [];
    room.onResumed(({ seq }) => forgotten.push(seq, room.events.at(-1)!.seq));
    await server.start();
    await eventually("both are acknowledged anew", () => {
      const nudges = room.actions.value.filter(({ type }) => type === "nudge");
      return nudges.length === 2 && nudges.every((action) => action.status === "acknowledged" && action.epoch! > 1);
    });
    const [seq, last] = forgotten as [number, number];
    assert.ok(first.status === "acknowledged" && seq < first.seq, "the crash did undo them");
    assert.equal(last, seq, "the events above were forgotten");
    await eventually("they are durable", async () => (await effects(client, room.id, "added")).size === 3);
    assert.deepEqual(
      [...(await effects(client, room.id, "added"))].sort((a, b) => a[0] - b[0]),
      [
        [1, 1],
        [2, 1],
        [100, 1],
      ],
    );
  });

  it("go by the API when no connection can be had", async () => {
    const proxy = await NetProxy.to(server.port);
    // The API is reached, but nothing that asks for a socket.
    const client = newClient({ url: proxy.url, fetch: aside(proxy.url, server.url) });
    const room = await toyTable(client);
    await room.act("add", { n: 1 });
    await proxy.close();
    await reaches(room, "reconnecting");
    const outcome = await room.act("add", { n: 2 });
    assert.ok(outcome.status === "acknowledged" && outcome.epoch === null, JSON.stringify(outcome));
    assert.notEqual(room.connection.value, "connected");
    const refused = await room.act("spend", { n: 1000 });
    assert.ok(refused.status === "rejected" && refused.code === "too_poor");
    assert.deepEqual([...(await effects(client, room.id, "added")).keys()], [1, 2]);
  });

  it("are refused in words when too many wait, and none that waits is thrown out", async () => {
    const client = newClient({ url: server.url, queueMax: 3 });
    const room = await toyTable(client);
    server.signal("SIGSTOP");
    const outcomes = [1, 2, 3, 4, 5].map((n) => room.act("add", { n }));
    const refused = await Promise.all(outcomes.slice(3));
    assert.deepEqual(
      refused.map((outcome) => outcome.status === "rejected" && [outcome.code, outcome.retryable]),
      [
        ["queue_full", true],
        ["queue_full", true],
      ],
    );
    assert.deepEqual(
      room.actions.value.map(({ status, data }) => [status, data]),
      [1, 2, 3].map((n) => ["pending", { n }]),
    );
    server.signal("SIGCONT");
    assert.deepEqual(
      (await Promise.all(outcomes.slice(0, 3))).map(({ status }) => status),
      ["acknowledged", "acknowledged", "acknowledged"],
    );
    assert.deepEqual([...(await effects(client, room.id, "added")).keys()], [1, 2, 3]);
  });

  it("are rejected with the game's code, and what comes after them is sent all the same", async () => {
    const client = newClient({ url: server.url });
    const room = await toyTable(client);
    const [poor, unknown, good] = await Promise.all([
      room.act("spend", { n: 5 }),
      room.act("dance"),
      room.act("add", { n: 5 }),
    ]);
    assert.ok(poor.status === "rejected" && poor.code === "too_poor" && !poor.retryable);
    assert.ok(unknown.status === "rejected" && unknown.code === "unknown_action");
    assert.equal(good.status, "acknowledged");
  });

  it("[L4] are rejected as expired when their id is older than ten minutes", async () => {
    let late = 0;
    const clock = { now: () => Date.now() - late, monotonic: () => performance.now() };
    const client = newClient({ url: server.url, clock });
    const room = await toyTable(client);
    late = 11 * 60 * 1000;
    const outcome = await room.act("add", { n: 1 });
    assert.ok(outcome.status === "rejected" && outcome.code === "action_expired", JSON.stringify(outcome));
  });

  it("that wait are rejected when the player leaves, which gives the seat up though the socket is cut", async () => {
    const proxy = await NetProxy.to(server.port);
    const client = newClient({ url: proxy.url, fetch: aside(proxy.url, server.url) });
    const room = await toyTable(client);
    const other = newClient({ url: server.url });
    await entered(other.joinById(room.id));
    proxy.stall(true);
    const waiting = room.act("add", { n: 1 });
    await proxy.close();
    await reaches(room, "reconnecting");
    room.leave();
    assert.equal((await waiting).status, "rejected");
    assert.equal(room.connection.value, "ended");
    await eventually("the seat is free", async () => {
      const { players } = await other.auth.call<{ players: unknown[] }>({
        ...{ method: "GET", path: `v1/sessions/${room.id}` },
      });
      return players.length === 1;
    });
  });
});
