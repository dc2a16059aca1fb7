import assert from "node:assert/strict";
import { Refusal } from "../../src/errors.ts";
import { ActionWindow, WINDOW_MS } from "../../src/journal/action-window.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { START } from "../support/journal.ts";

const FULL = 50_000;

describe("action window", () => {
  let window: ActionWindow;

  before(() => {
    const rows = Array.from({ length: FULL }, (_, n) => [`0/${n}`, n, 1, START] as const);
    window = ActionWindow.fromRows(rows);
  });

  it("[L4] a full window refuses new ids as overloaded and still answers the known ones", () => {
    const refused = window.check(0, uuid7(START), START);
    assert.ok(refused instanceof Refusal && refused.code === "overloaded");
    assert.deepEqual(window.check(0, "7", START), { seq: 7, epoch: 1, version: 0 });
  });

  it("[L4] a full window whose ids are all old takes new ones again", () => {
    const later = START + WINDOW_MS + 1;
    assert.equal(window.check(0, uuid7(later), later), undefined);
  });
});
