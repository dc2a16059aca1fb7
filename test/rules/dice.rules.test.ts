import assert from "node:assert/strict";
import { type DiceView, dice } from "../../src/dice/dice.rules.ts";
import { CORE, type Entry, SPECTATOR, type Viewer } from "../../src/journal/game.ts";
import type { Ledger } from "../../src/journal/ledger.ts";
import { act, done, openLedger, refusedWith, START } from "../support/journal.ts";

const seat = (number: number): Viewer => ({ kind: "seat", seat: number });

function view(table: Ledger, viewer: Viewer = SPECTATOR): DiceView {
  return table.view(viewer) as DiceView;
}

/** What lies on the table, as only the players together know it. */
function allDice(table: Ledger): number[] {
  return view(table).hands.flatMap(
    (hand) => view(table, seat(hand.seat)).hands.find((own) => own.seat === hand.seat)!.dice,
  );
}

/** A table of players who have rolled. */
function rolledTable(players: number): Ledger {
  const table = openLedger(dice, players);
  done(act(table, 0, "roll", {}, START));
  return table;
}

function bid(table: Ledger, count: number, face: number) {
  return act(table, view(table).turn, "bid", { count, face }, START);
}

/** How many dice of the face there are; the die everybody bids on in these tests. */
function countOf(table: Ledger, face: number): number {
  return allDice(table).filter((die) => die === face).length;
}

describe("dice", () => {
  it("seats two to six players, who start with five dice in nobody's hand", () => {
    const table = openLedger(dice, 6);
    assert.equal(refusedWith(table.decide({ kind: "take", role: "player" }, START)), "session_full");
    assert.equal(refusedWith(table.decide({ kind: "take", role: "gm" }, START)), "forbidden");
    assert.deepEqual(view(table).hands[5], { seat: 5, left: 5, dice: [], shown: [] });
    assert.equal(view(table).phase, "seating");
  });

  it("a roll needs two players; it starts the session and the bidding", () => {
    const lonely = openLedger(dice, 1);
    assert.equal(refusedWith(act(lonely, 0, "roll", {}, START)), "not_enough_players");
    const table = openLedger(dice, 2);
    const { entries } = done(act(table, 1, "roll", {}, START));
    assert.deepEqual(
      entries.map(({ type }) => type),
      [CORE.started, "rolled"],
    );
    assert.equal(table.core.status, "active");
    const { phase, round, turn, bidCount } = view(table);
    assert.deepEqual({ phase, round, turn, bidCount }, { phase: "bidding", round: 1, turn: 0, bidCount: 0 });
    assert.equal(refusedWith(act(table, 0, "roll", {}, START)), "not_now");
    assert.equal(refusedWith(table.decide({ kind: "take", role: "player" }, START)), "game_in_progress");
  });

  it("nobody bids or challenges before the roll, or out of turn", () => {
    const table = openLedger(dice, 2);
    assert.equal(refusedWith(act(table, 0, "bid", { count: 1, face: 1 }, START)), "not_now");
    assert.equal(refusedWith(act(table, 0, "challenge", {}, START)), "not_now");
    done(act(table, 0, "roll", {}, START));
    assert.equal(refusedWith(act(table, 1, "bid", { count: 1, face: 1 }, START)), "not_your_turn");
    assert.equal(refusedWith(act(table, 0, "challenge", {}, START)), "nothing_to_challenge");
  });

  it("a bid raises the count, or the face at the same count, within the dice there are", () => {
    const table = rolledTable(2);
    done(bid(table, 2, 3));
    assert.equal(refusedWith(bid(table, 2, 3)), "bid_too_low");
    assert.equal(refusedWith(bid(table, 2, 2)), "bid_too_low");
    assert.equal(refusedWith(bid(table, 1, 6)), "bid_too_low");
    assert.equal(refusedWith(bid(table, 11, 1)), "bid_too_high");
    done(bid(table, 2, 4));
    done(bid(table, 3, 1));
    done(bid(table, 10, 1));
    for (const shape of [{ count: 0, face: 1 }, { count: 1, face: 7 }, { count: 1 }, { count: 1, face: 1, seat: 1 }]) {
      assert.equal(refusedWith(act(table, 0, "bid", shape, START)), "validation_failed");
    }
    assert.deepEqual([view(table).bidSeat, view(table).turn], [1, 0]);
  });

  it("a challenged bid that holds costs the challenger a die", () => {
    const table = rolledTable(2);
    const face = allDice(table)[0]!;
    done(bid(table, countOf(table, face), face));
    const { entries } = done(act(table, 1, "challenge", {}, START));
    assert.deepEqual(entries[0]!.data, { by: 1, count: countOf(table, face), loser: 1 });
    assert.deepEqual([view(table).phase, view(table).hands.map(({ left }) => left)], ["reveal", [5, 4]]);
  });

  it("a challenged bid that fails costs the bidder a die, and the loser opens the next round", () => {
    const table = rolledTable(3);
    const face = allDice(table)[0]!;
    done(bid(table, 1, face === 1 ? 2 : 1));
    done(bid(table, countOf(table, face) + 1, face));
    done(act(table, 2, "challenge", {}, START));
    assert.deepEqual(
      view(table).hands.map(({ left }) => left),
      [5, 4, 5],
    );
    assert.equal(refusedWith(act(table, 2, "bid", { count: 1, face: 1 }, START)), "not_now");
    done(act(table, 2, "roll", {}, START));
    assert.deepEqual([view(table).turn, view(table).round], [1, 2]);
    assert.equal(allDice(table).length, 14);
  });

  it("an empty turn: the lowest bid is made, or the standing one challenged, and the next round rolled", () => {
    const table = rolledTable(2);
    assert.equal(table.wakeAt, START + 30_000);
    const timeout = () => done(table.decide({ kind: "timer" }, table.wakeAt!)).entries[0]!;
    assert.deepEqual(timeout().data, { count: 1, face: 1 });
    assert.deepEqual([view(table).bidSeat, view(table).turn], [0, 1]);
    assert.equal(timeout().type, "challenged");
    assert.equal(timeout().type, "rolled");
    assert.deepEqual([view(table).round, view(table).bidCount], [2, 0]);
  });

  it("who leaves in the middle of a round ends it without a loser; the last one at the table wins", () => {
    const table = rolledTable(3);
    done(bid(table, 1, 1));
    done(table.decide({ kind: "leave", seat: 0 }, START));
    assert.deepEqual([view(table).phase, view(table).bidCount], ["reveal", 0]);
    assert.deepEqual(
      view(table).hands.map(({ seat: taken, left }) => [taken, left]),
      [
        [1, 5],
        [2, 5],
      ],
    );
    done(act(table, 2, "roll", {}, START));
    const { entries } = done(table.decide({ kind: "leave", seat: 1 }, START));
    const ended = entries.find(({ type }) => type === CORE.ended)!;
    assert.deepEqual([ended.data.reason, ended.data.winner], ["won", 2]);
    assert.deepEqual([view(table).phase, view(table).winner, table.wakeAt], ["over", 2, null]);
  });

  it("who leaves before the first roll frees the seat, and nothing has happened", () => {
    const table = openLedger(dice, 2);
    done(table.decide({ kind: "leave", seat: 0 }, START));
    done(table.decide({ kind: "take", role: "player" }, START));
    assert.equal(table.core.status, "waiting");
    assert.deepEqual(
      view(table).hands.map((hand) => hand.seat),
      [0, 1],
    );
  });

  it("an end from outside has no winner", () => {
    const table = rolledTable(2);
    done(table.decide({ kind: "end", reason: "abandoned" }, START));
    assert.deepEqual([view(table).phase, view(table).winner], ["over", -1]);
  });

  it("a roll is redacted to one's own dice, everything else is public", () => {
    const table = openLedger(dice, 2);
    const rolled = done(act(table, 0, "roll", {}, START)).entries[1]!;
    const hands = (viewer: Viewer) => (dice.redact(rolled, viewer)!.data.hands as unknown[]).length;
    assert.deepEqual(
      [seat(0), seat(1), seat(5), SPECTATOR, { kind: "gm", seat: 100 } as const].map(hands),
      [1, 1, 0, 0, 0],
    );
    const bidden: Entry = { ...rolled, type: "bid", data: { count: 1, face: 1 } };
    assert.deepEqual(dice.redact(bidden, SPECTATOR), { type: "bid", data: { count: 1, face: 1 } });
  });
});
