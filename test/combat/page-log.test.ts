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

const d20 = {
  ...{ sides: 20, rolls: [4, 17], natural: 17, advantage: 1, modifier: 7, bonus: 0, total: 24 },
  bonusDice: [] as { sides: number; value: number }[],
};
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
    assert.equal(rollWords(line!.rolls[0]!), "to hit, advantage: (d20 4) + d20 17 + 7 = 24");
  });

  it("keeps the dice of a secret attack out of the line when they were not sent", () => {
    const { id, target, attack, critical } = hit;
    const [line] = told(["attackRolled", { id, target, attack, hit: true, critical, secret: true }]);
    assert.deepEqual([line!.rolls, line!.tone], [[], "plain"]);
    assert.match(line!.text, /a hit, rolled in secret$/);
  });

  it("shows the dice that effects add beside the d20, and what they add besides with the modifier", () => {
    const bonusDice = [{ sides: 4, value: 3 }];
    const [line] = told(["attackRolled", { ...hit, ...{ rolls: [17], advantage: 0, bonus: 1, total: 25, bonusDice } }]);
    assert.equal(rollWords(line!.rolls[0]!), "to hit: d20 17 + d4 3 + 5 = 25");
  });

  it("shows every damage die with its sides, whoever did it, and what resistance left", () => {
    const part = { type: "slashing", sides: 8, rolls: [4, 8], modifier: 5, total: 17, taken: 17 };
    const blow = { target: "cf", by: "ca", tempLost: 2, lost: 15, parts: [part] };
    const [line] = told(["damaged", blow]);
    assert.equal(line!.text, "Ditch Gnasher loses 17 hit points, 2 of it temporary.");
    assert.equal(rollWords(line!.rolls[0]!), "slashing: d8 4 + d8 8 + 5 = 17");
    const venom = { type: "poison", sides: 6, rolls: [3], modifier: 0, total: 3, taken: 1 };
    const [tick] = told(["damaged", { target: "cf", by: "", tempLost: 0, lost: 1, parts: [venom] }]);
    assert.equal(rollWords(tick!.rolls[0]!), "poison, 1 taken: d6 3");
  });

  it("shows the dice of saves, death saves, healing, borrowed strength, initiative and ties", () => {
    const plain = { sides: 20, rolls: [14], modifier: 3, total: 17 };
    const words = told(
      ["saved", { ...d20, ...plain, natural: 14, advantage: 0, id: "ca", attribute: "con", against: "venom", dc: 12 }],
      ["saved", { ...d20, ...plain, natural: 14, advantage: 0, id: "ca", attribute: "con", against: "concentration" }],
      ["deathSaved", { id: "ca", ...plain, modifier: 0, total: 14, natural: 14, successes: 1, failures: 0 }],
      ["healed", { target: "ca", sides: 4, rolls: [2], modifier: 1, total: 3, gained: 1 }],
      ["tempGained", { target: "ca", sides: 4, rolls: [1], modifier: 5, total: 6, tempHp: 6 }],
      ["initiativeRolled", { id: "ca", ...plain }],
      ["rolledOff", { id: "ca", sides: 20, rolls: [9, 11], modifier: 0, total: 11 }],
      ["rolledByGm", { sides: 6, rolls: [2, 5], modifier: -1, total: 6, secret: false }],
    ).map(({ rolls }) => rollWords(rolls[0]!));
    assert.deepEqual(words, [
      ...["con save: d20 14 + 3 = 17", "con save: d20 14 + 3 = 17", "death save: d20 14", "healing: d4 2 + 1 = 3"],
      ...["bolstered: d4 1 + 5 = 6", "initiative: d20 14 + 3 = 17", "roll-off: (d20 9) + d20 11"],
      "roll: d6 2 + d6 5 − 1 = 6",
    ]);
  });

  it("shows no dice where none were rolled", () => {
    const nothing = { sides: 20, rolls: [], modifier: 0, total: 7 };
    const lines = told(
      ["initiativeRolled", { id: "ca", ...nothing }],
      ["healed", { target: "ca", sides: 1, rolls: [], modifier: 1, total: 1, gained: 1 }],
      ["saved", { ...d20, rolls: [], natural: 0, total: 0, id: "ca", attribute: "dex", against: "venom", dc: 12 }],
    );
    assert.deepEqual(
      lines.map(({ rolls }) => rolls),
      [[], [], []],
    );
  });

  it("says of a move that came to nothing that it did", () => {
    const lines = told(["moved", { id: "ca", path: [{ x: 1, y: 1 }], cost: 5 }], ["revealed", { id: "cf" }]);
    assert.deepEqual(
      lines.map(({ text }) => text),
      ["Bridge Warden gets nowhere, 5 feet.", "Ditch Gnasher is discovered."],
    );
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
    assert.equal(rollWords(lines[1]!.rolls[0]!), "dex save: d20 9 + 2 = 11");
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
      [
        "moved",
        {
          id: "cf",
          path: [
            { x: 1, y: 1 },
            { x: 2, y: 1 },
          ],
          cost: 10,
          gm: true,
        },
      ],
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
