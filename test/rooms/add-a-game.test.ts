import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Client, type Room } from "@colyseus/sdk";
import { type App, type BundledGame, createApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { createLogger } from "../../src/log.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Lays the files of the README's example beside links to the product, as they would lie in a checkout. */
function layOut(): string {
  mkdirSync(join(ROOT, "test-artifacts"), { recursive: true });
  const dir = mkdtempSync(join(ROOT, "test-artifacts/game-"));
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/```ts\n\/\/ ((?:src|schema|rooms)\/\S+\.ts)\n([\s\S]*?)```/g)];
  assert.deepEqual(
    blocks.map(([, file]) => file),
    ["src/race/race.rules.ts", "schema/race.ts", "rooms/RaceRoom.ts"],
  );
  for (const [, file, code] of blocks) {
    mkdirSync(join(dir, dirname(file!)), { recursive: true });
    writeFileSync(join(dir, file!), code!);
  }
  symlinkSync(join(ROOT, "src/journal"), join(dir, "src/journal"));
  symlinkSync(join(ROOT, "rooms/LedgerRoom.ts"), join(dir, "rooms/LedgerRoom.ts"));
  return dir;
}

async function playerOf(port: number): Promise<Client> {
  const url = `http://127.0.0.1:${port}`;
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/v1/auth/guest`, { method: "POST", headers, body: '{"deviceId":"test"}' });
  const client = new Client(url);
  client.auth.token = ((await response.json()) as { accessToken: string }).accessToken;
  return client;
}

const act = (room: Room, steps: unknown) =>
  room.request("act", { id: uuid7(Date.now()), type: "add", data: { steps } }) as Promise<{ seq: number }>;

/** What a client is told of the end. */
const endOf = (room: Room) =>
  new Promise<unknown>((resolve) => {
    room.onMessage("event", (event: { type: string; data: unknown }) => {
      if (event.type === "session.ended") resolve(event.data);
    });
  });

describe("the README's game", () => {
  let dir: string;
  let app: App;

  before(async () => {
    dir = layOut();
    const load = (file: string) => import(pathToFileURL(join(dir, file)).href);
    const { race } = (await load("src/race/race.rules.ts")) as { race: BundledGame["game"] };
    const { RaceRoom } = (await load("rooms/RaceRoom.ts")) as { RaceRoom: BundledGame["room"] };
    const config = loadConfig({ PORT: "0", DATA_DIR: ":memory:", RATE_LIMIT: "off" });
    const log = createLogger({ level: "silent", pretty: false });
    app = await createApp(config, log, (reason) => assert.fail(reason), [{ game: race, room: RaceRoom }]);
  });

  after(async () => {
    await app.close();
    rmSync(dir, { recursive: true });
  });

  it("is played to its end with the stock SDK, by its rules", async () => {
    const [first, second] = [await playerOf(app.port), await playerOf(app.port)];
    const one = await first.joinOrCreate<{ total: number }>("race");
    await assert.rejects(act(one, 1), ({ reason }: { reason?: { code?: string } }) => reason?.code === "too_early");
    const two = await second.joinOrCreate<{ total: number }>("race");
    assert.equal(one.roomId, two.roomId);
    const ended = [endOf(one), endOf(two)];
    await assert.rejects(act(two, 1), ({ reason }: { reason?: { code?: string } }) => reason?.code === "not_your_turn");
    await assert.rejects(
      act(one, 9),
      ({ reason }: { reason?: { code?: string } }) => reason?.code === "validation_failed",
    );
    for (let move = 0; move < 7; move++) await act(move % 2 === 0 ? one : two, 3);
    for (const result of await Promise.all(ended)) assert.equal((result as { winner: number }).winner, 0);
    assert.equal(two.state.total, 21);
    await Promise.all([one.leave(), two.leave()]);
  });
});
