import assert from "node:assert/strict";
import { TestCluster } from "../support/cluster.ts";
import { type BotTable, seatTable } from "../support/crash-run.ts";
import { isClean, Oracle, type Verdict } from "../support/oracle.ts";
import { eventually, pause, type ServerProcess } from "../support/server.ts";

/** How long clients may take to be back: the stock SDK's pauses between attempts grow to 5 s. */
const RETURN_MS = 30_000;
const CLOSE_FRAME = 0x88;
const MAY_TRY_RECONNECT = 4010;

describe("takeover", () => {
  let cluster: TestCluster;
  let oracle: Oracle;
  let tables: BotTable[];

  beforeEach(async () => {
    cluster = await TestCluster.start(3);
    oracle = new Oracle();
    tables = [];
  });
  afterEach(async () => {
    for (const table of tables) for (const bot of [...table.bots, table.spectator]) bot.abandon();
    await cluster.dispose();
  });

  /** A table whose room this server holds, played by clients who know only the balancer. */
  async function openTable(server: ServerProcess, seats: number): Promise<BotTable> {
    cluster.balancer.prefer(server.port);
    const table = await seatTable(cluster, oracle, seats);
    cluster.balancer.prefer(undefined);
    tables.push(table);
    for (const bot of table.bots) bot.play({ seats, thinkMs: 60 });
    return table;
  }

  const witnesses = () => tables.flatMap(({ bots, spectator }) => [...bots, spectator]).map(({ witness }) => witness);
  const oldEnough = () =>
    eventually("the stock SDK would bring everybody back", () =>
      witnesses().every(({ comesBack, left }) => comesBack || left !== null),
    );

  /** Resolves when everybody who was connected has come back by themselves. */
  async function returned(strike: () => Promise<void>): Promise<void> {
    const expected = oracle.expectReturn();
    const before = expected.map(({ reconnects }) => reconnects);
    await strike();
    const isBack = () =>
      expected.every((seen, index) => seen.left !== null || (seen.reconnects > before[index]! && seen.connected));
    await eventually("everybody is back", isBack, RETURN_MS).catch(() => oracle.missed(expected));
  }

  async function verdict(): Promise<Verdict> {
    await Promise.all(tables.flatMap(({ bots }) => bots.map((bot) => bot.stop())));
    await cluster.kill();
    await cluster.database.close();
    return oracle.judge(cluster.dir);
  }

  it("[L3] [L4] [L8] kill -9 of owners: everybody comes back to the same seat elsewhere, and nothing is lost", async () => {
    const [first, second, third] = cluster.servers as [ServerProcess, ServerProcess, ServerProcess];
    for (const server of [first, second, first]) await openTable(server, 3);
    for (const victim of [first, second, third]) {
      await oldEnough();
      await oracle.nextAcknowledgement();
      const held = tables.filter(({ spectator }) => spectator.witness.left === null);
      const orphans = await Promise.all(held.map(({ spectator }) => cluster.ownerOf(spectator.room.roomId)));
      const affected = held.filter((_, index) => orphans[index] === victim);
      await killAndReturn(victim, affected);
      await victim.start();
    }
    const survivors = await Promise.all(cluster.servers.map((server) => TestCluster.figure(server, RECOVERED)));
    assert.ok(survivors.reduce((sum, count) => sum + count, 0) > 0, "sessions were recovered");
    const judged = await verdict();
    assert.ok(isClean(judged), JSON.stringify(judged, null, 1));
    assert.ok(judged.acknowledgements > 50, "the bots did play");
  });

  /** Also those come back whose room is elsewhere, but whose connection went through the victim. */
  async function killAndReturn(victim: ServerProcess, affected: readonly BotTable[]): Promise<void> {
    const mine = affected.flatMap(({ bots, spectator }) => [...bots, spectator]).map(({ witness }) => witness);
    const before = mine.map(({ reconnects }) => reconnects);
    await victim.stop("SIGKILL");
    const isBack = () =>
      witnesses().every(({ left, connected }) => left !== null || connected) &&
      mine.every(({ left, reconnects }, index) => left !== null || reconnects > before[index]!);
    await eventually("everybody is back", isBack, RETURN_MS).catch(() => oracle.missed(witnesses()));
  }

  it("[L8] [L10] a process that was stopped says nothing more in rooms that moved, and serves others", async () => {
    const [owner, ...others] = cluster.servers as [ServerProcess, ServerProcess, ServerProcess];
    const table = await openTable(owner, 3);
    const sessionId = table.spectator.room.roomId;
    await oldEnough();
    await oracle.nextAcknowledgement();
    let said: Buffer[] = [];
    await returned(async () => {
      owner.signal("SIGSTOP");
      cluster.balancer.exclude(owner.port);
      await pause(5000);
      assert.notEqual(await cluster.ownerOf(sessionId), owner, "it was taken over");
      const heard = cluster.balancer.listen();
      owner.signal("SIGCONT");
      await eventually("the former owner is back under another name", async () => (await ready(owner)) === 200);
      await pause(1000);
      said = heard.filter(({ port }) => port === owner.port).map(({ bytes }) => bytes);
    });
    assert.ok(said.length > 0, "it closed those who were connected to it");
    for (const bytes of said) {
      assert.equal(bytes[0], CLOSE_FRAME, bytes.toString("hex"));
      assert.equal(bytes.readUInt16BE(2), MAY_TRY_RECONNECT);
      assert.equal(bytes.length, 2 + bytes[1]!, "and nothing else");
    }
    cluster.balancer.include(owner.port);
    const served = await openTable(owner, 2);
    assert.equal(await cluster.ownerOf(served.spectator.room.roomId), owner, "it has rooms again");
    assert.equal(await TestCluster.figure(owner, "hypogeum_deposed_total"), 1);
    assert.ok(others.every((server) => server.alive));
    const judged = await verdict();
    assert.ok(isClean(judged), JSON.stringify(judged, null, 1));
  });

  it("clients who come through another process are cut off from an owner that does not answer, and come back", async () => {
    const [owner, through] = cluster.servers as [ServerProcess, ServerProcess, ServerProcess];
    cluster.balancer.prefer(through.port);
    const host = await seatTable({ url: owner.url }, new Oracle(), 2);
    const watcher = await import("../support/bots.ts").then(async ({ Bot, newPlayer }) =>
      Bot.spectate(await newPlayer(cluster.url), host.spectator.room.roomId),
    );
    for (const bot of [...host.bots, host.spectator]) bot.abandon();
    await eventually("it would come back", () => watcher.witness.comesBack);
    assert.equal(await TestCluster.figure(through, "hypogeum_tunnels_open"), 1);
    owner.signal("SIGSTOP");
    await eventually("it is back", () => watcher.witness.reconnects > 0 && watcher.witness.connected, RETURN_MS);
    assert.notEqual(await cluster.ownerOf(watcher.room.roomId), owner);
    watcher.abandon();
    owner.signal("SIGCONT");
  });
});

const RECOVERED = "hypogeum_takeovers_total";

async function ready(server: ServerProcess): Promise<number> {
  return (await fetch(`${server.url}/ready`)).status;
}
