import assert from "node:assert/strict";
import { type Auth, HypogeumError } from "../../src/client/client.ts";
import type { TicketView } from "../../src/matchmaking/ticket-view.ts";
import { Search } from "../../web/play/search.ts";

type Status = TicketView["status"];

const ASSIGNMENT = { matchId: "m", sessionId: "s", type: "arena", region: "local", team: 0 };

function ticket(status: Status, more: Partial<TicketView> = {}): TicketView {
  const createdAt = "2026-05-20T12:00:00.000Z";
  return {
    id: "t",
    queue: "arena-duel",
    status,
    createdAt,
    estimatedWaitSeconds: null,
    waitedSeconds: 0,
    players: [],
    ...more,
  };
}

interface Asked {
  readonly path: string;
  readonly answer: (body: unknown) => void;
  readonly refuse: (error: HypogeumError) => void;
}

/** A search whose calls are answered when the test says so. */
function searching(goes = true) {
  const calls: Asked[] = [];
  const heard: string[] = [];
  const call = (({ path }: { path: string }) =>
    new Promise((answer, refuse) => void calls.push({ path, answer, refuse }))) as unknown as Auth["call"];
  const search = new Search(
    { call },
    {
      changed: () => undefined,
      matched({ matchId }) {
        heard.push(`matched ${matchId}`);
        return goes;
      },
      requeued: () => void heard.push("requeued"),
    },
  );
  const asked = async (path: RegExp) => {
    for (;;) {
      const found = calls.findIndex((one) => path.test(one.path));
      if (found >= 0) return calls.splice(found, 1)[0]!;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { search, heard, asked, end: () => search.told(ticket("cancelled")) };
}

describe("a search, as its page knows it", () => {
  it("asks why it waits as soon as it does", async () => {
    const { search, asked, end } = searching();
    const started = search.start({ queue: "arena-duel" });
    (await asked(/tickets$/)).answer(ticket("queued"));
    await started;
    const explanation = { status: "queued", queue: "arena-duel", sentence: "Nobody else waits; a match needs 2." };
    (await asked(/explain$/)).answer(explanation);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(search.explanation?.sentence, explanation.sentence);
    end();
    assert.deepEqual([search.ticket, search.explanation], [null, null]);
  });

  it("drops an answer that was overtaken by what the lobby told", async () => {
    const { search, asked, end } = searching();
    search.told(ticket("requires_acceptance"));
    const answered = search.answer("accept");
    const accept = await asked(/accept$/);
    search.told(ticket("placing"));
    accept.answer(ticket("requires_acceptance"));
    await answered;
    assert.equal(search.ticket?.status, "placing");
    end();
  });

  for (const [what, answer] of [
    ["explained as one that waits no more", (call: Asked) => call.answer({ status: "completed", queue: "arena-duel" })],
    ["not found", (call: Asked) => call.refuse(new HypogeumError("ticket_not_found", 404, "There is no such ticket."))],
  ] as const)
    it(`looks for itself once its ticket is ${what}, so that it needs no lobby`, async () => {
      const { search, heard, asked } = searching();
      search.told(ticket("searching"));
      answer(await asked(/explain$/));
      (await asked(/tickets\/t$/)).answer(ticket("completed", { assignment: ASSIGNMENT }));
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual([heard, search.explanation], [["matched m"], null]);
      search.forget();
    });

  it("goes to a match once, and shows none that it does not go to", () => {
    const going = searching();
    for (let i = 0; i < 3; i++) going.search.told(ticket("completed", { assignment: ASSIGNMENT }));
    assert.deepEqual(going.heard, ["matched m"]);
    going.search.forget();
    const staying = searching(false);
    staying.search.told(ticket("completed", { assignment: ASSIGNMENT }));
    assert.equal(staying.search.ticket, null);
  });

  it("tells that a match fell through, and why a search ended", () => {
    const { search, heard, end } = searching();
    search.told(ticket("requires_acceptance"));
    search.told(ticket("searching"));
    assert.deepEqual(heard, ["requeued"]);
    search.told(ticket("timed_out", { reason: "nobody_found" }));
    assert.equal(search.lastEnd?.reason, "nobody_found");
    search.told(ticket("cancelled", { id: "of-another-tab" }));
    assert.equal(search.lastEnd?.reason, "nobody_found", "only its own");
    end();
  });

  it("shows the ticket that needs its player most", () => {
    const { search } = searching();
    search.told(ticket("searching"));
    search.told(ticket("requires_acceptance", { id: "u" }));
    assert.equal(search.ticket?.id, "u");
    search.forget();
    assert.equal(search.ticket, null);
  });
});
