import assert from "node:assert/strict";
import { Api, outcome, type Reply } from "../support/api.ts";
import type { Player } from "../support/bots.ts";

const KEY = "the-key-of-one-game's-service".padEnd(32, "-");

describe("a service whose key is for one game", () => {
  let api: Api;
  let ada: Player;
  let campaignId: string;
  const ids: Record<string, string> = {};

  before(async () => {
    api = await Api.start({ SERVICE_KEYS: `judge@dice:${KEY}` });
    [ada] = (await api.players(1)) as [Player];
    campaignId = (await api.call("POST /v1/campaigns", ada, { name: "Both" })).body.id;
    for (const gameId of ["dice", "chess"]) {
      ids[gameId] = (await api.call("POST /v1/sessions", ada, { type: "custom", gameId, campaignId })).body.id;
    }
  });
  after(() => api.close());

  const ask = (line: string, body?: unknown, headers: object = {}): Promise<Reply> =>
    api.call(line, undefined, body, { "x-service-key": KEY, ...headers });
  const listed = async (query: string) =>
    (await ask(`GET /v1/sessions${query}`)).body.items.map(({ id }: { id: string }) => id);

  it("is listed the sessions of its own only, whatever it asks for", async () => {
    assert.deepEqual(await listed(""), [ids.dice]);
    assert.deepEqual(await listed("?type=custom&gameId=dice"), [ids.dice]);
    assert.deepEqual(await listed("?gameId=chess"), []);
    assert.deepEqual(await listed(`?playerId=${ada.accountId}`), [ids.dice]);
    const { sessions } = (await ask(`GET /v1/campaigns/${campaignId}`)).body;
    assert.deepEqual(
      sessions.map(({ id }: { id: string }) => id),
      [ids.dice],
    );
  });

  it("finds no other by its id, to read or to change", async () => {
    const reads = ["", "/events", "/invites", "/snapshots"].map((what) => [`GET /v1/sessions/%${what}`]);
    const writes: [string, unknown?][] = [
      ["PUT /v1/sessions/%", { mode: "ranked" }],
      ["PUT /v1/sessions/%/state", { round: 1 }],
      ["PATCH /v1/sessions/%/state", { round: 1 }],
      ["POST /v1/sessions/%/pause"],
      ["POST /v1/sessions/%/resume"],
      ["POST /v1/sessions/%/invites", {}],
      ["POST /v1/sessions/%/actions", { id: ids.chess, type: "replace", data: {} }],
      ["DELETE /v1/sessions/%"],
    ];
    for (const [line, body] of [...(reads as [string][]), ...writes]) {
      const reply = await ask(line.replace("%", ids.chess!), body, { "if-match": "*" });
      assert.deepEqual(outcome(reply), [404, "session_not_found"], line);
    }
    assert.equal((await ask(`GET /v1/sessions/${ids.dice}`)).status, 200);
    assert.equal((await ask(`PUT /v1/sessions/${ids.dice}/state`, { round: 1 }, { "if-match": "*" })).status, 200);
  });
});
