import assert from "node:assert/strict";
import { newPlayer } from "../support/bots.ts";
import { FaultCluster, type Member } from "../support/fault-cluster.ts";
import { describeWithRedis } from "../support/redis.ts";
import { eventually, pause } from "../support/server.ts";

/** Longer than a heartbeat lets a process speak. */
const STOPPED_MS = 2400;
/** What was on its way before the stop has arrived by then. */
const ARRIVED_MS = 300;
const RETURN_MS = 30_000;

describeWithRedis("a gateway that was stopped", () => {
  let cluster: FaultCluster;

  before(async () => {
    cluster = await FaultCluster.start(2);
    await cluster.isWhole();
  });
  after(() => cluster.dispose());

  it("[L10] passes on nothing of what it finds in its sockets, and its clients come back", async () => {
    const [holder, between] = cluster.members as [Member, Member];
    const table = await (await newPlayer(holder.server.url)).client.joinOrCreate("dice", { private: true });
    assert.ok((await cluster.heldBy(holder.server)).has(table.roomId));
    const room = await (await newPlayer(between.server.url)).client.joinById(table.roomId);
    room.reconnection.minUptime = 0;
    const heard: string[] = [];
    room.onMessage("event", ({ type }: { type: string }) => heard.push(type));
    room.onDrop(() => heard.push("drop"));
    room.onReconnect(() => heard.push("back"));

    between.server.signal("SIGSTOP");
    await pause(ARRIVED_MS);
    heard.length = 0;
    const third = await (await newPlayer(holder.server.url)).client.joinById(table.roomId);
    await pause(STOPPED_MS);
    // Awake, it may have its lease renewed before it looks at its sockets: what lies there is old all the same.
    between.server.signal("SIGCONT");
    await eventually("its client is back", () => heard.includes("back"), RETURN_MS);
    assert.deepEqual(heard.slice(0, 2), ["drop", "back"]);
    for (const one of [room, third, table]) await one.leave();
  });
});
