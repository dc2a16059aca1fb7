import assert from "node:assert/strict";
import { placeIn } from "../../web/place.ts";

describe("a link to a session", () => {
  it("is read from a whole link, from what follows the #, and from a bare id", () => {
    for (const text of ["http://x.test/arena.html#abc", "#abc", " abc "]) {
      assert.deepEqual(placeIn(text), { id: "abc", role: "player" });
    }
  });

  it("makes a coach of whoever follows a coach link", () => {
    assert.deepEqual(placeIn("arena.html#abc?coach=s%2Fx"), { id: "abc", role: "coach", code: "s/x" });
  });

  it("leads nowhere when it is empty or broken", () => {
    assert.equal(placeIn(" "), null);
    assert.deepEqual(placeIn("#%E0%A4%A"), { id: "%E0%A4%A", role: "player" });
  });
});
