import assert from "node:assert/strict";
import { BUNDLED_QUEUES } from "../../src/matchmaking/bundled-queues.rules.ts";
import { MatcherPool } from "../../src/matchmaking/matcher-pool.ts";
import { solo } from "./arrivals.ts";
import { Judge } from "./judge.ts";

const duel = BUNDLED_QUEUES.find(({ id }) => id === "arena-duel")!;
const pass = { now: 1000, regions: ["eu"] };

describe("the matcher's thread", () => {
  let matcher: MatcherPool;
  let deaths: Error[];

  beforeEach(async () => {
    deaths = [];
    matcher = new MatcherPool({ onDeath: (error) => void deaths.push(error) });
    await matcher.open(duel);
  });

  afterEach(() => matcher.end());

  it("decides over what it was given, and forgets what it decided", async () => {
    const judge = new Judge(duel);
    const tickets = Array.from({ length: 3001 }, (_, number) => solo(`t${number}`, 10 + (number % 300) / 10));
    for (const ticket of tickets) judge.put(ticket);
    assert.deepEqual(await matcher.put(duel.id, tickets), []);
    let decided = await matcher.decide(duel.id, pass);
    assert.ok(decided.more && decided.matches.length < 1500);
    judge.judge(decided, pass.now, pass.regions);
    while (decided.more) {
      decided = await matcher.decide(duel.id, pass);
      judge.judge(decided, pass.now, pass.regions);
    }
    assert.equal(judge.waiting.size, 1);
  });

  it("does what it is asked in the order it was asked in", async () => {
    const put = matcher.put(duel.id, [solo("a", 25), solo("b", 25)]);
    const removed = matcher.remove(duel.id, ["a", "nobody"]);
    const decided = matcher.decide(duel.id, pass);
    const explained = matcher.explain(duel.id, "b", pass);
    assert.deepEqual(await put, []);
    assert.equal(await removed, 1);
    assert.deepEqual([(await decided).matches.length, (await decided).waiting], [0, 1]);
    assert.equal((await explained)?.pool.tickets, 1);
  });

  it("says whom it did not take", async () => {
    const twin = { ...solo("b", 25), players: solo("a", 25).players };
    assert.deepEqual(await matcher.put(duel.id, [solo("a", 25), twin]), [{ ticket: "b", why: "account_waits" }]);
  });

  it("keeps queues apart, and forgets one that is opened again or closed", async () => {
    const other = { ...duel, id: "other" };
    await matcher.open(other);
    await matcher.put(duel.id, [solo("a", 25)]);
    await matcher.put(other.id, [solo("b", 25)]);
    assert.equal((await matcher.decide(other.id, pass)).waiting, 1);
    await matcher.open(other);
    assert.equal((await matcher.decide(other.id, pass)).waiting, 0);
    await matcher.close(duel.id);
    await assert.rejects(matcher.decide(duel.id, pass), /no pool of queue arena-duel/);
  });

  it("rejects what it owes when it is ended, and calls that no death", async () => {
    const owed = matcher.decide(duel.id, pass);
    const rejected = assert.rejects(owed, /ended/);
    await matcher.end();
    await rejected;
    await assert.rejects(matcher.decide(duel.id, pass), /ended/);
    assert.deepEqual(deaths, []);
  });

  it("survives a candidate that is nonsense", async () => {
    const nonsense = { id: "x", since: 0, latencies: {} } as ReturnType<typeof solo>;
    await assert.rejects(matcher.put(duel.id, [nonsense]));
    assert.equal((await matcher.decide(duel.id, pass)).waiting, 0);
  });
});
