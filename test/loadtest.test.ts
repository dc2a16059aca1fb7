import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ServerProcess } from "./support/server.ts";

/** Rooms that four clients come into, at least, by scenario: for matchmaking the lobby and a match each. */
const ROOMS = { arena: 4, combat: 4, dice: 4, matchmaking: 8 } as const;

interface Ran {
  readonly code: number;
  readonly stdout: string;
}

async function loadtest(scenario: string, endpoint: string, clients: number, seconds: number): Promise<Ran> {
  const flags = ["--endpoint", endpoint, "--numClients", `${clients}`, "--seconds", `${seconds}`];
  return promisify(execFile)(process.execPath, ["loadtest/loadtest.ts", scenario, ...flags]).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }: Ran) => ({ code, stdout }),
  );
}

describe("npm run loadtest", () => {
  let server: ServerProcess;

  before(async () => {
    server = await ServerProcess.started({ env: { DATA_DIR: ":memory:" } });
  });
  after(() => server.dispose());

  const here = () => `ws://127.0.0.1:${server.port}`;

  it("in every scenario everybody gets in, plays, is answered and leaves", async () => {
    const tests = Object.entries(ROOMS).map(async ([scenario, rooms]) => {
      const { code, stdout } = await loadtest(scenario, here(), 4, 6);
      const report = JSON.parse(stdout.trim().split("\n").at(-1)!);
      assert.deepEqual([code, report.loadtest, report.failures, report.errors], [0, scenario, 0, 0], stdout);
      assert.ok(report.connections >= rooms, stdout);
      assert.ok(report.patchesPerSecond > 0 && report.roundTripP50 > 0, stdout);
    });
    await Promise.all(tests);
  });

  it("says so, by its exit code too, when nobody gets in or there is no such scenario", async () => {
    const away = await loadtest("dice", "ws://127.0.0.1:1", 1, 3);
    assert.equal(away.code, 1);
    assert.equal(JSON.parse(away.stdout).failures, 1);
    assert.equal((await loadtest("chess", here(), 4, 6)).code, 2);
  });
});
