import assert from "node:assert/strict";
import { compare } from "../../loadtest/bench/determinism/compare.ts";
import {
  bundleReplay,
  chromiumEngine,
  type Engine,
  findChromium,
  nodeEngine,
  otherNode,
} from "../../loadtest/bench/determinism/engines.ts";
import { type Recorded, record } from "../../loadtest/bench/determinism/record.ts";
import type { Entry } from "../../src/journal/game.ts";
import { judge } from "../support/net-judge.ts";

const MATCHES = 4;

describe("[L6] a recorded match, played again from its journal alone", function () {
  this.timeout(60_000);
  const matches: Recorded[] = [];
  const engines: Engine[] = [];

  before(async () => {
    const [bundle] = await Promise.all([bundleReplay(), record(MATCHES, (match) => matches.push(match))]);
    const [node, chromium] = [otherNode(), findChromium()];
    engines.push(await nodeEngine(process.execPath, bundle));
    if (node) engines.push(await nodeEngine(node, bundle));
    if (chromium) engines.push(await chromiumEngine(chromium, bundle));
    else console.warn("\n  *** SKIPPED: replay in a browser needs `chromium` on PATH, and there is none ***\n");
  });
  after(async () => {
    for (const engine of engines) await engine.close();
  });

  it("was played to its end, through crashes and by players who come and go", () => {
    assert.ok(matches.some(({ crashes }) => crashes > 0));
    for (const type of ["kill", "pickup", "seat.left", "session.owner"]) {
      assert.ok(
        matches.some(({ journal }) => journal.some((body) => body.includes(`"type":"${type}"`))),
        `nobody saw a ${type}`,
      );
    }
  });

  it("was played by the rules, as far as an onlooker can tell", () => {
    for (const { journal } of matches) {
      const entries = journal.flatMap((body) => (JSON.parse(body) as { entries: Entry[] }).entries);
      assert.deepEqual(judge(entries).violations, []);
    }
  });

  it("comes to the hash of what was live, in every engine there is", async () => {
    for (const engine of engines) {
      const { differing } = await compare(engine, matches);
      assert.deepEqual(differing, [], engine.name);
    }
  });

  it("comes to the same hash every time", async () => {
    const journals = matches.map(({ journal }) => journal);
    assert.deepEqual(await engines[0]!.replay(journals), await engines[0]!.replay(journals));
  });

  it("comes to something else when a single input was another", async () => {
    const altered = matches.map(({ journal }) =>
      journal.map((body) => body.replace(/"in":\[(\d+),(\d+)/g, nextButtons)),
    );
    const outcomes = await engines[0]!.replay(altered);
    for (const [index, outcome] of outcomes.entries()) assert.notEqual(outcome, matches[index]!.liveHash);
  });
});

/** Of the first input of a tick, one that walks up if it did not, and does not if it did; up and down at once are nothing. */
function nextButtons(_: string, seat: string, buttons: string): string {
  return `"in":[${seat},${Number(buttons) ^ 1}`;
}
