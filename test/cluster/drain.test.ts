import assert from "node:assert/strict";
import type { Bot } from "../support/bots.ts";
import { TestCluster } from "../support/cluster.ts";
import { type BotTable, seatTable } from "../support/crash-run.ts";
import { isClean, Oracle } from "../support/oracle.ts";
import { eventually, type ServerProcess } from "../support/server.ts";

const RETURN_MS = 20_000;

describe("drain in a cluster", () => {
  let cluster: TestCluster;
  let oracle: Oracle;
  let tables: BotTable[];

  beforeEach(async () => {
    cluster = await TestCluster.start(3, { LOG_LEVEL: "info" });
    oracle = new Oracle();
    tables = [];
  });
  afterEach(async () => {
    for (const bot of everybody()) bot.abandon();
    await cluster.dispose();
  });

  const everybody = (): Bot[] => tables.flatMap(({ bots, spectator }) => [...bots, spectator]);

  async function openTable(server: ServerProcess, seats: number): Promise<BotTable> {
    cluster.balancer.prefer(server.port);
    const table = await seatTable(cluster, oracle, seats);
    cluster.balancer.prefer(undefined);
    tables.push(table);
    for (const bot of table.bots) bot.play({ seats, thinkMs: 60 });
    return table;
  }

  const allBack = () =>
    eventually(
      "everybody is connected",
      () => everybody().every(({ witness }) => witness.connected || witness.left !== null),
      RETURN_MS,
    ).catch(() => oracle.missed(everybody().map(({ witness }) => witness)));

  async function judge() {
    await Promise.all(everybody().map((bot) => bot.stop()));
    await cluster.kill();
    await cluster.database.close();
    return oracle.judge(cluster.dir);
  }

  it("[L3] [L4] [L8] restarts every process in turn under load, and moves every room without losing anything", async () => {
    for (const server of cluster.servers) for (const seats of [2, 3]) await openTable(server, seats);
    for (const server of cluster.servers) {
      // Some have only just joined: the stock SDK would not bring them back, so their rooms must wait.
      await openTable(server, 2);
      const { code } = await server.stop("SIGTERM");
      assert.equal(code, 0);
      await server.start();
      await allBack();
    }
    const told = cluster.servers.map((server) => handedOver(server));
    const moved = told.reduce((sum, one) => sum + one.moved, 0);
    assert.ok(moved >= 9, JSON.stringify(told));
    assert.ok(
      told.every(({ orphaned }) => orphaned === 0),
      JSON.stringify(told),
    );
    const verdict = await judge();
    assert.ok(isClean(verdict), JSON.stringify(verdict, null, 1));
    assert.ok(verdict.acknowledgements > 50, "the bots did play");
  });

  it("has moved a room before its clients are sent away", async () => {
    const [owner] = cluster.servers as [ServerProcess];
    const table = await openTable(owner, 2);
    const { witness } = table.bots[0]!;
    await eventually("the stock SDK would bring everybody back", () =>
      everybody().every((bot) => bot.witness.comesBack),
    );
    const dropped = new Promise<void>((resolve) => table.bots[0]!.room.onDrop.once(() => resolve()));
    owner.signal("SIGTERM");
    await dropped;
    assert.notEqual(await cluster.ownerOf(witness.sessionId), owner);
    await allBack();
    assert.equal((await owner.exited).code, 0);
  });

  it("makes no room of its own while it drains, but has others make them", async () => {
    const [owner, ...others] = cluster.servers as [ServerProcess, ServerProcess, ServerProcess];
    await openTable(owner, 2);
    owner.signal("SIGTERM");
    await eventually("it drains", async () => (await fetch(`${owner.url}/ready`)).status === 503);
    // It waits for the clients who have just joined, and answers meanwhile.
    const table = await openTable(owner, 2);
    const holder = await cluster.ownerOf(table.spectator.room.roomId);
    assert.ok(others.includes(holder));
    const seen = await fetch(`${owner.url}/v1/sessions`, {
      method: "POST",
      headers: { authorization: `Bearer ${table.bots[0]!.player.accessToken}`, "content-type": "application/json" },
      body: JSON.stringify({ type: "player", state: { gold: 1 } }),
    });
    assert.equal(seen.status, 201);
    assert.ok(others.includes(await cluster.ownerOf(((await seen.json()) as { id: string }).id)));
    assert.equal((await owner.exited).code, 0);
    await allBack();
  });
});

/** What the last life of a process said at its end. */
function handedOver(server: ServerProcess): { moved: number; orphaned: number } {
  const line = server.stdout.split("\n").findLast((text) => text.includes("nothing is left to hand over"));
  assert.ok(line, server.log());
  return JSON.parse(line) as ReturnType<typeof handedOver>;
}
