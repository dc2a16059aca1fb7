import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { combat } from "../../src/combat/combat.rules.ts";
import { has } from "../../src/combat/conditions.rules.ts";
import { foesAgainst, MAPS } from "../../src/combat/content/maps.rules.ts";
import { stageOf, stageRefuses } from "../../src/combat/encounter.rules.ts";
import { REFUSALS } from "../../src/combat/refusals.rules.ts";
import { CORE, type Entry, SPECTATOR } from "../../src/journal/game.ts";
import { begin, currentSeat, GM, idOf, Play, partyFight, untilTurnOf } from "./engine-play.ts";

const FOLDER = join(import.meta.dirname, "../../src/combat");

function body({ state }: Play, id: string) {
  return state.combatants.find((combatant) => combatant.id === id)!;
}

const factOf = (entries: readonly Entry[], type: string) => entries.find((entry) => entry.type === type)?.data;

/** A fight in which the warden stands beside the walker and has the turn. */
function adjacent(): { play: Play; warden: string; walker: string } {
  const play = partyFight(["grave_walker"]);
  const [warden, walker] = [idOf(play, "bridge_warden"), idOf(play, "grave_walker")];
  const { x, y } = body(play, warden).at;
  const cells = [-1, 0, 1]
    .flatMap((dx) => [-1, 0, 1].map((dy) => ({ x: x + dx, y: y + dy })))
    .filter((at) => at.x >= 0 && at.y >= 0);
  assert.ok(cells.some((at) => typeof play.act(GM, "gm.edit", { combatant: walker, patch: { at } }) !== "string"));
  untilTurnOf(play, warden);
  return { play, warden, walker };
}

describe("the stages of an encounter", () => {
  it("each refuses what it does not allow, with a code of its own", () => {
    const play = new Play();
    play.take(0);
    assert.equal(play.act(0, "endTurn"), "fight_not_begun");
    assert.equal(play.act(0, "rollInitiative"), "no_opponents");
  });

  it("every command is allowed in some stage, and only known ones are named", () => {
    const fight = partyFight();
    const stages = [combat.init(), { ...combat.init(), phase: "rolling_initiative" as const }, fight.state];
    const inWindow = {
      ...fight.state,
      windows: [{ id: 1, kind: "hit" as const, by: "", reactors: [], held: [], heldMs: null }],
    };
    for (const type of Object.keys(combat.commands)) {
      assert.ok(
        [...stages, inWindow].some((state) => stageRefuses(state, type) === null),
        type,
      );
      assert.equal(stageRefuses({ ...fight.state, phase: "ended" }, type), "fight_is_over");
    }
    assert.deepEqual([...stages, inWindow].map(stageOf), [
      "preparing",
      "rolling_initiative",
      "turn",
      "reaction_window",
    ]);
  });

  it("every code that the rules use is in the table, and every code of the table is used", () => {
    const files = readdirSync(FOLDER).filter((file) => file.endsWith(".rules.ts") && file !== "refusals.rules.ts");
    const text = files.map((file) => readFileSync(join(FOLDER, file), "utf8")).join("\n");
    const unused = Object.keys(REFUSALS).filter((code) => !text.includes(`"${code}"`));
    assert.deepEqual(unused, []);
    for (const code of text.matchAll(/otherwise: "(\w+)"/g)) assert.ok(Object.hasOwn(REFUSALS, code[1]!), code[0]);
  });
});

describe("preparing and initiative", () => {
  it("a party without a game master meets who lives on the map; the host begins, and each rolls its own", () => {
    const play = new Play();
    for (const seat of [0, 1]) play.take(seat);
    play.does(0, "join", { creature: "bridge_warden" });
    play.does(1, "join", { creature: "ember_scholar" });
    assert.equal(play.act(1, "join", { creature: "moor_hunter" }), "too_many_creatures");
    assert.equal(play.act(1, "rollInitiative"), "not_host");
    const types = play.does(0, "rollInitiative").map(({ type }) => type);
    assert.ok(types.includes(CORE.started));
    const foes = play.state.combatants.filter(({ side }) => side === 1).map(({ creature }) => creature);
    assert.deepEqual(foes.sort(), foesAgainst(MAPS.get(play.state.map)!, 2).toSorted(), "as suits two heroes");
    assert.equal(play.state.phase, "rolling_initiative");
    assert.equal(play.act(0, "rollInitiative"), "already_rolled");
    play.does(1, "rollInitiative");
    assert.equal(play.state.phase, "active");
    const totals = play.state.order.map((id) => body(play, id).initiative!);
    assert.deepEqual(
      totals,
      [...totals].sort((a, b) => b - a),
    );
  });

  it("who does not roll in time is rolled for", () => {
    const play = new Play();
    for (const seat of [0, 1]) play.take(seat);
    for (const seat of [0, 1]) play.does(seat, "join", { creature: "bridge_warden" });
    play.does(0, "rollInitiative");
    play.timer();
    assert.equal(play.state.phase, "active");
  });

  it("the surprised lose their first turn and cannot react before its end", () => {
    const play = new Play();
    for (const seat of [0, GM]) play.take(seat);
    play.does(0, "join", { creature: "bridge_warden" });
    play.does(GM, "gm.add", { creature: "grave_walker", surprised: true });
    begin(play);
    const walker = idOf(play, "grave_walker");
    while (play.state.round === 1) {
      assert.notEqual(play.state.current, walker);
      play.does(currentSeat(play), "endTurn");
    }
    assert.equal(body(play, walker).surprised, false);
  });
});

describe("attacks, damage and dying", () => {
  it("a fallen hero makes death saves at its turns until they decide, and the turn passes by itself", () => {
    const { play, warden } = adjacent();
    play.does(GM, "gm.edit", { combatant: warden, patch: { hp: 0 } });
    assert.equal(body(play, warden).life, "dying");
    assert.ok(has(play.state, body(play, warden), "unconscious"));
    assert.notEqual(play.state.current, warden);
    for (let turns = 0; body(play, warden).life === "dying" && turns < 40; turns++) play.timer();
    assert.ok(["stable", "dead", "up"].includes(body(play, warden).life));
    const saves = play.entries.filter(({ type, data }) => type === "deathSaved" && data.id === warden);
    assert.ok(saves.length > 0);
  });

  it("healing brings the dying back, prone, and the dead not", () => {
    const { play, warden, walker } = adjacent();
    play.does(GM, "gm.edit", { combatant: warden, patch: { hp: 0 } });
    play.does(GM, "gm.edit", { combatant: warden, patch: { hp: 5 } });
    assert.equal(body(play, warden).life, "up");
    assert.ok(has(play.state, body(play, warden), "prone"));
    play.does(GM, "gm.edit", { combatant: walker, patch: { hp: 0 } });
    assert.equal(play.state.phase, "ended", "monsters make no death saves, and that was the last one");
  });

  it("an attack spends the action, its dice are all in the entry, and the total is what they say", () => {
    const { play, walker } = adjacent();
    const entries = play.does(0, "attack", { target: walker });
    const rolled = factOf(entries, "attackRolled")!;
    const { rolls, natural, modifier, bonus, total } = rolled as unknown as {
      rolls: number[];
      natural: number;
      modifier: number;
      bonus: number;
      total: number;
    };
    assert.ok(rolls.includes(natural));
    assert.equal(total, natural + modifier + bonus);
    const damaged = factOf(entries, "damaged");
    assert.equal(damaged !== undefined, rolled.hit === true);
    assert.equal(body(play, idOf(play, "bridge_warden")).economy.action, false);
  });

  it("temporary hit points go first, and are no hit points", () => {
    const { play, walker, warden } = adjacent();
    play.does(GM, "gm.edit", { combatant: walker, patch: { tempHp: 500, ac: 0, maxHp: 900, hp: 900 } });
    for (let rounds = 0; rounds < 12; rounds++) {
      untilTurnOf(play, warden);
      play.act(0, "attack", { target: walker });
      play.does(0, "endTurn");
    }
    const { hp, tempHp } = body(play, walker);
    assert.ok(tempHp < 500);
    assert.equal(hp, 900);
  });

  it("a secret roll is told to players without its dice", () => {
    const { play, walker, warden } = adjacent();
    untilTurnOf(play, walker);
    const rolled = play
      .does(GM, "attack", { target: warden, secret: true })
      .find(({ type }) => type === "attackRolled")!;
    const told = combat.redact(rolled, SPECTATOR)!;
    assert.deepEqual(Object.keys(told.data).sort(), ["attack", "critical", "hit", "id", "secret", "target"]);
    const own = play.does(GM, "gm.roll", { count: 3, sides: 6 })[0]!;
    assert.equal(combat.redact(own, SPECTATOR), null);
    assert.equal((combat.redact(own, { kind: "gm", seat: GM })!.data.rolls as unknown[]).length, 3);
  });

  it("who hides is not named by what was readied against it, nor by what a reactor may still do", () => {
    const { play, walker, warden } = adjacent();
    play.does(GM, "gm.hide", { combatant: walker });
    const readied = { trigger: "attack", by: walker, action: { type: "attack", id: "longsword" } } as const;
    const options = [{ kind: "attack", attack: "longsword", target: walker }] as const;
    const window = {
      id: 1,
      kind: "hit",
      by: walker,
      reactors: [{ id: warden, options }],
      held: [],
      heldMs: null,
    } as const;
    const combatants = play.state.combatants.map((one) => (one.id === warden ? { ...one, readied } : one));
    const state = { ...play.state, combatants, windows: [window] } as unknown as typeof play.state;
    const own = { kind: "seat", seat: body(play, warden).seat! } as const;
    assert.ok(!JSON.stringify(combat.view(state, own)).includes(walker));
    assert.ok(JSON.stringify(combat.view(state, { kind: "gm", seat: GM })).includes(`"by":"${walker}"`));
  });

  it("who hides is answered for as nobody, and is found by who walks into it", () => {
    const { play, walker, warden } = adjacent();
    play.does(GM, "gm.hide", { combatant: walker });
    assert.equal(play.act(0, "attack", { target: walker }), "unknown_target");
    assert.equal(play.act(0, "attack", { target: "c0000" }), "unknown_target");
    const to = body(play, walker).at;
    const { at, economy } = body(play, warden);
    const entries = play.does(0, "move", { path: [to] });
    assert.deepEqual(
      entries.map(({ type }) => type),
      ["moved", "revealed"],
    );
    assert.equal(body(play, walker).hidden, false);
    assert.deepEqual(body(play, warden).at, at);
    assert.equal(body(play, warden).economy.movement, economy.movement - 5, "the step is paid for");
  });
});
