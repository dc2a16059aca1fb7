import assert from "node:assert/strict";
import type { GameEvent } from "../../src/client/client.ts";
import { FightLog } from "../../web/combat/fight-log.ts";
import { rollWords } from "../../web/combat/rolls.ts";
import { timeWords } from "../../web/combat/views/status.ts";
import { combatant, fightOf } from "./page-fight.ts";

const rows = [
  combatant({ id: "ca", seat: 0 }),
  combatant({ id: "cf", creature: "ditch_gnasher", side: 1 }),
  combatant({ id: "cs", creature: "ember_scholar", seat: 1 }),
];

function told(...events: [type: string, data: GameEvent["data"], seat?: number][]) {
  const log = new FightLog();
  log.learn(fightOf(rows, { seat: 0 }));
  return log.lines(events.map(([type, data, seat = null], index) => ({ seq: index + 1, type, data, seat })));
}

const d20 = { rolls: [4, 17], natural: 17, advantage: 1, modifier: 7, bonus: 0, total: 24 };
const hit = { ...d20, id: "ca", target: "cf", attack: "longsword", hit: true, critical: false, secret: false };

describe("the page of fights: the log", () => {
  it("shows advantage as both dice, of which one counts", () => {
    const [line] = told(["attackRolled", hit]);
    assert.equal(line!.text, "Bridge Warden, Longsword on Ditch Gnasher: a hit");
    assert.deepEqual(
      line!.rolls[0]!.dice.map(({ value, counts }) => [value, counts]),
      [
        [4, false],
        [17, true],
      ],
    );
    assert.equal(rollWords(line!.rolls[0]!), "to hit, advantage: (4) + 17 + 7 = 24");
  });

  it("keeps the dice of a secret attack out of the line when they were not sent", () => {
    const { rolls, natural, advantage, modifier, bonus, total, ...told1 } = hit;
    const [line] = told(["attackRolled", { ...told1, secret: true }]);
    assert.deepEqual([line!.rolls, line!.tone], [[], "plain"]);
    assert.match(line!.text, /a hit, rolled in secret$/);
    assert.equal([rolls, natural, advantage, modifier, bonus, total].length, 6);
  });

  it("knows the sides of damage dice from the blow, and twice as many of them from a critical one", () => {
    const damaged = {
      target: "cf",
      by: "ca",
      tempLost: 0,
      lost: 9,
      parts: [{ type: "slashing", rolls: [4], modifier: 5, total: 9, taken: 9 }],
    };
    const plain = told(["attackRolled", hit], ["damaged", damaged]).at(-1)!;
    assert.equal(plain.text, "Ditch Gnasher loses 9 hit points.");
    assert.deepEqual(plain.rolls[0]!.dice, [{ sides: 8, value: 4, counts: true }]);
    assert.equal(rollWords(plain.rolls[0]!), "slashing: 4 + 5 = 9");
    const parts = [{ type: "slashing", rolls: [4, 8], modifier: 5, total: 17, taken: 8 }];
    const critical = told(["attackRolled", { ...hit, critical: true }], ["damaged", { ...damaged, lost: 8, parts }]).at(
      -1,
    )!;
    assert.deepEqual(
      critical.rolls[0]!.dice.map(({ sides }) => sides),
      [8, 8],
    );
    assert.equal(critical.rolls[0]!.label, "slashing, 8 taken", "resistance shows");
  });

  it("does not take the dice of an effect for those of the last blow", () => {
    const parts = [{ type: "poison", rolls: [3], modifier: 0, total: 3, taken: 3 }];
    const line = told(["attackRolled", hit], ["damaged", { target: "cf", by: "", tempLost: 0, lost: 3, parts }]).at(
      -1,
    )!;
    assert.equal(line.rolls[0]!.dice[0]!.sides, 0);
  });

  it("tells what was cast, on whom, and how they saved", () => {
    const lines = told(
      ["abilityUsed", { id: "cs", ability: "ember_dart", targets: ["cf"], at: null, cost: "action" }],
      [
        "saved",
        {
          ...d20,
          rolls: [9],
          natural: 9,
          advantage: 0,
          modifier: 2,
          total: 11,
          id: "cf",
          attribute: "dex",
          against: "cinder_burst",
          dc: 15,
          success: false,
        },
      ],
    );
    assert.equal(lines[0]!.text, "Ember Scholar uses Ember Dart on Ditch Gnasher.");
    assert.equal(lines[1]!.text, "Ditch Gnasher against Cinder Burst, difficulty 15: failed");
    assert.equal(rollWords(lines[1]!.rolls[0]!), "dex save: 9 + 2 = 11");
  });

  it("still names a creature that is gone, and an effect when it ends", () => {
    const log = new FightLog();
    log.learn(fightOf(rows, { seat: 0 }));
    log.learn(fightOf(rows.slice(0, 1), { seat: 0 }));
    const events: GameEvent[] = [
      {
        seq: 1,
        type: "effectAdded",
        data: { effect: { id: 7, name: "Chilled" }, bearer: "cf", ability: "winter_breath" },
      },
      { seq: 2, type: "effectEnded", data: { effect: 7, bearer: "cf", key: "chilled", why: "expired" } },
      { seq: 3, type: "removed", data: { id: "cf", why: "removed" } },
    ];
    assert.deepEqual(
      log.lines(events).map(({ text }) => text),
      ["Ditch Gnasher: Chilled begins.", "Ditch Gnasher: Chilled is over.", "Ditch Gnasher is gone."],
    );
  });

  it("marks what the game master alone is told, and skips what it has no words for", () => {
    const lines = told(
      ["moved", { id: "cf", path: [], cost: 10, gm: true }],
      ["windowClosed", { window: 1 }],
      ["toString", {}],
    );
    assert.deepEqual(
      lines.map(({ text, tone }) => [text, tone]),
      [["Ditch Gnasher moves, 10 feet.", "secret"]],
    );
  });

  it("counts down minutes, hours and days", () => {
    assert.deepEqual([0, 900, 61_000, 3_700_000, 97_200_000].map(timeWords), [
      "0:00",
      "0:01",
      "1:01",
      "1 h 1 min",
      "1 d 3 h",
    ]);
  });
});
