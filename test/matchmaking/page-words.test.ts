import assert from "node:assert/strict";
import { BUNDLED_QUEUES } from "../../src/matchmaking/bundled-queues.rules.ts";
import { isInVain } from "../../src/matchmaking/ticket-view.ts";
import { boardHref, inviteIn, inviteLink, playerHref, readPagePlace } from "../../web/play/page-place.ts";
import {
  barred,
  crowdInWords,
  type QueueItem,
  queueName,
  rulesInWords,
  spanInWords,
} from "../../web/play/queue-words.ts";
import {
  clock,
  endInWords,
  estimateInWords,
  isWaiting,
  nearbyInWords,
  windowInWords,
} from "../../web/play/search-words.ts";

function listed(id: string): QueueItem {
  const { type, mode, teams, teamSize, minPlayers, party, acceptance, timeoutSeconds } = BUNDLED_QUEUES.find(
    (queue) => queue.id === id,
  )!;
  return {
    ...{ id, type, mode, teams, teamSize, ...(minPlayers === undefined ? {} : { minPlayers }) },
    ...{ partyMax: party.maxSize, acceptanceSeconds: acceptance?.seconds ?? null, timeoutSeconds },
    ...{ tickets: 0, estimatedWaitSeconds: null },
  };
}

describe("the words of the page that finds matches", () => {
  it("tells the rules of every bundled queue", () => {
    const sides = BUNDLED_QUEUES.map(({ id }) => rulesInWords(listed(id))[0]);
    assert.deepEqual(sides, [
      "One against one.",
      "3 to 8 players, everyone for themselves.",
      "2 teams of 2.",
      "One against one.",
      "2 to 4 players on one side.",
    ]);
    assert.deepEqual(rulesInWords(listed("arena-2v2")).slice(1), [
      "Alone, or as a party of up to 2 that stays together.",
      "Everybody has 15 seconds to accept the match.",
      "Gives up after 4 minutes.",
    ]);
    assert.equal(rulesInWords(listed("arena-duel"))[2], "The match begins as soon as it is found.");
  });

  it("calls a queue of an operator what it is called", () => {
    assert.equal(queueName("arena-duel"), "Arena duel");
    assert.equal(queueName("night_of-masks"), "Night of masks");
  });

  it("tells how busy a queue is, and promises nothing it does not know", () => {
    assert.equal(crowdInWords({ tickets: 0, estimatedWaitSeconds: null }), "Nobody waits");
    assert.equal(crowdInWords({ tickets: 3, estimatedWaitSeconds: 12.4 }), "3 waiting · lately 12 seconds to a match");
    assert.deepEqual([0, 1.2, 89, 90, 600].map(spanInWords), [
      "a second",
      "a second",
      "89 seconds",
      "2 minutes",
      "10 minutes",
    ]);
    assert.match(estimateInWords(null, 5000), /no estimate/);
    assert.equal(estimateInWords(20, 5000), "Lately it took 20 seconds.");
    assert.match(estimateInWords(20, 21_000), /today it takes longer/);
  });

  it("says why a party cannot begin a search", () => {
    const party = (...ready: boolean[]) => ({
      leaderId: "p0",
      members: ready.map((isReady, at) => ({ accountId: `p${at}`, ready: isReady })),
    });
    const [single, two] = [{ partyMax: 1 }, { partyMax: 2 }];
    assert.equal(barred(single, null, "p0"), null);
    assert.equal(barred(single, party(true), "p0"), null, "alone in a party is alone");
    assert.equal(barred(two, party(true, true), "p0"), null);
    assert.match(barred(single, party(true, true), "p0")!, /Not for parties/);
    assert.match(barred(two, party(true, true, true), "p0")!, /too large: 2/);
    assert.match(barred(two, party(true, true), "p1")!, /leader/);
    assert.match(barred(two, party(true, false), "p0")!, /not ready/);
  });

  it("tells the window, and who is near without a name", () => {
    const window = { rating: 2.44, latencyMs: 63.9 };
    const now = "Opponents within 2.4 rating points, servers within 63 ms.";
    assert.equal(windowInWords({ window, nextWidening: null }), `${now} That is as wide as it gets.`);
    assert.equal(
      windowInWords({ window, nextWidening: { inSeconds: 1, ...window } }),
      `${now} Both widen while you wait.`,
    );
    const near = { distance: 3.21, waitedSeconds: 4, players: 1, blocked: null, openInSeconds: 0 };
    assert.equal(nearbyInWords(near), "3.2 points away: fits");
    const apart = { ...near, players: 2, blocked: "their_rating", openInSeconds: 6 } as const;
    assert.equal(nearbyInWords(apart), "party of 2, 3.2 points away: outside theirs for 6 seconds");
    assert.equal(nearbyInWords({ ...apart, players: 1, openInSeconds: null }), "3.2 points away: outside theirs");
  });

  it("tells why a search ended, but not to whoever ended it", () => {
    assert.equal(endInWords({ status: "cancelled", reason: "cancelled_by_player" }), null);
    assert.match(endInWords({ status: "timed_out", reason: "nobody_found" })!, /Nobody who fits/);
    assert.match(endInWords({ status: "cancelled", reason: "something_new" })!, /cancelled/);
    assert.match(endInWords({ status: "failed" })!, /came to nothing/);
  });

  it("knows which tickets wait and which are over", () => {
    const all = ["queued", "searching", "requires_acceptance", "placing", "completed", "failed", "cancelled"] as const;
    assert.deepEqual(
      all.filter((status) => isWaiting({ status })),
      ["queued", "searching"],
    );
    assert.deepEqual(
      all.filter((status) => isInVain({ status })),
      ["failed", "cancelled"],
    );
  });

  it("shows time as a clock, never below zero", () => {
    assert.deepEqual([-500, 0, 7999, 67_000, 600_000].map(clock), ["0:00", "0:00", "0:07", "1:07", "10:00"]);
  });
});

describe("the addresses of the page", () => {
  it("lead to what they name", () => {
    assert.deepEqual(readPagePlace(""), { page: "play" });
    assert.deepEqual(readPagePlace("#nowhere"), { page: "play" });
    assert.deepEqual(readPagePlace("#boards"), { page: "boards", board: null });
    assert.deepEqual(readPagePlace(boardHref("arena-duel-rating")), { page: "boards", board: "arena-duel-rating" });
    assert.deepEqual(readPagePlace("#player"), { page: "player", id: null });
    assert.deepEqual(readPagePlace(playerHref("a/b c")), { page: "player", id: "a/b c" });
  });

  it("carry an invite there and back, also pasted in part", () => {
    const invite = { id: "01900000-0000-7000-8000-000000000000", code: "7K2M-94QX-RD0T" };
    const link = inviteLink(invite, "https://play.example/hypogeum/play.html");
    assert.deepEqual(inviteIn(link), invite);
    assert.deepEqual(inviteIn(` ${link.slice(link.indexOf("#"))}\n`), invite);
    for (const other of ["", "#party=", "#party=one", "#boards/x", "7K2M-94QX-RD0T"])
      assert.equal(inviteIn(other), null);
  });
});
