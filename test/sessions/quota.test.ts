import assert from "node:assert/strict";
import { HOSTED_MAX, sessionQuota } from "../../src/sessions/session-quota.ts";
import { Api, outcome } from "../support/api.ts";
import type { Player } from "../support/bots.ts";

describe("how many sessions an account may host", () => {
  let api: Api;
  let [ada, ben]: Player[] = [];

  before(async () => {
    api = await Api.start();
    [ada, ben] = await api.players(2);
  });
  after(() => api.close());

  const create = (player: Player) => api.call("POST /v1/sessions", player, { type: "custom" });

  it("a hundred that have not ended: no more by REST or by a room, until one has", async () => {
    const made = await Promise.all(Array.from({ length: HOSTED_MAX }, () => create(ada!)));
    assert.deepEqual([...new Set(made.map(({ status }) => status))], [201]);
    assert.deepEqual(outcome(await create(ada!)), [409, "session_quota"]);
    await assert.rejects(ada!.client.joinOrCreate("dice"), /session_quota/);
    assert.equal((await create(ben!)).status, 201);
    assert.equal((await api.call(`DELETE /v1/sessions/${made[0]!.body.id}`, ada)).status, 200);
    assert.equal((await create(ada!)).status, 201);
    assert.deepEqual(outcome(await create(ada!)), [409, "session_quota"]);
  });

  it("is counted again only when what was left by the last count is used up", async () => {
    let counts = 0;
    let hosted = 7;
    const quota = sessionQuota(async () => {
      counts += 1;
      return hosted;
    }, 10);
    for (let made = 0; made < 3; made++) await quota("ada");
    assert.equal(counts, 1);
    hosted = 10;
    await assert.rejects(quota("ada"), { code: "session_quota" });
    hosted = 9;
    await quota("ada");
    assert.equal(counts, 3);
  });
});
