import assert from "node:assert/strict";
import { grouped } from "../src/lib/grouped.ts";

describe("grouped calls", () => {
  it("make one group while another is under way, and each gets its own answer", async () => {
    const groups: number[][] = [];
    const { promise, resolve: open } = Promise.withResolvers<void>();
    const double = grouped<number, number>(async (items) => {
      groups.push([...items]);
      await promise;
      return items.map((item) => item * 2);
    }, 3);
    const first = [double(1), double(2)];
    await new Promise((next) => setTimeout(next, 5));
    const later = [3, 4, 5, 6].map(double);
    open();
    assert.deepEqual(await Promise.all([...first, ...later]), [2, 4, 6, 8, 10, 12]);
    assert.deepEqual(groups, [[1, 2], [3, 4, 5], [6]]);
  });

  it("fail with their group, and with no other", async () => {
    const half = grouped<number, number>(async (items) => {
      if (items.includes(1)) throw new Error("odd");
      return items.map((item) => item / 2);
    }, 2);
    const ends = await Promise.allSettled([half(1), half(2), half(4)]);
    assert.deepEqual(
      ends.map(({ status }) => status),
      ["rejected", "rejected", "fulfilled"],
    );
    assert.equal(await half(8), 4, "and it goes on");
  });

  it("are told to come later when too many wait", async () => {
    const { promise, resolve: open } = Promise.withResolvers<void>();
    const keep = grouped<number, number>(async (items) => promise.then(() => items));
    const waiting = Array.from({ length: 20_000 }, (_, at) => keep(at));
    await assert.rejects(keep(-1), { code: "unavailable", retryAfter: 1 });
    open();
    assert.equal((await Promise.all(waiting)).at(-1), 19_999);
  });
});
