import assert from "node:assert/strict";
import type { HeldSession } from "../../src/sessions/held-session.ts";
import { openDatabase, type TestDatabase } from "../support/database.ts";
import { type House, house } from "./house.ts";

describe("what lists are made of", () => {
  let database: TestDatabase;
  let here: House;
  /** More than one write takes. */
  const MANY = 70;

  before(async () => {
    database = await openDatabase();
  });
  beforeEach(() => {
    here = house(database);
  });
  afterEach(async () => {
    here.crash();
    await here.sessions.projector.stop();
  });
  after(() => database.close());

  const end = ({ live }: HeldSession) => live.commit({ kind: "end", reason: "over" });
  const statusOf = async ({ live }: HeldSession) => (await database.store.find(live.id))!.status;

  it("shows every end that was acknowledged, however many there were", async () => {
    const all = await Promise.all(Array.from({ length: MANY }, () => here.sessions.create({ type: "toy" })));
    await Promise.all(all.map(end));
    await here.sessions.projector.caughtUp();
    assert.deepEqual(new Set(await Promise.all(all.map(statusOf))), new Set(["ended"]));
  });

  it("shows an end that came while others were written", async () => {
    const [first, second] = [await here.sessions.create({ type: "toy" }), await here.sessions.create({ type: "toy" })];
    await end(first);
    const written = here.sessions.projector.caughtUp();
    await end(second);
    await Promise.all([written, here.sessions.projector.caughtUp()]);
    assert.deepEqual([await statusOf(first), await statusOf(second)], ["ended", "ended"]);
  });

  it("waits for nobody when nothing turned, or what turned is gone", async () => {
    await here.sessions.projector.caughtUp();
    const held = await here.sessions.create({ type: "toy" });
    await end(held);
    held.live.discard("unknown");
    await here.sessions.projector.caughtUp();
  });
});
