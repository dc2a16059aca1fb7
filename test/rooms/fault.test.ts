import assert from "node:assert/strict";
import { schema, t } from "@colyseus/schema";
import type { Room } from "@colyseus/sdk";
import { z } from "zod";
import { LedgerRoom } from "../../rooms/LedgerRoom.ts";
import { type App, createApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { type Game, SPECTATOR, type Viewer } from "../../src/journal/game.ts";
import { createLogger } from "../../src/log.ts";
import { act, newPlayer, refusalCode } from "../support/bots.ts";
import { eventually } from "../support/server.ts";

interface Counter {
  n: number;
}

/** A game whose `evolve` and `project` can be made to throw, as a studio's code will one day. */
let explodeIn: "evolve" | "project" | null = null;

const counter: Game<Counter, Counter> = {
  ...{ id: "counter", version: 1, seats: { min: 1, max: 2 }, refusals: {}, init: () => ({ n: 0 }) },
  commands: { add: { data: z.strictObject({}), durability: "critical" } },
  decide: () => [{ type: "added", data: {} }],
  evolve(state, { type }) {
    if (type === "added") state.n += 1;
    if (type === "added" && explodeIn === "evolve") throw new Error("evolve exploded");
  },
  view: ({ n }) => ({ n }),
  redact: ({ type, data }) => ({ type, data }),
};

const CounterState = schema({ n: t.uint8().default(0) }, "CounterState");

class CounterRoom extends LedgerRoom<InstanceType<typeof CounterState>, Counter> {
  override state = new CounterState();
  protected override project(view: (viewer: Viewer) => Counter): void {
    if (explodeIn === "project") throw new Error("project exploded");
    Object.assign(this.state, view(SPECTATOR));
  }
}

describe("a fault of one room", () => {
  let app: App;
  let url: string;

  before(async () => {
    const config = loadConfig({ PORT: "0", HOST: "127.0.0.1", DATA_DIR: ":memory:", RATE_LIMIT: "off" });
    const log = createLogger({ level: "silent", pretty: false });
    const fatal = (reason: Error) => assert.fail(reason);
    app = await createApp(config, log, fatal, [{ game: counter, room: CounterRoom }]);
    url = `http://127.0.0.1:${app.port}`;
  });
  after(() => app.close());
  afterEach(() => {
    explodeIn = null;
  });

  async function join(): Promise<{ room: Room<{ n: number }>; codes: number[]; resumed: unknown[] }> {
    const { client } = await newPlayer(url);
    const room = await client.joinOrCreate<{ n: number }>("counter", { private: true });
    room.reconnection.minUptime = 0; // the stock SDK waits for 5 s of uptime before it comes back
    const codes: number[] = [];
    const resumed: unknown[] = [];
    room.onDrop((code) => codes.push(code));
    room.onLeave((code) => codes.push(code));
    room.onMessage("event", () => undefined);
    room.onMessage("resumed", (message) => resumed.push(message));
    return { room, codes, resumed };
  }

  for (const place of ["evolve", "project"] as const) {
    it(`in ${place} sends its clients away with 4010 to what the journal says, and leaves other rooms alone`, async () => {
      const [broken, other] = [await join(), await join()];
      await act(broken.room, "add");
      explodeIn = place;
      const failed = await act(broken.room, "add").then(
        () => undefined,
        (error: unknown) => refusalCode(error)?.code ?? "dropped",
      );
      explodeIn = null;
      assert.ok(failed !== undefined, "the action that failed is not acknowledged");
      await eventually("the client is back", async () => broken.resumed.length === 1);
      assert.equal(broken.codes[0], 4010);
      // evolve failed before the batch was written; project failed after it was durable.
      const kept = place === "evolve" ? 1 : 2;
      await eventually("the state is the journal's", async () => broken.room.state.n === kept);
      await act(broken.room, "add");
      assert.equal(broken.room.state.n, kept + 1);
      await act(other.room, "add");
      assert.deepEqual(other.codes, []);
      await Promise.all([broken.room.leave(), other.room.leave()]);
    });
  }
});
