import assert from "node:assert/strict";
import { CombatCombatant } from "../../schema/combat.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { newPlayer, type Player } from "../support/bots.ts";
import { type CombatClientRoom, enter, Fighter, GM, newFight } from "../support/combat-company.ts";
import { eventually, ServerProcess } from "../support/server.ts";
import { WireTap } from "../support/wire-tap.ts";

/** Of a kind that nothing else in the fight is, on a cell where nobody else ever stands. */
const LURKER = { creature: "rime_drake", at: { x: 17, y: 9 } };
const LATER = { x: 18, y: 10 };
/** Dice whose faces are a row of bytes that comes up nowhere by chance. */
const SECRET_ROLL = { count: 20, sides: 100 };

const WISH = {
  ...{ mode: "pve", map: "toll_bridge", rules: { turnSeconds: 0, windowSeconds: 0 } },
  party: [{ creature: "ember_scholar", seat: 0, at: { x: 16, y: 6 } }],
  foes: [
    { creature: "ditch_gnasher", at: { x: 2, y: 2 } },
    { ...LURKER, hidden: true },
  ],
};

describe("what is hidden in a fight", () => {
  let server: ServerProcess;
  const taps: WireTap[] = [];
  const fighters: Fighter[] = [];
  before(async () => {
    server = await ServerProcess.started({ env: { LOG_LEVEL: "debug" } });
  });
  after(async () => {
    for (const fighter of fighters) fighter.abandon();
    for (const tap of taps) await tap.close();
    await server.dispose();
  });

  async function tapped(): Promise<{ tap: WireTap; player: Player }> {
    const tap = await WireTap.start(server.port);
    taps.push(tap);
    return { tap, player: await newPlayer(tap.url) };
  }

  async function entered(player: Player, id: string, options = {}): Promise<Fighter> {
    const fighter = await enter(player, id, options);
    fighters.push(fighter);
    return fighter;
  }

  /** Asks for everything there is to read about the fight; what may be read is what the tap has heard. */
  async function readAll({ url, accessToken }: Player, id: string): Promise<void> {
    const headers = { authorization: `Bearer ${accessToken}` };
    for (const path of [
      ...[`/v1/combat/sessions/${id}/state`, "/v1/combat/sessions", `/v1/sessions/${id}?include_logs=true`],
      ...[`/v1/sessions/${id}/events?limit=100`, `/v1/sessions/${id}/snapshots`, "/v1/sessions", "/metrics"],
      "/v1/me/seats",
    ]) {
      await (await fetch(url + path, { headers })).arrayBuffer();
    }
  }

  it("is in no byte that a player or a watcher is sent: frames, events, answers; nor in logs and listings", async () => {
    const master = await tapped();
    const [player, watcher, stranger] = [await tapped(), await tapped(), await tapped()];
    const { id, master: gm } = await newFight(master.tap.url, WISH);
    fighters.push(gm);
    const one = await entered(player.player, id);
    const spectator = await entered(watcher.player, id, { role: "spectator" });
    await eventually("the game master sees all", () => gm.sight(GM)?.combatants.size === 3);
    const lurker = [...gm.sight(GM)!.combatants.values()].find(({ hidden }) => hidden)!.id;
    const own = one.creatureOf(0)!.id;

    await rounds(gm, one, lurker);
    await comesBack(player.tap, one);
    const late = await entered(player.player, id);
    await late.does("dodge");
    await late.does("endTurn");
    await eventually("the watcher sees it", () => spectator.state.combatants.get(own)!.turn === "done");
    for (const who of [player, watcher, stranger]) await readAll(who.player, id);
    await readAll(gm.player, id);

    const secrets = secretsOf(gm, lurker);
    for (const [what, bytes] of secrets)
      assert.ok(master.tap.bytes.includes(bytes), `the game master is shown ${what}`);
    for (const [who, { tap }] of Object.entries({ player, watcher, stranger })) {
      for (const [what, bytes] of secrets) assert.ok(!tap.bytes.includes(bytes), `the ${who} was sent ${what}`);
    }
    for (const [what, bytes] of secrets) assert.ok(!Buffer.from(server.log()).includes(bytes), `the log knows ${what}`);
    assert.equal(await listingHas(gm.player, id, lurker), false);
    assert.deepEqual(faultyRooms(server), []);

    await gm.does("gm.reveal", { combatant: lurker });
    await eventually("everybody sees it now", () =>
      [late, spectator].every(({ state }) => state.combatants.get(lurker)?.x === LATER.x),
    );
  });

  it("stays hidden when it was seen before: what it does after that is told to nobody", async () => {
    const { player, tap } = await tapped();
    const { id, master: gm } = await newFight(server.url, WISH);
    fighters.push(gm);
    const one = await entered(player, id);
    await eventually("all are there", () => gm.sight(GM)?.combatants.size === 3);
    const foe = [...one.state.combatants.values()].find(({ seat }) => seat === -1)!.id;
    await gm.does("gm.hide", { combatant: foe });
    await eventually("it is gone", () => !one.state.combatants.has(foe));
    const before = tap.bytes.length;
    await gm.does("gm.edit", { combatant: foe, patch: { at: { x: 21, y: 12 }, hp: 3 } });
    await gm.does("rollInitiative");
    await one.does("rollInitiative");
    await eventually("the fight is on", () => one.state.phase === "active");
    await readState(player, id);
    assert.ok(!tap.bytes.subarray(before).includes(foe));
  });

  it("is not to be found out by asking: the answers are those for somebody who does not exist", async () => {
    const { id, master: gm } = await newFight(server.url, WISH);
    fighters.push(gm);
    const one = await entered(await newPlayer(server.url), id);
    await eventually("all are there", () => gm.sight(GM)?.combatants.size === 3);
    const lurker = [...gm.sight(GM)!.combatants.values()].find(({ hidden }) => hidden)!.id;
    await gm.does("gm.initiative", { combatant: one.creatureOf(0)!.id, value: 30 });
    await gm.does("rollInitiative");
    await eventually("it is the player's turn", () => one.state.current === one.creatureOf(0)!.id);
    for (const [type, data] of [
      ["attack", {}],
      ["cast", { ability: "ember_dart", targets: ["?"] }],
      ["help", {}],
      ["concede", { combatant: "?" }],
      ["endTurn", { combatant: "?" }],
      ["ready", { trigger: "attack", by: "?", action: { type: "attack", id: "dagger" } }],
    ] as const) {
      const about = (target: string) => JSON.parse(JSON.stringify({ target, ...data }).replaceAll("?", target));
      const shaped = (target: string) =>
        type === "attack" || type === "help" ? about(target) : without(about(target));
      assert.equal(await one.refused(type, shaped(lurker)), await one.refused(type, shaped("czzzz")), type);
    }
  });
});

function without({ target: _, ...rest }: Record<string, unknown>): Record<string, unknown> {
  return rest;
}

/** Everything a hidden creature can do without showing itself, and what others do to it without knowing. */
async function rounds(gm: Fighter, one: Fighter, lurker: string): Promise<void> {
  await gm.does("gm.roll", SECRET_ROLL);
  await gm.does("gm.initiative", { combatant: lurker, value: 25 });
  await gm.does("gm.initiative", { combatant: one.creatureOf(0)!.id, value: 24 });
  await gm.does("rollInitiative");
  await eventually("it is the hidden one's turn", () => gm.sight(GM)!.current === lurker);
  await gm.does("move", { path: [LATER] });
  await gm.does("gm.edit", { combatant: lurker, patch: { hp: 101 } });
  const effect = { conditions: ["poisoned"], duration: { value: 2, unit: "rounds" }, expireOn: "turnEnd" };
  await gm.does("gm.effect", { combatant: lurker, ...effect });
  await gm.does("endTurn");
  await eventually("it is the player's turn", () => one.state.current === one.creatureOf(0)!.id);
  await one.does("cast", { ability: "cinder_burst", at: { x: 20, y: 12 } });
  await one.does("endTurn");
  await eventually("the fire has met it", () => gm.sight(GM)!.combatants.get(lurker)!.hp < 101);
  await gm.does("gm.endTurn");
  await eventually("a round has passed", () => gm.state.round === 2);
  await gm.does("endTurn");
  await eventually("it is the player's turn again", () => one.state.current === one.creatureOf(0)!.id);
}

/** The connection breaks, and is taken up again by its token. */
async function comesBack(tap: WireTap, one: Fighter): Promise<void> {
  one.room.reconnection.enabled = false;
  const { reconnectionToken } = one.room;
  tap.cut();
  await eventually("it is away", () => !one.room.connection.isOpen);
  const room = (await one.player.client.reconnect(reconnectionToken)) as CombatClientRoom;
  const again = new Fighter(one.player, room);
  await eventually("its sight is back", () => again.sight(0) !== undefined);
  again.abandon();
}

/** What must not be seen, as bytes; each of it is in what the game master is shown. */
function secretsOf(gm: Fighter, lurker: string): [string, Buffer][] {
  const { rolls } = gm.events.find(({ type }) => type === "rolledByGm")!.data as { rolls: number[] };
  return [
    ["its id", Buffer.from(lurker)],
    ["what it is", Buffer.from(LURKER.creature)],
    ["where it stood, in the state", place(LURKER.at)],
    ["where it stood, in JSON", Buffer.from(JSON.stringify(LATER))],
    ["the secret roll as a message", Buffer.from(rolls)],
    ["the secret roll in JSON", Buffer.from(JSON.stringify(rolls))],
  ];
}

/** How the schema writes the two coordinates of a new row: field and value, one after the other. */
function place({ x, y }: { x: number; y: number }): Buffer {
  const names = Object.keys(new CombatCombatant().toJSON());
  const ADD = 128;
  return Buffer.from([ADD | names.indexOf("x"), x, ADD | names.indexOf("y"), y]);
}

async function readState({ url, accessToken }: Player, id: string): Promise<void> {
  const headers = { authorization: `Bearer ${accessToken}` };
  await (await fetch(`${url}/v1/combat/sessions/${id}/state`, { headers })).arrayBuffer();
}

/** Whether the list of places to go back to names a creature. */
async function listingHas({ url, accessToken }: Player, id: string, name: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${accessToken}`, "content-type": "application/json" };
  const roll = { id: uuid7(Date.now()), type: "gm.roll", data: { count: 1, sides: 6 } };
  await fetch(`${url}/v1/combat/sessions/${id}/actions`, { method: "POST", headers, body: JSON.stringify(roll) });
  const response = await fetch(`${url}/v1/sessions/${id}/snapshots`, { headers });
  if (response.status !== 200) throw new Error(`no listing: ${response.status}`);
  return (await response.text()).includes(name);
}

function faultyRooms({ stdout }: ServerProcess): string[] {
  return stdout.split("\n").filter((line) => /"level":"(error|fatal)"/.test(line));
}
