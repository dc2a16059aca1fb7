import assert from "node:assert/strict";
import { isRetryable, SERVER_CODES } from "../../src/client/error-codes.ts";
import { ERRORS } from "../../src/errors.ts";

describe("the codes that the client helper knows", () => {
  it("are the server's, each with whether a retry may help, and no other", () => {
    const ofServer = Object.fromEntries(Object.entries(ERRORS).map(([code, { retryable }]) => [code, retryable]));
    assert.deepEqual({ ...SERVER_CODES }, ofServer);
  });

  it("leave a game's own refusals final, and a silence open", () => {
    assert.deepEqual(["too_poor", "unreachable", "queue_full"].map(isRetryable), [false, true, false]);
  });
});
