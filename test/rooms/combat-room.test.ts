import assert from "node:assert/strict";
import { getJson, newPlayer, sdkComplaints } from "../support/bots.ts";
import { enter, Fighter, GM, newFight, seatPlayers } from "../support/combat-company.ts";
import { eventually, ServerProcess } from "../support/server.ts";

/** Two who stand face to face on open ground, each with a player of its own. */
const DUEL = {
  ...{ mode: "pvp", map: "toll_bridge", rules: { turnSeconds: 0, windowSeconds: 0 } },
  party: [
    { creature: "bridge_warden", seat: 0, side: 0, at: { x: 6, y: 6 } },
    { creature: "ember_scholar", seat: 1, side: 1, at: { x: 7, y: 6 } },
  ],
};

describe("room of a fight", () => {
  let server: ServerProcess;
  const everybody: Fighter[] = [];
  before(async () => {
    server = await ServerProcess.started();
  });
  afterEach(() => {
    for (const fighter of everybody.splice(0)) fighter.abandon();
  });
  after(() => server.dispose());

  async function gathered(wish: Record<string, unknown>, players: number) {
    const { id, master } = await newFight(server.url, wish);
    const seated = await seatPlayers(server.url, id, players);
    everybody.push(master, ...seated);
    return { id, master, seated };
  }

  /** The duel at the first one's turn. */
  async function duel() {
    const { id, master, seated } = await gathered(DUEL, 2);
    const [one, two] = seated as [Fighter, Fighter];
    await eventually("both are there", () => master.state.combatants.size === 2);
    const [a, b] = [one.creatureOf(0)!.id, one.creatureOf(1)!.id];
    await master.does("gm.initiative", { combatant: a, value: 20 });
    await master.does("gm.initiative", { combatant: b, value: 10 });
    await master.does("rollInitiative");
    await eventually("it is the first one's turn", () => [one, two].every(({ state }) => state.current === a));
    return { id, master, one, two, a, b };
  }

  async function rest(fighter: Fighter, id: string) {
    return getJson(fighter.player, `/v1/combat/sessions/${id}/state`);
  }

  async function post(fighter: Fighter, path: string, body: object) {
    const { url, accessToken } = fighter.player;
    const headers = { "content-type": "application/json", authorization: `Bearer ${accessToken}` };
    const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  it("is played to its end by stock clients, and all of them saw the same fight", async () => {
    const wish = { mode: "pve", map: "toll_bridge", autopilot: [1], foes: [{ creature: "ditch_gnasher" }] };
    const { id, master, seated } = await gathered(wish, 2);
    for (const [seat, creature] of ["bridge_warden", "red_reaver"].entries()) {
      await seated[seat]!.does("join", { creature });
    }
    await master.does("rollInitiative");
    for (const [seat, fighter] of seated.entries()) fighter.play(seat);
    // The state is shown before the events are told.
    const isOver = ({ events }: Fighter) => events.some(({ type }) => type === "session.ended");
    await eventually("it is over", () => seated.every(isOver), 40_000);
    assert.deepEqual([seated[0]!.state.phase, seated[0]!.state.winner], ["ended", 0]);
    const told = seated.map(({ events }) =>
      events.filter(({ type }) => /^(attackRolled|damaged|turnStarted)$/.test(type)),
    );
    assert.ok(told[0]!.length > 4, "blows were told");
    assert.deepEqual(told[1]!.slice(-5), told[0]!.slice(-5));
    const { status, result } = await getJson(seated[0]!.player, `/v1/sessions/${id}`);
    assert.deepEqual([status, (result as { winner: number }).winner], ["ended", 0]);
  });

  it("shows everybody the same order, round and current creature as the API does", async () => {
    const { id, master, one, two, a, b } = await duel();
    const watcher = await enter(await newPlayer(server.url), id, { role: "spectator" });
    everybody.push(watcher);
    for (const fighter of [master, one, two, watcher]) {
      const { order, round, current } = (await rest(fighter, id)).state as Record<string, unknown>;
      assert.deepEqual([[...fighter.state.order], fighter.state.round], [order, round]);
      assert.deepEqual([order, current], [[a, b], a]);
    }
  });

  it("asks only the one who may react, and goes on when it has answered", async () => {
    const { one, two, a, b } = await duel();
    await one.does("move", { path: [{ x: 5, y: 6 }] });
    await eventually("the window is open for both", () => [one, two].every(({ state }) => state.windowId > 0));
    assert.deepEqual([two.state.windowKind, two.state.windowBy, [...two.state.waiting]], ["opportunity", a, [b]]);
    assert.equal(one.sight(0)!.reactors.size, 0, "what the other may do is not its business");
    const [option] = [...two.sight(1)!.reactors.get(b)!.options];
    assert.deepEqual([option!.kind, option!.what, option!.target], ["attack", "dagger", a]);
    assert.equal(await one.refused("endTurn"), "reaction_pending");
    assert.equal(await one.refused("react", { take: 0 }), "no_reaction");
    await two.does("react", { take: 0, window: two.state.windowId });
    await eventually("it walks on", () => one.creatureOf(0)!.x === 5 && one.state.windowId === 0);
    assert.equal(one.creatureOf(1)!.reaction, false, "the reaction is spent");
    for (const { events } of [one, two]) {
      assert.equal(events.filter(({ type }) => type === "attackRolled").length, 1);
    }
  });

  it("lets the reaction pass when it says so, and keeps it", async () => {
    const { one, two } = await duel();
    await one.does("move", { path: [{ x: 5, y: 6 }] });
    await two.does("react", { take: null });
    await eventually("it walks on", () => one.creatureOf(0)!.x === 5);
    assert.equal(one.creatureOf(1)!.reaction, true);
  });

  it("refuses by the rules' codes, and the game master's commands to players", async () => {
    const { one, two, a } = await duel();
    assert.equal(await two.refused("endTurn"), "not_your_turn");
    assert.equal(await two.refused("endTurn", { combatant: a }), "not_your_turn");
    assert.equal(await one.refused("attack", { target: "nobody" }), "unknown_target");
    assert.equal(await one.refused("move", { path: [{ x: -1, y: 6 }] }), "validation_failed");
    assert.equal(await one.refused("gm.edit", { combatant: a, patch: { hp: 1 } }), "not_game_master");
    assert.equal(await one.refused("fly"), "unknown_action");
  });

  it("shows uses and readied actions to their player, the coach and the game master, and to nobody else", async () => {
    const { id, master, one, two, a, b } = await duel();
    const watcher = await enter(await newPlayer(server.url), id, { role: "spectator" });
    const { code } = (await one.room.request("coach")) as { code: string };
    const coach = await enter(await newPlayer(server.url), id, { role: "coach", code });
    everybody.push(watcher, coach);
    await one.does("ready", { trigger: "attack", action: { type: "attack", id: "longsword" } });
    await eventually("it is readied", () => one.sight(0)!.combatants.get(a)!.readyId === "longsword");
    for (const fighter of [one, coach, master]) {
      const seat = fighter === master ? GM : 0;
      await eventually("the sight has come", () => fighter.sight(seat)?.combatants.get(a)?.readyId === "longsword");
      assert.equal(fighter.sight(seat)!.combatants.get(a)!.uses.size, 2);
    }
    assert.equal(master.sight(GM)!.combatants.size, 2);
    assert.deepEqual([...two.sight(1)!.combatants.keys()], [b]);
    assert.equal(two.sight(0), undefined);
    assert.equal(watcher.state.sights?.size ?? 0, 0);
    for (const { state } of [two, watcher]) {
      assert.deepEqual([state.combatants.get(a)!.readyId, state.combatants.get(a)!.uses.size], ["", 0]);
    }
  });

  it("gives a client that comes back what it had, in the middle of a reaction window", async () => {
    const { one, two, b } = await duel();
    await one.does("move", { path: [{ x: 5, y: 6 }] });
    await eventually("the window is open", () => two.sight(1)!.reactors.size === 1);
    two.room.reconnection.enabled = false;
    const { reconnectionToken } = two.room;
    two.room.connection.close();
    await eventually("it shows as absent", () => one.state.seats.get("1")?.connected === false);
    const room = await two.player.client.reconnect(reconnectionToken);
    const again = new Fighter(two.player, room as typeof two.room);
    everybody.push(again);
    await eventually("its sight is back", () => again.sight(1)?.reactors.get(b)?.options.length === 1);
    assert.ok(again.sight(1)!.combatants.get(b)!.uses.size > 0);
    await again.does("react", { take: 0 });
    await eventually("the other walks on", () => one.creatureOf(0)!.x === 5);
  });

  it("takes the seat and its sight of who leaves away", async () => {
    const { id, master, one, two } = await duel();
    await two.room.leave();
    await eventually("the seat is empty", () => !master.state.seats.has("1") && two.left !== null);
    await eventually("who leaves a duel has lost it", () => one.state.phase === "ended");
    const { state } = (await rest(one, id)) as { state: { winner: number } };
    assert.equal(state.winner, 0);
  });

  it("goes back to where the game master says: places, effects and order; the dice too, or anew", async () => {
    const { id, master, one, two, a } = await duel();
    const { seq } = (await rest(master, id)) as { seq: number };
    const before = (await rest(master, id)).state as Record<string, unknown>;
    const rolls = () => one.events.filter(({ type }) => type === "attackRolled").map(({ data }) => String(data.rolls));
    /** What the die of the first blow shows. */
    async function strikes(): Promise<string> {
      const count = rolls().length;
      await one.does("attack", { target: two.creatureOf(1)!.id, weapon: "longsword" });
      await eventually("the roll is told", () => rolls().length > count);
      return rolls()[count]!;
    }
    const goesBack = (reroll: boolean) => post(master, `/v1/sessions/${id}/rewind`, { toSeq: seq, reroll });
    const first = await strikes();
    assert.equal((await post(one, `/v1/sessions/${id}/rewind`, { toSeq: seq })).status, 403, "players may not");
    assert.equal((await goesBack(false)).status, 200);
    await eventually("it is undone on every client", () =>
      [one, two].every(({ state }) => state.combatants.get(a)!.action && state.windowId === 0),
    );
    const { deadline: _, ...after } = (await rest(master, id)).state as Record<string, unknown>;
    const { deadline: __, ...then } = before;
    assert.deepEqual(after, then);
    assert.equal(await strikes(), first, "the same die");
    const rerolls = new Set<string>([first]);
    for (let attempt = 0; attempt < 8 && rerolls.size === 1; attempt++) {
      assert.equal((await goesBack(true)).status, 200);
      rerolls.add(await strikes());
    }
    assert.ok(rerolls.size > 1, "eight times in a row the same die");
  });

  it("stands still while it is paused, and goes on with the time that was left", async () => {
    const { id, master, one } = await duel();
    await post(master, `/v1/sessions/${id}/pause`, {});
    assert.equal(await one.refused("endTurn"), "session_paused");
    await post(master, `/v1/sessions/${id}/resume`, {});
    await one.does("endTurn");
  });

  it("holds as many creatures as a fight may have, without a word of Colyseus's about the size", async () => {
    const place = (side: number, index: number) => ({ creature: "ditch_gnasher", side, hidden: index % 4 === 3 });
    const wish = {
      ...{ mode: "skirmish", map: "toll_bridge", rules: { turnSeconds: 0 } },
      party: Array.from({ length: 16 }, (_, index) => place(0, index)),
      foes: Array.from({ length: 15 }, (_, index) => place(1, index)),
    };
    const { id, master, seated } = await gathered(wish, 1);
    await seated[0]!.does("join", { creature: "bridge_warden" });
    await master.does("rollInitiative");
    await seated[0]!.does("rollInitiative");
    await eventually("all of them are there", () => master.sight(GM)!.combatants.size === 32);
    const effect = { duration: { value: 9, unit: "rounds" }, expireOn: "turnEnd" };
    for (const combatant of master.sight(GM)!.combatants.keys()) {
      for (const condition of ["poisoned", "prone"]) {
        await master.does("gm.effect", { ...effect, combatant, conditions: [condition] });
      }
    }
    // Full states are several times what the buffers of a room hold at first.
    const late = await enter(await newPlayer(server.url), id, { role: "spectator" });
    const again = await enter(master.player, id, { role: "gm" });
    everybody.push(late, again);
    await eventually("the game master's sight is there", () => again.sight(GM) !== undefined);
    const shown = [...again.sight(GM)!.combatants.values()];
    assert.deepEqual([late.state.combatants.size, shown.length], [32 - 7, 32]);
    assert.ok(shown.every(({ effects }) => effects.size >= 2));
    assert.ok([...late.state.combatants.values()].every(({ effects }) => effects.size >= 2));
    assert.deepEqual(server.faults(), []);
  });

  it("and none of this was a fault of the server's, nor a state that did not fit", () => {
    assert.deepEqual([server.faults(), sdkComplaints], [[], []]);
  });
});
