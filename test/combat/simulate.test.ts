import assert from "node:assert/strict";
import { Progress } from "../../src/cli/progress.ts";
import { simulate } from "../../src/cli/simulate.ts";
import { simulateFight } from "../../src/cli/simulate-combat.ts";

/** Few, so that the margins are wide; the seed is fixed, so that chance does not fail it. */
const BALANCE_GAMES = 21;

describe("simulation of fights", () => {
  it("[L5] [L6] comes to the same journals for the same seed, on every machine", () => {
    const { hash, ...fight } = simulateFight("1", 0);
    assert.deepEqual(simulateFight("1", 0), { hash, ...fight });
    assert.match(hash, /^[0-9a-f]{64}$/);
    assert.notEqual(simulateFight("2", 0).hash, hash);
    assert.notEqual(simulateFight("1", 6).hash, hash, "another fight on the same map");
  });

  it("plays every fight to its end, whatever was played before it", () => {
    const all = Array.from({ length: 12 }, (_, index) => simulateFight("ends", index));
    assert.deepEqual(simulateFight("ends", 7), all[7]);
    assert.equal(new Set(all.map(({ map, against }) => map + against)).size, 6, "three maps, two kinds of enemies");
    for (const { winner, rounds, entries } of all) {
      assert.ok(winner === 0 || winner === 1 || winner === -1);
      assert.ok(rounds > 0 && entries > 50);
    }
  });

  it("reports shares, lengths and one hash of all, without a word on the way where there is no terminal", () => {
    const told = simulate(["combat", "--games", "12", "--seed", "7"]);
    assert.equal(told, simulate(["combat", "--seed", "7", "--games", "12"]));
    assert.match(told, /^toll_bridge, against foes +party won /);
    assert.match(told, /\n12 fights of seed 7, \d+ entries; journals [0-9a-f]{64}$/);
    assert.equal(told.split("\n").length, 8);
  });

  it("takes parties of other sizes, which meet other foes", () => {
    const alone = simulateFight("1", 0, 1);
    assert.deepEqual([alone.map, alone.against], ["toll_bridge", "foes"]);
    assert.ok(alone.entries < simulateFight("1", 0, 4).entries);
    assert.notEqual(simulate(["combat", "--games", "2", "--heroes", "2"]), simulate(["combat", "--games", "2"]));
  });

  it("is balanced: against the foes of every map parties of any size win more than they lose, and not always", () => {
    const maps = 3;
    for (const heroes of [1, 4]) {
      const won = new Map<string, number>();
      for (let game = 0; game < maps * BALANCE_GAMES; game++) {
        // Every second round of the maps is against another party.
        const { map, winner } = simulateFight("balance", game + maps * Math.floor(game / maps), heroes);
        won.set(map, (won.get(map) ?? 0) + Number(winner === 0));
      }
      for (const [map, wins] of won)
        assert.ok(wins >= BALANCE_GAMES * 0.3 && wins <= BALANCE_GAMES * 0.95, `${map}, ${heroes}: ${wins} wins`);
    }
  });

  it("tells its usage, and refuses what it does not understand", () => {
    assert.match(simulate(["--help"]), /^usage: hypogeum simulate combat/);
    for (const args of [
      [],
      ["poker"],
      ["combat", "--games", "0"],
      ["combat", "--games", "x"],
      ["combat", "--dice"],
      ["combat", "--heroes", "9"],
    ]) {
      assert.throws(() => simulate(args), { exitCode: 2 }, args.join(" "));
    }
  });

  it("fills a line on a terminal, ten times a second at most, and takes it away", () => {
    const written: string[] = [];
    let now = 0;
    const progress = new Progress(4, { isTTY: true, write: (text) => written.push(text) }, () => now);
    for (const [done, at] of [
      [1, 0],
      [2, 50],
      [3, 120],
      [4, 130],
    ] as const) {
      now = at;
      progress.at(done);
    }
    progress.clear();
    assert.deepEqual(
      written.map((text) => text.replace(/^\r/, "")),
      [
        `[${"#".repeat(7)}${".".repeat(23)}] 1 of 4`,
        `[${"#".repeat(22)}${".".repeat(8)}] 3 of 4`,
        `[${"#".repeat(30)}] 4 of 4`,
        "\u001b[2K",
      ],
    );
  });

  it("says nothing where there is no terminal", () => {
    const progress = new Progress(1, { write: () => assert.fail("said something") });
    progress.at(1);
    progress.clear();
  });
});
