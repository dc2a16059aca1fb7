import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CROWD_REGIONS, crowd } from "../../src/cli/simulate-arrivals.ts";
import { simulateMatchmaking } from "../../src/cli/simulate-matchmaking.ts";
import { runQueue } from "../../src/cli/simulate-queue.ts";
import { BUNDLED_QUEUES } from "../../src/matchmaking/bundled-queues.rules.ts";
import { Judge } from "./judge.ts";

describe("simulated matchmaking", () => {
  for (const rules of BUNDLED_QUEUES) {
    const tickets = rules.id === "arena-duel" ? 100_000 : 10_000;

    it(`plays ${tickets} tickets through ${rules.id}, every match inside the windows of its moment`, () => {
      const judge = new Judge(rules);
      const figures = runQueue({
        ...{ rules, arrivals: crowd({ seed: "judge", rules, perSecond: 20, tickets }), regions: CROWD_REGIONS },
        onPut: (candidate) => judge.put(candidate),
        onPass: (decision, now) => judge.judge(decision, now, CROWD_REGIONS),
      });
      assert.equal(judge.waiting.size, 0);
      assert.equal(figures.refused, 0);
      assert.equal(figures.waits.length + figures.timedOut, tickets);
      assert.ok(figures.timedOut < tickets / 100, `${figures.timedOut} timed out`);
      assert.ok(figures.waits.at(-1)! < rules.timeoutSeconds);
    });
  }

  it("makes the same crowd of the same seed, as often and as strong as it says", () => {
    const rules = BUNDLED_QUEUES[0]!;
    const of = (seed: string) => crowd({ seed, rules, perSecond: 50, tickets: 5000 });
    assert.deepEqual(of("a"), of("a"));
    assert.notDeepEqual(of("a")[0], of("b")[0]);
    const ratings = of("a").map(({ players }) => players[0]!.rating / 1e6);
    const mean = ratings.reduce((sum, rating) => sum + rating, 0) / ratings.length;
    const deviation = Math.sqrt(ratings.reduce((sum, rating) => sum + (rating - mean) ** 2, 0) / ratings.length);
    assert.ok(Math.abs(mean - 25) < 0.5 && Math.abs(deviation - 8.3) < 0.5, `N(${mean}, ${deviation})`);
    assert.ok(Math.abs(of("a").at(-1)!.since / 1000 - 100) < 6);
  });

  describe("as a command", () => {
    const dir = mkdtempSync(join(tmpdir(), "hypogeum-simulate-"));
    after(() => rmSync(dir, { recursive: true }));
    const file = (name: string, content: string) => {
      writeFileSync(join(dir, name), content);
      return join(dir, name);
    };
    const line = (at: number, rating: number) => JSON.stringify({ at, players: [{ rating, sigma: 8 }] });

    it("plays recorded arrivals against queues from a file", () => {
      const queues = file("queues.json", JSON.stringify([{ ...BUNDLED_QUEUES[0], id: "mine" }]));
      const arrivals = file("arrivals", `${line(0, 25)}\n${line(100, 25)}\n${line(200, 90)}\n`);
      const said = simulateMatchmaking(["--queue", "mine", "--queues", queues, "--arrivals", arrivals]);
      assert.match(said, /^queue mine: 3 tickets of 3 players/);
      assert.match(said, /matched {5}66.67 % of tickets, timed out 33.33 %/);
      assert.match(said, /quality {5}5 % below 0.\d+/);
    });

    const wrong: readonly (readonly [string, () => string[], RegExp])[] = [
      ["an unknown queue", () => ["--queue", "chess"], /no queue chess; there are: arena-duel/],
      ["no tickets", () => ["--tickets", "0"], /--tickets must be/],
      ["no arrivals a second", () => ["--per-second", "0"], /--per-second/],
      ["an unknown option", () => ["--games", "1"], /usage: /],
      ["a file that is not there", () => ["--queues", join(dir, "none")], /cannot read .*ENOENT/],
      ["queues that are wrong", () => ["--queues", file("q", "[{}]")], /queue 0: id/],
      ["queues that are no JSON", () => ["--queues", file("q2", "{")], /is not JSON/],
      ["arrivals that are no JSON", () => ["--arrivals", file("a", "{")], /line 1: not JSON/],
      ["arrivals of a wrong shape", () => ["--arrivals", file("b", "{}")], /line 1: at/],
      ["arrivals out of order", () => ["--arrivals", file("c", `${line(5, 1)}\n${line(4, 1)}`)], /line 2: at: earlier/],
    ];
    for (const [what, args, said] of wrong) {
      it(`refuses ${what} in words`, () => assert.throws(() => simulateMatchmaking(args()), said));
    }
  });
});
