import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type BotTable, seatTable } from "../support/crash-run.ts";
import { FaultCluster, figuresOf, type Member } from "../support/fault-cluster.ts";
import { isClean, Oracle } from "../support/oracle.ts";
import { describeWithRedis } from "../support/redis.ts";
import { eventually, pause } from "../support/server.ts";

const STOPPED_MS = 10_000;
const RETURN_MS = 30_000;
const BACKLOG = "hypogeum_journal_backlog_batches";
const DURABLE = 'hypogeum_journal_batches_total{outcome="durable"}';

const run = promisify(execFile);

describeWithRedis("an owner that is stopped in the middle of a write", () => {
  let cluster: FaultCluster;
  let oracle: Oracle;
  let table: BotTable;
  let owner: Member;
  let other: Member;

  beforeEach(async () => {
    cluster = await FaultCluster.start(2);
    await cluster.isWhole();
    oracle = new Oracle();
    table = await seatTable(cluster, oracle, 3);
    const [first, second] = cluster.members as [Member, Member];
    [owner, other] = (await isHeldBy(first)) ? [first, second] : [second, first];
    for (const bot of table.bots) bot.play({ seats: 3, thinkMs: 60 });
    const oldEnough = () => everybody().every(({ witness }) => witness.comesBack || witness.left !== null);
    await eventually("the stock SDK would bring everybody back", oldEnough);
    await oracle.nextAcknowledgement();
  });
  afterEach(async () => {
    for (const bot of everybody()) bot.abandon();
    await cluster.dispose();
  });

  const everybody = () => [...table.bots, table.spectator];
  const sessionId = () => table.spectator.room.roomId;
  const acknowledgements = () => table.bots.reduce((sum, { witness }) => sum + witness.acknowledged.length, 0);

  const durable = async () => (await figuresOf(owner.server)).get(DURABLE);
  const isHeldBy = async ({ server }: Member) => (await cluster.heldBy(server)).has(sessionId());

  /** The owner says and hears nothing any more, and nobody new comes to it. */
  function stopOwner(): void {
    owner.server.signal("SIGSTOP");
    cluster.balancer.exclude(owner.server.port);
  }

  /** Clients that are connected to the owner hang on to it until it wakes up: nothing in front of it cuts them off. */
  const isTakenOver = () => eventually("it is taken over", () => isHeldBy(other));

  async function playsOn(): Promise<void> {
    const before = acknowledgements();
    const isOver = () => everybody().some(({ witness }) => witness.lastState?.phase === "over");
    const back = () => everybody().every(({ witness }) => witness.connected || witness.left !== null);
    await eventually("everybody is back", back, RETURN_MS).catch(() =>
      oracle.missed(everybody().map(({ witness }) => witness)),
    );
    await eventually("the table goes on", () => isOver() || acknowledgements() > before, RETURN_MS);
  }

  async function wakesUp(): Promise<void> {
    owner.server.signal("SIGCONT");
    await eventually("the former owner knows that it is one", async () => {
      const figures = await figuresOf(owner.server);
      return figures.get("hypogeum_deposed_total") === 1 && figures.get(BACKLOG) === 0;
    });
    const figures = await figuresOf(owner.server);
    assert.equal(figures.get("hypogeum_rooms_live"), 0);
    assert.ok(await isHeldBy(other), "it stays where it is");
  }

  /** What everybody was told, what the operator's tool says, and that nobody fell over. */
  async function isOneHistory(): Promise<void> {
    await Promise.all(table.bots.map((bot) => bot.stop()));
    for (const { server } of cluster.members) assert.ok(server.alive);
    const id = sessionId();
    assert.deepEqual(await cluster.stop(), []);
    const env = { PATH: process.env.PATH, DATA_DIR: cluster.data };
    const { stdout } = await run(process.execPath, ["src/cli.ts", "verify", id], { env });
    assert.match(stdout, /is intact/);
    const judged = await oracle.judge(cluster.data);
    assert.ok(isClean(judged), JSON.stringify(judged, null, 1));
  }

  it("[L8] [L9] the write lands while it is stopped: it is history, and the next owner goes on from it", async () => {
    owner.proxy.freeze();
    await eventually("a write hangs", async () => (await figuresOf(owner.server)).get(BACKLOG)! > 0);
    stopOwner();
    const stopped = pause(STOPPED_MS);
    owner.proxy.thaw();
    await isTakenOver();
    await stopped;
    await wakesUp();
    await playsOn();
    await isOneHistory();
  });

  it("[L8] [L9] the write arrives after the next owner's claim: it collides, and nobody is told of it", async () => {
    owner.proxy.from("hold");
    await eventually("a write hangs", () => owner.proxy.held > 0);
    const before = await durable();
    stopOwner();
    const stopped = pause(STOPPED_MS);
    await isTakenOver();
    owner.proxy.heal();
    await stopped;
    await wakesUp();
    assert.equal(await durable(), before, "it does not take the other's write for its own");
    await playsOn();
    await isOneHistory();
  });
});
