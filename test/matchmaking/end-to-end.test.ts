import assert from "node:assert/strict";
import type { MatchView } from "../../src/ranking/players.ts";
import { act } from "../support/bots.ts";
import { eventually, ServerProcess } from "../support/server.ts";
import { Seeker } from "./seeker.ts";

const BEGINNER = { mu: 25_000_000, sigma: 8_333_333 };

interface Figures {
  readonly mu: number;
  readonly sigma: number;
  readonly rating: number;
  readonly games: number;
  readonly wins: number;
  readonly losses: number;
}

/** What everybody may know of a player and a ladder once matches are rated. */
interface Standing {
  readonly matches: readonly MatchView[];
  readonly figures: Figures | undefined;
  /** On the ladder's leaderboard. */
  readonly record: { readonly rank: number; readonly score: number } | undefined;
}

describe("a match from the ticket to the rank", () => {
  let server: ServerProcess;
  const everybody: Seeker[] = [];
  const played: { pair: readonly Seeker[]; ladder: string; found: readonly Standing[] }[] = [];
  before(async () => {
    server = await ServerProcess.started();
  });
  after(async () => {
    for (const { room } of everybody) if (room) room.reconnection.enabled = false;
    await server.dispose();
  });

  async function two(): Promise<[Seeker, Seeker]> {
    const pair = (await Seeker.some(server.url, 2)) as [Seeker, Seeker];
    everybody.push(...pair);
    return pair;
  }

  async function standingOf({ id }: Seeker, ladder: string, reader: Seeker): Promise<Standing> {
    const { items: matches } = await reader.read(`/v1/players/${id}/matches`);
    const { statistics } = await reader.read(`/v1/players/${id}`);
    const board = `${ladder.replace(":", "-")}-rating`;
    const { items } = await reader.read(`/v1/leaderboards/${board}/records?limit=100`);
    const record = (items as { playerId: string; rank: number; score: number }[]).find((one) => one.playerId === id);
    return { matches, figures: statistics[ladder], record };
  }

  /** Both standings, once the match is rated and the leaderboard shows it. */
  async function rated(pair: readonly Seeker[], ladder: string): Promise<Standing[]> {
    const reader = pair[0]!;
    let found: Standing[] = [];
    await eventually(
      "the match is rated",
      async () => {
        found = await Promise.all(pair.map((one) => standingOf(one, ladder, reader)));
        return found.every(({ matches, record, figures }) => matches.length > 0 && record && figures);
      },
      30_000,
    );
    return found;
  }

  /** One match, won by the first and lost by the second, and what it made of both. */
  function assertRated([won, lost]: readonly Standing[], pair: readonly Seeker[], sessionId: string): void {
    const [match] = won!.matches;
    assert.deepEqual(won!.matches, lost!.matches, "both have the same match in their history");
    assert.deepEqual([won!.matches.length, match!.id, match!.season], [1, sessionId, 1]);
    const sides = pair.map(({ id }) => match!.players.find(({ playerId }) => playerId === id)!);
    assert.deepEqual(
      sides.map(({ outcome, rank }) => [outcome, rank]),
      [
        ["win", 0],
        ["loss", 1],
      ],
    );
    for (const [at, { figures, record }] of [won!, lost!].entries()) {
      assert.deepEqual(sides[at]!.before, BEGINNER);
      assert.deepEqual(sides[at]!.after, { mu: figures!.mu, sigma: figures!.sigma }, "the rating is the match's");
      assert.equal(figures!.games, 1);
      assert.equal(record!.score, figures!.rating, "the leaderboard ranks by the rating");
    }
    assert.ok(won!.figures!.mu > BEGINNER.mu && lost!.figures!.mu < BEGINNER.mu, "both ratings moved");
    assert.deepEqual([won!.figures!.wins, lost!.figures!.losses], [1, 1]);
    assert.ok(won!.record!.rank < lost!.record!.rank);
  }

  async function assertOver(seeker: Seeker, queue: string): Promise<void> {
    await eventually("the ticket offers no seat any more", async () => !(await seeker.ticket()).assignment?.seat);
    assert.equal((await seeker.ticket()).status, "completed");
    const former = seeker.ticketId;
    await seeker.ask(queue);
    assert.notEqual(seeker.ticketId, former, "whoever has played may ask again");
    await seeker.reaches("searching");
    await seeker.cancel();
  }

  it("a duel that one forfeits moves both ratings and both ranks", async () => {
    const pair = await two();
    const leaves = pair[1];
    await Promise.all(pair.map((one) => one.ask("arena-duel")));
    const [sessionId, same] = await Promise.all(pair.map((one) => one.sitDown()));
    assert.equal(sessionId, same);
    await leaves.leave();
    const found = await rated(pair, "arena:duel");
    assertRated(found, pair, sessionId!);
    const { reason, players } = found[0]!.matches[0]!;
    assert.equal(reason, "forfeit");
    assert.equal(players.find(({ playerId }) => playerId === leaves.id)?.abandoned, true);
    for (const one of pair) await assertOver(one, "arena-duel");
    played.push({ pair, ladder: "arena:duel", found });
  });

  it("a duel of characters is accepted by both, played and conceded", async () => {
    const pair = await two();
    const [winner, loser] = pair;
    await Promise.all(pair.map((one) => one.ask("combat-duel")));
    await Promise.all(pair.map((one) => one.reaches("requires_acceptance")));
    for (const one of pair) assert.equal((await one.answer("accept")).status, 200);
    const [sessionId, same] = await Promise.all(pair.map((one) => one.sitDown()));
    assert.equal(sessionId, same);
    const { players } = await winner.read(`/v1/sessions/${sessionId}`);
    const host = pair.find(({ id }) => players.find(({ seat }: { seat: number }) => seat === 0).playerId === id)!;
    const guest = pair.find((one) => one !== host)!;
    for (const one of pair) await act(one.room!, "join", { creature: "bridge_warden" });
    await act(host.room!, "rollInitiative");
    await act(guest.room!, "rollInitiative");
    await act(loser.room!, "concede");
    const found = await rated(pair, "combat:duel");
    assertRated(found, pair, sessionId!);
    assert.equal(
      found[0]!.matches[0]!.players.some(({ abandoned }) => abandoned),
      false,
    );
    for (const one of pair) await assertOver(one, "combat-duel");
    played.push({ pair, ladder: "combat:duel", found });
  });

  it("each of them counted once, also for whoever rates after a `kill -9`", async () => {
    assert.equal(played.length, 2, "both were played");
    for (const { room } of everybody) if (room) room.reconnection.enabled = false;
    await server.stop("SIGKILL");
    await server.start();
    // Matches are rated one after the other: once this one is, those before it have been looked at.
    const pair = await two();
    await Promise.all(pair.map((one) => one.ask("arena-duel")));
    await Promise.all(pair.map((one) => one.sitDown()));
    await pair[1].leave();
    await rated(pair, "arena:duel");
    for (const { pair: both, ladder, found } of played) {
      const again = await rated(both, ladder);
      const lasting = ({ matches, figures, record }: Standing) => ({ matches, figures, score: record!.score });
      assert.deepEqual(again.map(lasting), found.map(lasting), ladder);
    }
  });
});
