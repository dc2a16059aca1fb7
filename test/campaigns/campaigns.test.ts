import assert from "node:assert/strict";
import { Api, outcome } from "../support/api.ts";
import type { Player } from "../support/bots.ts";

describe("campaigns", () => {
  let api: Api;
  let [ada, ben, eve]: Player[] = [];

  before(async () => {
    api = await Api.start();
    [ada, ben, eve] = await api.players(3);
  });
  after(() => api.close());

  const create = (name: string, members: string[] = []) => api.call("POST /v1/campaigns", ada, { name, members });

  it("belong to who made them and to those named, and to nobody else", async () => {
    const { status, body, headers } = await create("The sunken library", [ben!.accountId]);
    assert.deepEqual([status, body.ownerId], [201, ada!.accountId]);
    assert.equal(headers.get("location"), `/v1/campaigns/${body.id}`);
    for (const player of [ada, ben]) {
      const read = await api.call(`GET /v1/campaigns/${body.id}`, player);
      assert.deepEqual([read.status, read.body.members], [200, [ada!.accountId, ben!.accountId]]);
    }
    assert.deepEqual(outcome(await api.call(`GET /v1/campaigns/${body.id}`, eve)), [404, "campaign_not_found"]);
    assert.deepEqual((await api.call("GET /v1/campaigns", eve)).body.items, []);
  });

  it("are listed newest first, page by page", async () => {
    const names = ["one", "two", "three"];
    for (const name of names) await create(name);
    const first = (await api.call("GET /v1/campaigns?limit=2", ada)).body;
    const next = (await api.call(`GET /v1/campaigns?limit=2&cursor=${first.nextCursor}`, ada)).body;
    const seen = [...first.items, ...next.items].map(({ name }: { name: string }) => name);
    assert.deepEqual(seen.slice(0, 3), ["three", "two", "one"]);
  });

  it("made twice under one key are made once", async () => {
    const headers = { "idempotency-key": "the-same" };
    const [one, two] = [
      await api.call("POST /v1/campaigns", ada, { name: "once" }, headers),
      await api.call("POST /v1/campaigns", ada, { name: "once" }, headers),
    ];
    assert.equal(one.body.id, two.body.id);
    assert.equal(two.headers.get("idempotency-replayed"), "true");
  });

  it("gather the sessions that name them", async () => {
    const { id } = (await create("With evenings")).body;
    const session = await api.call("POST /v1/sessions", ada, { type: "custom", campaignId: id });
    assert.equal(session.status, 201);
    const { sessions } = (await api.call(`GET /v1/campaigns/${id}`, ada)).body;
    assert.deepEqual(
      sessions.map((one: { id: string; campaignId: string }) => [one.id, one.campaignId]),
      [[session.body.id, id]],
    );
    const listed = (await api.call(`GET /v1/sessions?campaignId=${id}`, ada)).body.items;
    assert.equal(listed.length, 1);
    const stranger = await api.call("POST /v1/sessions", eve, { type: "custom", campaignId: id });
    assert.deepEqual(outcome(stranger), [404, "campaign_not_found"]);
  });
});
