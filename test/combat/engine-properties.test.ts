import assert from "node:assert/strict";
import fc from "fast-check";
import { combat } from "../../src/combat/combat.rules.ts";
import { initialCore } from "../../src/journal/core.rules.ts";
import { evolveEntry } from "../../src/journal/evolve.ts";
import { type Entry, SPECTATOR } from "../../src/journal/game.ts";
import { Pasts } from "../../src/journal/pasts.ts";
import { canonical } from "../../src/lib/canonical.ts";
import { rng } from "../../src/lib/rng.ts";
import { happen, type Move, moves, orderOf } from "./engine-moves.ts";
import {
  assertSane,
  assertSilent,
  assertViews,
  Calendar,
  diceIn,
  HitPoints,
  hiddenIn,
  isRewind,
  PLAYERS,
} from "./engine-oracles.ts";
import { type Play, partyFight } from "./engine-play.ts";

const FOES = ["ditch_gnasher", "grave_walker", "toll_captain", "bog_aunt"];
const RUNS = Number(process.env.COMBAT_RUNS ?? 80);
/** Shrinking a fight takes minutes: it is for who looks into a failure. */
const bounds = (part: number) => ({ numRuns: Math.ceil(RUNS / part), endOnFailure: !process.env.COMBAT_SHRINK });

interface Watch {
  readonly play: Play;
  readonly points: HitPoints;
  calendar: Calendar;
  /** Oracles as they were after so many entries, for rewinds to go back to. */
  readonly marks: Map<number, Calendar>;
}

function watched(afk: string): Watch {
  const play = partyFight(FOES, { afk });
  const watch: Watch = { play, points: new HitPoints(), calendar: new Calendar(), marks: new Map() };
  for (const entry of play.entries) note(watch, entry);
  watch.marks.set(play.seq, watch.calendar.copy());
  play.onEntry = (entry) => note(watch, entry);
  return watch;
}

function note({ play, points, calendar }: Watch, entry: Entry): void {
  if (isRewind(entry)) {
    points.restart(play.state);
    return;
  }
  points.note(entry);
  calendar.note(entry);
}

function step(watch: Watch, move: Move): void {
  const { play } = watch;
  const before = hiddenIn(play.state);
  const from = play.seq;
  if (move.kind % 97 === 96) takeBack(watch, move);
  else stepForward(play, move);
  assertSane(play.state);
  watch.points.agree(play.state);
  watch.calendar.agree(play.state);
  assertViews(play.state);
  const hidden = before.filter((id) => hiddenIn(play.state).includes(id));
  assertSilent(
    PLAYERS.map((viewer) => play.entries.slice(from).map((entry) => combat.redact(entry, viewer))),
    hidden,
  );
  watch.marks.set(play.seq, watch.calendar.copy());
}

function stepForward(play: Play, move: Move): void {
  const order = orderOf(play, move);
  if (order) play.act(order.seat, order.type, order.data);
  else happen(play, move);
}

/** To any earlier end of a command, with its effects, order and places. */
function takeBack(watch: Watch, { a, b }: Move): void {
  const marks = [...watch.marks.keys()];
  const toSeq = marks[a % marks.length]!;
  if (toSeq >= watch.play.seq) return;
  watch.play.rewind(toSeq, b % 2 === 0);
  watch.calendar = watch.marks.get(toSeq)!.copy();
}

function playAll(all: readonly Move[]): Watch {
  // Half of the fights go on by themselves when a turn runs out, and get to close quarters.
  const watch = watched((all[0]?.c ?? 0) % 2 === 0 ? "dodge" : "autopilot");
  for (const move of all) if (watch.play.state.phase === "active") step(watch, move);
  return watch;
}

describe("a fight, whatever is done in it", () => {
  it("hit points stay in bounds and are what the journal says; one has the turn; effects end when they must; views agree and hide", () => {
    fc.assert(
      fc.property(moves(160), (all) => void playAll(all)),
      bounds(1),
    );
  });

  it("[L1] [L7] any journal folds to the same state again", () => {
    fc.assert(
      fc.property(moves(100), (all) => {
        const { play } = playAll(all);
        const [core, pasts] = [initialCore(), Pasts.of(play.entries)];
        let state = combat.init();
        for (const entry of play.entries) {
          state = evolveEntry(combat, core, state, entry, pasts?.for(entry) as typeof state | undefined);
          pasts?.note(entry.seq, state);
        }
        assert.equal(canonical(state), canonical(play.state));
      }),
      bounds(3),
    );
  });

  it("[L5] every die in the journal is the next draw of the seed", () => {
    fc.assert(
      fc.property(moves(80), (all) => {
        const { play } = playAll(all.filter(({ kind }) => kind % 97 !== 96));
        const draw = rng("c0ba".repeat(16));
        let draws = 0;
        for (const entry of play.entries)
          for (const [sides, outcome] of diceIn(entry)) assert.equal(outcome, draw(draws++, sides));
        assert.equal(play.state.draws, draws);
        assert.ok(draws > 0);
      }),
      bounds(5),
    );
  });

  it("a rewind followed by the same commands gives the same state; with a reroll the dice are others", () => {
    let differ = 0;
    fc.assert(
      fc.property(moves(60), moves(40), fc.integer({ min: 0, max: 90_000 }), (before, after, ms) => {
        const { play } = playAll(before.filter(({ kind }) => kind % 97 !== 96));
        if (play.state.phase !== "active") return;
        play.onEntry = () => undefined;
        const [mark, from, since] = [play.seq, play.at, play.at - play.entries.at(-1)!.at];
        const first = replayed(play, after);
        const lasted = play.at - from;
        play.wait(ms);
        play.rewind(mark);
        play.wait(since); // it went back to when that entry was written
        const shift = play.at - from;
        const second = replayed(play, after);
        assert.equal(canonical(unclocked(second, shift)), canonical(unclocked(first, 0)));
        assert.equal(play.at - from - shift, lasted);
        play.rewind(mark, true);
        assert.ok(play.state.draws >= first.draws, "drawn numbers do not come back");
        if (canonical(unclocked(replayed(play, after), 0)) !== canonical(unclocked(first, 0))) differ += 1;
      }),
      bounds(5),
    );
    assert.ok(differ > 0, "a reroll makes a difference");
  });

  it("what is redacted for watchers is never more than what the game master is told", () => {
    fc.assert(
      fc.property(moves(60), (all) => {
        for (const entry of playAll(all).play.entries) {
          const told = combat.redact(entry, SPECTATOR);
          assert.ok(told === null || !("dice" in told.data || "gm" in told.data));
        }
      }),
      bounds(5),
    );
  });
});

function replayed(play: Play, all: readonly Move[]) {
  // Nobody comes or goes: a rewind does not seat those of then again, and who is away is played for.
  for (const move of all.filter(({ kind }) => kind % 97 !== 96 && kind % 20 !== 19))
    if (play.state.phase === "active") stepForward(play, move);
  return structuredClone(play.state);
}

/** The clock shows another time after a rewind, with as much left. */
function unclocked<S extends { deadline: number }>(state: S, shift: number): S {
  return { ...state, deadline: state.deadline === 0 ? 0 : state.deadline - shift };
}
