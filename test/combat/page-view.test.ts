import assert from "node:assert/strict";
import { outcome } from "../../web/account/session-words.ts";
import { actorOf, isOwn } from "../../web/combat/fight-view.ts";
import { rowsOf } from "../../web/combat/views/tracker.ts";
import {
  bannerOf,
  cellName,
  initialsOf,
  lifeWords,
  remaining,
  remainingShort,
  resultOf,
} from "../../web/combat/words.ts";
import { combatant, effect, fightOf, known } from "./page-fight.ts";

describe("the page of fights: what is read from the state", () => {
  const ann = combatant({ id: "ca", seat: 0, x: 2, y: 2 });
  const foe = combatant({ id: "cf", creature: "ditch_gnasher", side: 1, x: 4, y: 2, hp: 13, maxHp: 13 });

  it("lays the own sight over what everybody sees", () => {
    const withUses = combatant({ id: "ca", seat: 0, x: 2, y: 2 });
    withUses.uses.set("second_wind", 1);
    const hidden = combatant({ id: "ch", creature: "cinder_hound", side: 1, hidden: true });
    const fight = fightOf([ann, foe], { seat: 0, sight: [withUses, hidden], order: ["ch", "ca", "cf"], current: "ca" });
    assert.deepEqual(known(fight, "ca").uses, { second_wind: 1 });
    assert.deepEqual(
      rowsOf(fight).map(({ id }) => id),
      ["ch", "ca", "cf"],
    );
    assert.equal(fightOf([ann, foe]).own, null);
  });

  it("numbers creatures of a kind, and never tells by a number that another is hidden", () => {
    const second = combatant({ id: "cg", creature: "ditch_gnasher", ordinal: 2, side: 1 });
    assert.equal(known(fightOf([foe]), "cf").name, "Ditch Gnasher");
    assert.equal(known(fightOf([foe, second]), "cf").name, "Ditch Gnasher 1");
    assert.equal(known(fightOf([foe, second]), "cg").name, "Ditch Gnasher 2");
  });

  it("knows whom the viewer plays: players their own, the game master everybody's that is nobody's", () => {
    const asAnn = fightOf([ann, foe], { seat: 0, current: "cf" });
    assert.deepEqual([isOwn(asAnn, known(asAnn, "ca")), isOwn(asAnn, known(asAnn, "cf"))], [true, false]);
    assert.equal(actorOf(asAnn)?.id, "ca");
    const asGm = fightOf([ann, foe], { seat: 100, current: "cf" });
    assert.deepEqual([asGm.own, actorOf(asGm)?.id], [{ seat: 100, gm: true }, "cf"]);
    assert.equal(actorOf(fightOf([ann, foe], { seat: 100, current: "ca" })), undefined);
    assert.equal(actorOf(fightOf([ann, foe])), undefined);
  });

  it("names cells as a chess board does, and creatures by their initials", () => {
    assert.deepEqual(
      [cellName({ x: 0, y: 0 }), cellName({ x: 25, y: 4 }), cellName({ x: 26, y: 9 })],
      ["A1", "Z5", "AA10"],
    );
    assert.deepEqual(["Ditch Gnasher 2", "Ogre", "A B C"].map(initialsOf), ["DG2", "O", "AB"]);
  });

  it("says how long an effect still lasts, in every unit", () => {
    const bearer = combatant({ id: "ca", seat: 0 });
    const of = { of: "ca", expireOn: "turnEnd" } as const;
    const effects = [
      effect({ ...of, id: 1, unit: "rounds", until: 5 }),
      effect({ ...of, id: 2, unit: "rounds", until: 3, expireOn: "turnStart" }),
      effect({ ...of, id: 3, unit: "seconds", until: 4 }),
      effect({ ...of, id: 4, unit: "turns", until: 2 }),
      effect({ ...of, id: 5, unit: "", until: -1 }),
    ];
    for (const each of effects) bearer.effects.set(String(each.id), each);
    const fight = fightOf([bearer], { round: 3 });
    const shown = known(fight, "ca").effects;
    assert.deepEqual(
      shown.map((each) => remaining(fight, each)),
      [
        "2 more rounds, until the end of Bridge Warden's turn",
        "this round, until the start of Bridge Warden's turn",
        "until the end of Bridge Warden's turn next round",
        "2 more turns, until the end of Bridge Warden's turn",
        "until it is removed",
      ],
    );
    assert.deepEqual(
      shown.map((each) => remainingShort(fight, each)),
      ["2r", "0r", "1r", "2t", "∞"],
    );
  });

  it("says whose turn it is, how creatures fare, and who won", () => {
    assert.equal(bannerOf(fightOf([ann, foe], { seat: 0, current: "ca" })), "Your turn: Bridge Warden.");
    assert.equal(bannerOf(fightOf([ann, foe], { seat: 0, current: "cf" })), "Ditch Gnasher is up.");
    assert.equal(
      bannerOf(fightOf([ann, foe], { seat: 0, phase: "preparing" })),
      "You are ready. The fight begins when initiative is rolled.",
    );
    const dying = fightOf([combatant({ id: "ca", life: "dying", successes: 1, failures: 2 })]);
    assert.equal(lifeWords(known(dying, "ca")), "dying: 1 of 3 saves, 2 of 3 failures");
    const ended = { phase: "ended", winner: 0 } as const;
    assert.equal(resultOf(fightOf([ann, foe], { ...ended, seat: 0 })), "Victory! Your side won.");
    assert.equal(resultOf(fightOf([ann, foe], { ...ended, winner: 1, seat: 0 })), "Defeat. Your side lost.");
    assert.equal(resultOf(fightOf([ann, foe], ended)), "The party won.");
    assert.equal(resultOf(fightOf([ann, foe], { ...ended, winner: -1 })), "The fight is over: nobody won.");
  });

  it("tells the account's page that a side won, whose number is nobody's seat", () => {
    const players = ["ann", "bob"].map((playerId, seat) => ({ seat, playerId, name: playerId }));
    const lost = { players, result: { reason: "won", winner: 1, seats: [] } };
    const won = { players, result: { reason: "won", winner: 0, seats: [0, 1] } };
    assert.deepEqual([outcome(won, "bob"), outcome(won, "cat")], ["You won", "ann and bob won"]);
    assert.equal(outcome(lost, "bob"), "The other side won");
    assert.equal(outcome({ players, result: { reason: "stalemate", winner: -1, seats: [] } }, "ann"), "A draw");
  });
});
