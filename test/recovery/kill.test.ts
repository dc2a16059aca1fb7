import assert from "node:assert/strict";
import { type Crash, runCrashes } from "../support/crash-run.ts";
import { ServerProcess } from "../support/server.ts";

const KILLS = 5;

describe("kill -9 under play", function () {
  // Between two kills every table must be old enough for its clients to come back, and not over.
  this.timeout(120_000);
  let server: ServerProcess;
  before(async () => {
    server = await ServerProcess.started();
  });
  after(() => server.dispose());

  it("[L3] [L4] [L7] loses no acknowledged action, applies none twice, hides what is hidden, and everybody comes back", async () => {
    const crashes = Array.from(
      { length: KILLS },
      (_, index): Crash => ({ signal: "SIGKILL", after: 100 + Math.random() * 900, onAcknowledgement: index > 0 }),
    );
    const { verdict, resumed } = await runCrashes(server, { tables: [2, 3, 4], thinkMs: 120, crashes });
    const { acknowledgements, events, states, ...faults } = verdict;
    const none = { lost: [], twice: [], broken: [], contradicted: [], leaks: [], stranded: [] };
    assert.deepEqual(faults, none);
    assert.ok(acknowledgements > 100 && events > 300 && states > 300, "the bots did play");
    assert.ok(resumed >= KILLS * 9, `clients came back ${resumed} times`);
    assert.deepEqual(server.faults(), []);
  });
});
