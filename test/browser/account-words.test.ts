import assert from "node:assert/strict";
import { HypogeumError } from "../../src/client/client.ts";
import { outcome, type SessionItem } from "../../web/account/session-words.ts";
import { ago } from "../../web/account/times.ts";
import { closingWords } from "../../web/closing-words.ts";
import { codeInLink } from "../../web/handoff.ts";
import { joinFailureOf } from "../../web/join-failure.ts";
import { wordsFor } from "../../web/refusal-words.ts";

const players = [
  { seat: 0, playerId: "ada", name: "Ada" },
  { seat: 2, playerId: "ben", name: "Ben" },
];

describe("the words of the account's page", () => {
  const refused = (
    code: string,
    status: number,
    retryAfter: number | null = null,
    fields: HypogeumError["fields"] = [],
  ) => new HypogeumError(code, status, "The server's own sentence.", { retryAfter, fields });

  it("tells how long the door is barred", () => {
    assert.equal(wordsFor(refused("sign_in_delayed", 429, 8)), "Too many failed tries. Try again in 8 seconds.");
    assert.equal(wordsFor(refused("rate_limited", 429)), "Too many requests from here. Try again in a second.");
  });

  it("names the field that is wrong, and knows a sentence for a code it does not", () => {
    const fields = [
      { path: "username", message: "must be 3 to 32 letters, digits, dots, hyphens or underscores" },
      { path: "email", message: "Invalid email address" },
    ];
    assert.equal(
      wordsFor(refused("validation_failed", 400, null, fields)),
      "The user name must be 3 to 32 letters, digits, dots, hyphens or underscores. The e-mail address cannot be used.",
    );
    assert.equal(wordsFor(refused("something_new", 409)), "The server's own sentence.");
  });

  it("tells a result from the seat of whoever reads it", () => {
    const ended = (result: SessionItem["result"]) => ({ players, ...(result ? { result } : {}) });
    assert.equal(outcome(ended({ reason: "won", winner: 2 }), "ben"), "You won");
    assert.equal(outcome(ended({ reason: "won", winner: 2 }), "ada"), "Ben won");
    assert.equal(outcome(ended({ reason: "time", winner: -1 }), "ada"), "A draw");
    assert.equal(outcome(ended({ reason: "abandoned" }), "ada"), "Abandoned");
    assert.equal(outcome(ended(undefined), "ada"), "Ended");
  });

  it("tells a time as a distance, and as a date once that says more", () => {
    const now = Date.parse("2026-05-20T12:00:00Z");
    assert.equal(ago("2026-05-20T11:59:30Z", now), "just now");
    assert.equal(ago("2026-05-20T11:15:00Z", now), "45 minutes ago");
    assert.equal(ago("2026-05-18T10:00:00Z", now), "2 days ago");
    assert.equal(ago("2026-05-01T10:00:00Z", now), "on 1 May 2026");
    assert.equal(ago("2026-05-20T12:00:05Z", now), "just now", "a clock that is ahead");
  });

  it("finds the code in a link, and in no other", () => {
    assert.equal(codeInLink("#code=7K2M-94QX-RD0T"), "7K2M-94QX-RD0T");
    assert.equal(codeInLink("#code=%"), "%");
    assert.equal(codeInLink("#7K2M"), null);
  });

  it("never knocks again as a stranger once the account is signed out", () => {
    assert.equal(joinFailureOf(refused("token_revoked", 401)).kind, "gone");
    assert.equal(joinFailureOf(refused("unreachable", 0)).kind, "later");
    assert.equal(joinFailureOf(refused("banned", 403)).kind, "refused");
  });

  it("says why a connection is over, and offers the way back where there is one", () => {
    assert.match(closingWords("moved_to_other_device").text, /goes on there/);
    const offered = ["moved_to_other_device", "unreachable", "something_new", null].map(
      (code) => closingWords(code).again,
    );
    const withheld = ["banned", "token_revoked", "session_ended"].map((code) => closingWords(code).again);
    assert.deepEqual([offered, withheld], [Array(4).fill(true), Array(3).fill(false)]);
  });
});
