import assert from "node:assert/strict";
import { verify } from "../../src/cli/verify.ts";
import { loadConfig } from "../../src/config.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { getJson, refusalCode } from "../support/bots.ts";
import { type Fighter, newFight, seatPlayers } from "../support/combat-company.ts";
import { eventually, pause, ServerProcess } from "../support/server.ts";

/** One who is about to walk away from two, each of whom may strike at it. */
const fight = (windowSeconds: number) => ({
  ...{ mode: "pvp", map: "toll_bridge", rules: { turnSeconds: 600, windowSeconds } },
  party: [
    { creature: "bridge_warden", seat: 0, side: 0, at: { x: 6, y: 6 } },
    { creature: "red_reaver", seat: 1, side: 1, at: { x: 7, y: 6 } },
    { creature: "red_reaver", seat: 2, side: 1, at: { x: 7, y: 7 } },
  ],
});

interface Ambush {
  readonly id: string;
  readonly master: Fighter;
  readonly walker: Fighter;
  readonly first: Fighter;
  readonly second: Fighter;
  /** Combatants of the three seats. */
  readonly ids: readonly string[];
}

describe("kill -9 in the middle of a reaction window", () => {
  let server: ServerProcess;
  const everybody: Fighter[] = [];
  before(async () => {
    server = await ServerProcess.started();
  });
  afterEach(() => {
    for (const fighter of everybody.splice(0)) fighter.abandon();
  });
  after(() => server.dispose());

  /** The walker has moved, and both who may strike are asked. */
  async function ambush(windowSeconds: number): Promise<Ambush> {
    const { id, master } = await newFight(server.url, fight(windowSeconds));
    const seated = await seatPlayers(server.url, id, 3);
    everybody.push(master, ...seated);
    for (const { room } of [master, ...seated]) room.reconnection.minUptime = 0;
    const ids = seated.map((fighter, seat) => fighter.creatureOf(seat)!.id);
    for (const [seat, combatant] of ids.entries()) await master.does("gm.initiative", { combatant, value: 30 - seat });
    await master.does("gm.edit", { combatant: ids[0]!, patch: { maxHp: 500, hp: 500 } });
    await master.does("rollInitiative");
    const [walker, first, second] = seated as [Fighter, Fighter, Fighter];
    await walker.does("move", { path: [{ x: 5, y: 6 }] });
    await eventually("both are asked", () => first.sight(1)!.reactors.size + second.sight(2)!.reactors.size === 2);
    return { id, master, walker, first, second, ids };
  }

  async function dies(fighters: readonly Fighter[]): Promise<void> {
    const before = fighters.map(({ reconnects }) => reconnects);
    await server.stop("SIGKILL");
    await server.start();
    const isBack = ({ reconnects, room, state }: Fighter, at: number) =>
      reconnects > before[at]! && room.connection.isOpen && state.windowId !== undefined;
    await eventually("everybody is back", () => fighters.every(isBack), 20_000);
  }

  /** The same action until the server has said what became of it. */
  async function insists(fighter: Fighter, id: string): Promise<number> {
    for (;;) {
      try {
        return (await fighter.does("react", { take: 0 }, id)).seq;
      } catch (error) {
        const reason = refusalCode(error);
        if (reason && !reason.retryable) throw error;
        await pause(50);
      }
    }
  }

  async function events({ id, master }: Ambush, type: string) {
    const { items } = await getJson(master.player, `/v1/sessions/${id}/events?limit=100`);
    return (items as { type: string; data: { id: string } }[]).filter((event) => event.type === type);
  }

  /** Each has struck once, and the walk was walked. */
  async function assertStruckOnce(table: Ambush): Promise<void> {
    const { walker, ids } = table;
    await eventually("it walks on", () => walker.creatureOf(0)!.x === 5 && walker.state.windowId === 0);
    const strikers = (await events(table, "attackRolled")).map(({ data }) => data.id);
    assert.deepEqual(strikers.toSorted(), [ids[1], ids[2]].toSorted());
    assert.equal((await events(table, "reacted")).length, 2);
    assert.equal((await events(table, "windowClosed")).length, 1);
    assert.equal(walker.creatureOf(1)!.reaction, false);
    assert.equal(walker.creatureOf(2)!.reaction, false);
  }

  it("it is open again with the time it had left; who has answered is not asked again, who has not still may", async () => {
    const table = await ambush(300);
    const { walker, first, second, ids } = table;
    const id = uuid7(Date.now());
    const { seq } = await first.does("react", { take: 0 }, id);
    await eventually("one is left", () => [...second.state.waiting].join() === ids[2]);
    const { windowId, deadline } = second.state;
    await dies([walker, first, second]);
    for (const fighter of [walker, first, second]) {
      const { state } = fighter;
      assert.deepEqual([state.windowId, state.windowKind, state.deadline], [windowId, "opportunity", deadline]);
      assert.deepEqual([...state.waiting], [ids[2]]);
      assert.equal(state.combatants.get(ids[1]!)!.reaction, false, "its reaction is spent");
    }
    assert.equal(first.sight(1)!.reactors.size, 0);
    assert.equal(second.sight(2)!.reactors.get(ids[2]!)!.options.length > 0, true);
    assert.equal(await insists(first, id), seq, "the same action gets the same answer");
    assert.equal(await first.refused("react", { take: 0 }), "no_reaction");
    await second.does("react", { take: 0 });
    await assertStruckOnce(table);
  });

  for (const afterMs of [0, 1, 3, 8]) {
    it(`an answer that was on its way for ${afterMs} ms takes effect once, whatever became of it`, async () => {
      const table = await ambush(300);
      const { walker, first, second } = table;
      const [one, two] = [uuid7(Date.now()), uuid7(Date.now())];
      const answers = [insists(first, one), insists(second, two)];
      await pause(afterMs);
      await dies([walker, first, second]);
      await Promise.all(answers);
      await Promise.all([insists(first, one), insists(second, two)]);
      await assertStruckOnce(table);
    });
  }

  it("a window that runs out while nobody is there passes by itself, once", async () => {
    const table = await ambush(2);
    const { walker } = table;
    await server.stop("SIGKILL");
    await pause(2000);
    await server.start();
    await eventually("it walks on", () => walker.state.windowId === 0 && walker.creatureOf(0)!.x === 5, 30_000);
    assert.equal((await events(table, "attackRolled")).length, 0);
    assert.equal((await events(table, "windowClosed")).length, 1);
    assert.equal(walker.creatureOf(1)!.reaction, true);
  });

  it("[L5] [L11] and the journal of it is whole: the dice are those of the seed, a rewind and a reroll included", async () => {
    const table = await ambush(300);
    const { id, master, first, walker } = table;
    await first.does("react", { take: 0 });
    const { url, accessToken } = master.player;
    const headers = { authorization: `Bearer ${accessToken}`, "content-type": "application/json" };
    const { seq } = (await getJson(master.player, `/v1/combat/sessions/${id}/state`)) as { seq: number };
    for (const reroll of [false, true, true]) {
      await master.does("gm.roll", { count: 3, sides: 20 });
      const body = JSON.stringify({ toSeq: seq, reroll });
      const { status } = await fetch(`${url}/v1/sessions/${id}/rewind`, { method: "POST", headers, body });
      assert.equal(status, 200);
    }
    await master.does("gm.roll", { count: 3, sides: 20 });
    await dies([walker]);
    assert.equal([...walker.state.waiting].length, 1);
    await server.stop("SIGKILL");
    const told = await verify(loadConfig({ DATA_DIR: server.dir }), id);
    assert.match(told, /is intact: .*draws checked/);
    await server.start();
  });

  it("and none of this was a fault of the server's", () => {
    assert.deepEqual(server.faults(), []);
  });
});
