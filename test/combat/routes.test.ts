import assert from "node:assert/strict";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { Api, outcome } from "../support/api.ts";
import type { Player } from "../support/bots.ts";
import { eventually } from "../support/server.ts";

const CREATE = "POST /v1/combat/sessions";
const AMBUSH = {
  ...{ mode: "pve", map: "toll_bridge", rules: { turnSeconds: 0, windowSeconds: 5, afk: "autopilot" }, autopilot: [1] },
  party: [{ creature: "bridge_warden", seat: 0 }],
  foes: [
    { creature: "ditch_gnasher", at: { x: 9, y: 6 } },
    { creature: "grey_courser", hidden: true, surprised: true },
  ],
};

interface Shown {
  readonly rules: object;
  readonly combatants: readonly {
    id: string;
    creature: string;
    side: number;
    seat: number | null;
    autopilot: boolean;
  }[];
}

describe("routes of fights", () => {
  let api: Api;
  let master: Player;
  let stranger: Player;
  before(async () => {
    api = await Api.start();
    [master, stranger] = (await api.players(2)) as [Player, Player];
  });
  after(() => api.close());

  const stateOf = (player: Player, id: string) => api.call(`GET /v1/combat/sessions/${id}/state`, player);
  const act = (player: Player, id: string, type: string, data = {}, action = uuid7(Date.now())) =>
    api.call(`POST /v1/combat/sessions/${id}/actions`, player, { id: action, type, data });

  it("make a fight as the game master wants it, with everybody in place and the caller in the master's seat", async () => {
    const made = await api.call(CREATE, master, AMBUSH);
    assert.equal(made.status, 201);
    assert.equal(made.headers.get("location"), `/v1/sessions/${made.body.id}`);
    assert.equal(made.headers.get("etag"), `"${made.body.version}"`);
    assert.deepEqual([made.body.mode, made.body.hostId], ["pve", master.accountId]);
    assert.deepEqual(made.body.players[0].role, "gm");
    const { rules, combatants } = made.body.state as Shown;
    assert.deepEqual(rules, { turnMs: 0, windowMs: 5000, afk: "autopilot" });
    const who = combatants.map(({ creature, side, seat, autopilot }) => [creature, side, seat, autopilot]);
    assert.deepEqual(who.toSorted(), [
      ["bridge_warden", 0, 0, false],
      ["ditch_gnasher", 1, null, true],
      ["grey_courser", 1, null, true],
    ]);
  });

  it("show the state to each as it may be seen, under the version", async () => {
    const { id } = (await api.call(CREATE, master, AMBUSH)).body;
    const seen = await stateOf(stranger, id);
    assert.equal(seen.body.state.combatants.length, 2, "the hidden one is not there");
    assert.equal((await stateOf(master, id)).body.state.combatants.length, 3);
    const { sessionId, version, seq, status } = seen.body;
    assert.deepEqual([sessionId, status, seen.headers.get("etag")], [id, "waiting", `"${version}"`]);
    assert.ok(seq >= 6);
    const again = await api.call(`GET /v1/combat/sessions/${id}/state`, stranger, undefined, {
      "if-none-match": `"${version}"`,
    });
    assert.equal(again.status, 304);
    assert.match(String(seen.headers.get("vary")), /Authorization/);
  });

  it("let a player make one, with a character and foes by name", async () => {
    const wish = { role: "player", creature: "red_reaver", foes: [{ creature: "ditch_gnasher" }] };
    const { body } = await api.call(CREATE, stranger, wish);
    assert.deepEqual([body.mode, body.players[0].role, body.players[0].seat], ["pve", "player", 0]);
    assert.equal((body.state as Shown).combatants.length, 2);
    assert.equal((await act(stranger, body.id, "rollInitiative")).status, 200);
    assert.equal((await stateOf(stranger, body.id)).body.status, "active");
  });

  it("refuse what the rules refuse by their code, and make nothing then", async () => {
    const count = async () => (await api.call("GET /v1/combat/sessions?limit=100", master)).body.items.length;
    const before = await count();
    const wall = [{ creature: "ditch_gnasher", at: { x: 20, y: 5 } }];
    assert.deepEqual(outcome(await api.call(CREATE, master, { map: "nowhere" })), [409, "unknown_map"]);
    assert.deepEqual(outcome(await api.call(CREATE, master, { foes: [{ creature: "kraken" }] })), [
      409,
      "unknown_creature",
    ]);
    assert.deepEqual(outcome(await api.call(CREATE, master, { foes: wall })), [409, "place_taken"]);
    assert.equal(await count(), before);
  });

  it("let players say nothing that is a game master's to say", async () => {
    for (const wish of [
      { foes: [{ creature: "ditch_gnasher", hidden: true }] },
      { party: [{ creature: "bridge_warden" }] },
      { autopilot: [0] },
    ]) {
      const reply = await api.call(CREATE, stranger, { role: "player", ...wish });
      assert.deepEqual(outcome(reply), [400, "validation_failed"], JSON.stringify(wish));
    }
    assert.deepEqual(outcome(await api.call(CREATE, master, { creature: "red_reaver" })), [400, "validation_failed"]);
    assert.deepEqual(outcome(await api.call(CREATE, master, { colour: "red" })), [400, "validation_failed"]);
  });

  it("answer the same Idempotency-Key with the same fight", async () => {
    const headers = { "idempotency-key": uuid7(Date.now()) };
    const first = await api.call(CREATE, master, AMBUSH, headers);
    const second = await api.call(CREATE, master, AMBUSH, headers);
    assert.equal(second.body.id, first.body.id);
    assert.equal(second.headers.get("idempotency-replayed"), "true");
  });

  it("[L4] take actions by the same door as sockets: once, with the same answer, and with the rules' codes", async () => {
    const { id } = (await api.call(CREATE, master, AMBUSH)).body;
    const action = uuid7(Date.now());
    const first = await act(master, id, "gm.roll", { count: 2, sides: 6 }, action);
    assert.equal(first.status, 200);
    assert.equal(first.body.events[0].type, "rolledByGm");
    const second = await act(master, id, "gm.roll", { count: 2, sides: 6 }, action);
    assert.deepEqual(second.body, first.body);
    assert.deepEqual(outcome(await act(master, id, "endTurn")), [409, "fight_not_begun"]);
    assert.deepEqual(outcome(await act(master, id, "fly")), [400, "unknown_action"]);
    assert.deepEqual(outcome(await act(stranger, id, "join", { creature: "red_reaver" })), [403, "not_seated"]);
  });

  it("know fights alone: another session is none, and lists are filtered", async () => {
    const other = (await api.call("POST /v1/sessions", master, { type: "custom", state: {} })).body.id;
    assert.deepEqual(outcome(await stateOf(master, other)), [404, "session_not_found"]);
    assert.deepEqual(outcome(await act(master, other, "append")), [404, "session_not_found"]);
    await api.call(CREATE, master, { mode: "pvp" });
    const pvp = (await api.call("GET /v1/combat/sessions?mode=pvp&status=waiting", stranger)).body.items;
    assert.deepEqual([pvp.length, pvp[0].mode, pvp[0].type], [1, "pvp", "combat"]);
    assert.equal((await api.call("GET /v1/combat/sessions?status=ended", stranger)).body.items.length, 0);
  });

  it("begin a fight that goes on by itself, with nobody connected", async () => {
    const { id } = (await api.call(CREATE, master, { ...AMBUSH, autopilot: [0, 1] })).body;
    await act(master, id, "rollInitiative");
    const { seq } = (await stateOf(master, id)).body;
    await eventually("turns have been played", async () => (await stateOf(master, id)).body.seq > seq + 3);
  });

  it("group the encounters of a campaign", async () => {
    const { id: campaignId } = (await api.call("POST /v1/campaigns", master, { name: "The sunken library" })).body;
    const { id } = (await api.call(CREATE, master, { ...AMBUSH, campaignId })).body;
    const { items } = (await api.call(`GET /v1/combat/sessions?campaignId=${campaignId}`, master)).body;
    assert.deepEqual(
      items.map((item: { id: string }) => item.id),
      [id],
    );
    const { sessions } = (await api.call(`GET /v1/campaigns/${campaignId}`, master)).body;
    assert.equal(sessions[0].id, id);
    const refused = await api.call(CREATE, stranger, { campaignId });
    assert.deepEqual(outcome(refused), [404, "campaign_not_found"]);
  });
});
