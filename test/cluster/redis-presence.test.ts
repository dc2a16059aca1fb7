import assert from "node:assert/strict";
import type { RedisLink } from "../../src/infra/redis.ts";
import { SafeRedisPresence } from "../../src/infra/redis-presence.ts";
import { describeWithRedis, openLink, RedisServer } from "../support/redis.ts";
import { eventually } from "../support/server.ts";

describeWithRedis("presence by Redis", () => {
  let redis: RedisServer;
  let links: RedisLink[];
  let presences: SafeRedisPresence[];
  const rejections: unknown[] = [];
  const note = (reason: unknown) => void rejections.push(reason);

  beforeEach(async () => {
    redis = await RedisServer.started();
    links = [];
    presences = [];
    rejections.length = 0;
    process.on("unhandledRejection", note);
  });
  afterEach(async () => {
    for (const presence of presences) presence.shutdown();
    for (const link of links) link.close();
    await new Promise(setImmediate); // what was left behind rejects by now
    process.off("unhandledRejection", note);
    await redis.dispose();
    assert.deepEqual(rejections, []);
  });

  async function member(missed: () => void = () => undefined) {
    const link = await openLink(redis);
    const presence = new SafeRedisPresence(link, missed);
    links.push(link);
    presences.push(presence);
    await eventually("the link is up", () => link.isUp);
    return { link, presence };
  }

  it("rejects nothing while Redis is away: nobody is known, everybody is alone, and nobody hears", async () => {
    let missed = 0;
    const { presence, link } = await member(() => missed++);
    await presence.hset("roomcount", "a", "1,1");
    await redis.kill();
    await eventually("the loss is noticed", () => !link.isUp);
    assert.equal(missed, 0);
    await presence.subscribe("t", () => undefined);
    await presence.publish("t", 1);
    await presence.unsubscribe("t");
    assert.deepEqual(await presence.channels("p:*"), []);
    assert.equal(await presence.exists("a"), false);
    assert.equal(await presence.hset("roomcount", "a", "2,2"), false);
    assert.deepEqual(await presence.hgetall("roomcount"), {});
    assert.equal(await presence.hdel("roomcount", "a"), false);
    assert.equal(await presence.hincrbyex("ch:dice", "mode", 1, 1), 1);
    assert.ok(missed >= 8, `${missed} were counted`);
  });

  it("hears what it subscribed to before and during an outage, once Redis is back", async () => {
    const [one, other] = [await member(), await member()];
    const heard: unknown[] = [];
    await one.presence.subscribe("before", (data: unknown) => heard.push(data));
    await redis.kill();
    await one.presence.subscribe("during", (data: unknown) => heard.push(data));
    await one.presence.subscribe("left", () => heard.push("left"));
    await one.presence.unsubscribe("left");
    await redis.start();
    await eventually("both are heard", async () => {
      for (const topic of ["before", "during", "left"]) await other.presence.publish(topic, topic);
      return heard.includes("before") && heard.includes("during");
    });
    assert.ok(!heard.includes("left"));
  });

  it("tells whoever waits for another process's answer that it is lost, but for health checks", async () => {
    const { presence } = await member();
    const heard: unknown[] = [];
    for (const [channel, method, id] of [
      ["$room", "_reserveSeat", "1"],
      ["p:process", null, "2"],
      ["p:process", "healthcheck", "3"],
    ] as const) {
      await presence.subscribe(`ipc:${id}`, (answer: unknown) => heard.push([id, answer]));
      await presence.publish(channel, [method, id, []]);
    }
    // Answered, and no longer waited for.
    await presence.publish("$room", ["lock", "4", []]);
    await presence.unsubscribe("ipc:4");
    await redis.kill();
    await eventually("both are told", () => heard.length > 1);
    const lost = [1, '{"code":523,"message":"unavailable: the answer was lost"}'];
    assert.deepEqual(heard, [
      ["1", lost],
      ["2", lost],
    ]);
  });

  it("leaves no listener and no connection behind", async () => {
    const { presence, link } = await member();
    await presence.subscribe("t", () => undefined);
    assert.equal(await redis.connections(), 2);
    presence.shutdown();
    link.close();
    await eventually("the connections are closed", async () => (await redis.connections()) === 0);
    await presence.unsubscribe("t"); // as Colyseus does after the end
  });
});
