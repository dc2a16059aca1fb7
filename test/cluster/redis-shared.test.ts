import assert from "node:assert/strict";
import { memoryCounters } from "../../src/http/limits.memory.ts";
import { redisCounters } from "../../src/http/limits.redis.ts";
import type { RedisLink } from "../../src/infra/redis.ts";
import { RedisSessionCache } from "../../src/sessions/session-cache.redis.ts";
import { TestClock } from "../support/journal.ts";
import { describeWithRedis, openLink, RedisServer } from "../support/redis.ts";
import { eventually } from "../support/server.ts";

const SALT = Buffer.from("salt");
/** Longer than a cache distrusts a Redis that is just back. */
const TRUST_MS = 2001;

describeWithRedis("what processes share in Redis", () => {
  let redis: RedisServer;
  let links: RedisLink[];
  let caches: RedisSessionCache[];

  beforeEach(async () => {
    redis = await RedisServer.started();
    links = [];
    caches = [];
  });
  afterEach(async () => {
    redis.wake();
    for (const cache of caches) cache.close();
    for (const link of links) link.close();
    await redis.dispose();
  });

  async function link(): Promise<RedisLink> {
    const opened = await openLink(redis);
    links.push(opened);
    return opened;
  }

  describe("limits", () => {
    async function counters(missed: () => void = () => undefined, salt = SALT) {
      const { commands } = await link();
      return redisCounters({ redis: commands, salt, fallback: memoryCounters(), missed });
    }

    it("count the calls of all processes together, each bucket and key apart", async () => {
      const [one, other] = [await counters(), await counters()];
      const taken = [];
      for (const here of [one, other, one, other]) taken.push(await here.take("all", "192.0.2.1", 3, 60));
      assert.deepEqual(
        taken.map(({ allowed, remaining }) => [allowed, remaining]),
        [
          [true, 2],
          [true, 1],
          [true, 0],
          [false, 0],
        ],
      );
      assert.ok(taken.every(({ resetMs }) => resetMs > 0 && resetMs <= 60_000));
      assert.equal((await one.take("writes", "192.0.2.1", 3, 60)).remaining, 2);
      assert.equal((await other.take("all", "192.0.2.2", 3, 60)).remaining, 2);
    });

    it("count in this process alone while Redis is away or hangs, and tell how often", async () => {
      let missed = 0;
      const here = await counters(() => missed++);
      await here.take("all", "192.0.2.1", 2, 60);
      redis.hang();
      const allowed = [];
      for (let i = 0; i < 3; i++) allowed.push((await here.take("all", "192.0.2.1", 2, 60)).allowed);
      assert.deepEqual([allowed, missed], [[true, true, false], 3]);
      redis.wake();
      await redis.kill();
      assert.equal((await here.take("all", "192.0.2.3", 2, 60)).allowed, true);
      await redis.start();
      await eventually("Redis counts again", async () => {
        const before = missed;
        await here.take("all", "192.0.2.4", 1000, 60);
        return missed === before;
      });
    });

    it("keep no address", async () => {
      const here = await counters();
      await here.take("all", "192.0.2.1", 3, 60);
      const keys = await redis.ask((client) => client.keys("*"));
      assert.equal(keys.length, 1);
      assert.doesNotMatch(keys[0]!, /192/);
    });
  });

  describe("the session cache", () => {
    async function cache(missed: () => void = () => undefined) {
      const clock = new TestClock();
      const opened = await link();
      const made = new RedisSessionCache(opened, clock, missed);
      caches.push(made);
      return { cache: made, clock, link: opened };
    }

    it("gives everybody the same stamp until somebody changes the session", async () => {
      const [one, other] = [await cache(), await cache()];
      const stamp = await one.cache.stamp("s");
      assert.equal(typeof stamp, "string");
      assert.equal(await other.cache.stamp("s"), stamp);
      assert.notEqual(await other.cache.stamp("t"), stamp);
      await other.cache.changed("s");
      const next = await one.cache.stamp("s");
      assert.notEqual(next, stamp);
      await one.cache.changed("s", 1);
      assert.notEqual(await other.cache.stamp("s"), next);
    });

    it("keeps answers under their stamp, and gives none under another", async () => {
      const [one, other] = [await cache(), await cache()];
      const stamp = (await one.cache.stamp("s"))!;
      await one.cache.put("s", stamp, '{"a":"\\n"}');
      assert.equal(await other.cache.get("s", stamp), '{"a":"\\n"}');
      await other.cache.changed("s");
      const next = (await one.cache.stamp("s"))!;
      assert.equal(await one.cache.get("s", next), undefined);
      // Somebody who began to read before the change puts it where nobody will find it.
      await one.cache.put("s", stamp, "old");
      assert.equal(await other.cache.get("s", next), undefined);
    });

    it("makes every answer last an hour longer when it is asked for", async () => {
      const { cache: here } = await cache();
      const stamp = (await here.stamp("s"))!;
      await here.put("s", stamp, "x");
      await redis.ask(async (client) => {
        await client.expire("ver:s", 10);
        await client.expire("session:s", 10);
        await here.stamp("s");
        await here.get("s", stamp);
        assert.ok((await client.ttl("ver:s")) > 3000);
        assert.ok((await client.ttl("session:s")) > 3000);
      });
    });

    it("keeps nothing of a session that changes all the time, without a command for every change", async () => {
      const [one, other] = [await cache(), await cache()];
      for (let i = 0; i < 3; i++) await one.cache.changed("s", 1);
      assert.equal(await other.cache.stamp("s"), null);
      const before = await commandsSet();
      for (let i = 0; i < 20; i++) await one.cache.changed("s", 1);
      assert.equal(await commandsSet(), before);
      one.clock.advance(5001);
      await one.cache.changed("s", 1);
      assert.equal(typeof (await other.cache.stamp("s")), "string");
    });

    it("never relies on a mark that another owner, or another change, has replaced", async () => {
      const [one, other] = [await cache(), await cache()];
      for (let i = 0; i < 3; i++) await one.cache.changed("s", 1);
      await other.cache.changed("s", 2);
      const between = await other.cache.stamp("s");
      await one.cache.changed("s", 3); // it is the owner again, and its mark of before is not there any more
      assert.notEqual(await other.cache.stamp("s"), between);

      for (let i = 0; i < 3; i++) await one.cache.changed("t", 1);
      await one.cache.changed("t"); // its metadata
      const after = await other.cache.stamp("t");
      await one.cache.changed("t", 1);
      assert.notEqual(await other.cache.stamp("t"), after);
    });

    it("never relies on a mark that another change replaced while it was on its way", async () => {
      const [one, other] = [await cache(), await cache()];
      await one.cache.changed("s", 1);
      await Promise.all([one.cache.changed("s", 1), one.cache.changed("s")]);
      const between = await other.cache.stamp("s");
      await one.cache.changed("s", 1);
      assert.notEqual(await other.cache.stamp("s"), between);
    });

    it("is no cache while Redis hangs or is away, and voids all it held before once Redis is back", async () => {
      let missed = 0;
      const [one, other] = [await cache(() => missed++), await cache()];
      const before = (await one.cache.stamp("s"))!;
      redis.hang();
      await one.cache.changed("s"); // acknowledged without a stamp
      assert.equal(missed, 1);
      assert.equal(await one.cache.stamp("s"), null);
      await eventually("the other one notices", async () => (await other.cache.stamp("s")) === null);
      redis.wake();
      await eventually("both are back", () => one.link.isUp && other.link.isUp);
      assert.equal(await other.cache.stamp("s"), null); // not before all others had the time to come back
      await eventually("stamps are given again", async () => {
        for (const { clock } of [one, other]) clock.advance(TRUST_MS);
        const [mine, theirs] = [await one.cache.stamp("s"), await other.cache.stamp("s")];
        return mine !== null && mine === theirs && mine !== before;
      });
    });

    it("voids everything for everybody when one process could not stamp in time", async () => {
      const [one, other] = [await cache(), await cache()];
      const before = await other.cache.stamp("elsewhere");
      await one.cache.forgetAll();
      assert.notEqual(await other.cache.stamp("elsewhere"), before);
    });

    async function commandsSet(): Promise<number> {
      const stats = await redis.ask((client) => client.info("commandstats"));
      return Number(/cmdstat_set:calls=(\d+)/.exec(stats)?.[1] ?? 0);
    }
  });
});
