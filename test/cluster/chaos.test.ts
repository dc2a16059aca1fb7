import assert from "node:assert/strict";
import { xorshift } from "../../loadtest/arena-brain.ts";
import { schedule } from "../support/chaos-schedule.ts";
import { ClusterChaos, violations } from "../support/cluster-chaos.ts";
import { KINDS } from "../support/cluster-faults.ts";
import { FaultCluster } from "../support/fault-cluster.ts";
import { describeWithRedis } from "../support/redis.ts";

const FAULTS = 20;
const SEED = 7;
/** A fault with everything that must come back takes up to ten seconds on a small machine. */
const TIMEOUT_MS = 400_000;

describeWithRedis("a cluster under faults", function suite(this: Mocha.Suite) {
  this.timeout(TIMEOUT_MS);
  let cluster: FaultCluster;
  let chaos: ClusterChaos | undefined;

  before(async () => {
    cluster = await FaultCluster.start(3);
  });
  after(async () => {
    chaos?.abandon();
    await cluster?.dispose();
  });

  it("[L3] [L4] [L8] [L9] [L10] keeps every promise through every kind of fault, and leaves nothing behind", async () => {
    const random = xorshift(SEED);
    const plan = schedule(FAULTS, random);
    assert.deepEqual(new Set(plan.flatMap(({ kinds }) => kinds)), new Set(KINDS), "every kind is there");
    chaos = await ClusterChaos.on(cluster, random, { dice: [3, 2], arena: [2] });
    for (const planned of plan) await chaos.suffer(planned);
    const verdict = await chaos.judge();
    const nothing = Object.fromEntries(Object.keys(violations(verdict)).map((kind) => [kind, []]));
    assert.deepEqual(violations(verdict), nothing, cluster.servers.map((server) => server.log()).join("\n"));
    assert.ok(verdict.dice.acknowledgements > 200, "the bots did play");
    const resumed = chaos.returns.reduce((sum, { ms }) => sum + ms.length, 0);
    assert.ok(resumed > 50, `${resumed} times a client came back`);
  });
});
