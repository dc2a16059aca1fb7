import assert from "node:assert/strict";
import type { Room } from "@colyseus/sdk";
import { type App, createApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { createLogger } from "../../src/log.ts";
import { act, newPlayer, type Player } from "../support/bots.ts";

interface Page {
  readonly items: readonly { readonly id: string }[];
  readonly nextCursor: string | null;
}

describe("session routes", () => {
  let app: App;
  let url: string;
  let [ada, ben, eve]: Player[] = [];
  let open: Room;
  let hidden: Room;

  async function get(path: string, player?: Player, headers: Record<string, string> = {}) {
    const authorization = player ? { authorization: `Bearer ${player.accessToken}` } : {};
    const response = await fetch(`${url}/v1/sessions${path}`, {
      headers: { ...authorization, ...headers } as HeadersInit,
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text), text };
  }

  before(async () => {
    const config = loadConfig({ PORT: "0", HOST: "127.0.0.1", DATA_DIR: ":memory:", RATE_LIMIT: "off" });
    app = await createApp(config, createLogger({ level: "silent", pretty: false }), (reason) => assert.fail(reason));
    url = `http://127.0.0.1:${app.port}`;
    [ada, ben, eve] = [await newPlayer(url), await newPlayer(url), await newPlayer(url)];
    open = await ada!.client.joinOrCreate("dice", {});
    const other = await ben!.client.joinById(open.roomId);
    hidden = await eve!.client.joinOrCreate("dice", { private: true });
    for (const room of [open, other, hidden]) room.onMessage("*", () => undefined);
    await act(open, "roll");
    await act(open, "bid", { count: 1, face: 3 });
  });
  after(() => app.close());

  it("want a token", async () => {
    for (const path of ["", `/${open.roomId}`, `/${open.roomId}/events`]) {
      const { status, body } = await get(path);
      assert.deepEqual([status, body.code], [401, "unauthorized"]);
    }
  });

  it("show the state as the caller may see it, and no seed", async () => {
    const dice = async (player: Player) =>
      (await get(`/${open.roomId}`, player)).body.state.hands.map((hand: { dice: number[] }) => hand.dice.length);
    assert.deepEqual(await dice(ada!), [5, 0]);
    assert.deepEqual(await dice(ben!), [0, 5]);
    assert.deepEqual(await dice(eve!), [0, 0]);
    assert.doesNotMatch((await get(`/${open.roomId}`, ada)).text, /seed|connectionId|generation/);
  });

  it("answer 304 while nothing has changed", async () => {
    const { headers, body } = await get(`/${open.roomId}`, ada);
    assert.equal(headers.get("ETag"), `"${body.version}"`);
    const again = await get(`/${open.roomId}`, ada, { "If-None-Match": headers.get("ETag")! });
    assert.deepEqual([again.status, again.text], [304, ""]);
  });

  it("page through the journal, without gaps for the system and without others' dice", async () => {
    const seen: { seq: number; type: string; data: { hands?: [number, number[]][] } }[] = [];
    for (let after: string | null = "0"; after !== null; ) {
      const { body } = await get(`/${open.roomId}/events?limit=2&after=${after}`, ben);
      assert.ok(body.items.length <= 2);
      seen.push(...body.items);
      after = body.nextCursor;
    }
    assert.deepEqual(
      seen.map(({ seq }) => seq),
      seen.map((_, index) => index + 1),
    );
    assert.deepEqual(
      seen.find(({ type }) => type === "rolled")!.data.hands!.map(([seat]) => seat),
      [1],
    );
  });

  it("list what matches, page by page, and hide private tables from all but those who sit there", async () => {
    const ids = async (query: string, player: Player) =>
      ((await get(query, player)).body as Page).items.map(({ id }) => id);
    assert.deepEqual(await ids("?status=active&type=dice", eve!), [open.roomId]);
    assert.deepEqual(await ids("?status=waiting", ada!), []);
    assert.deepEqual(await ids(`?playerId=${eve!.accountId}`, eve!), [hidden.roomId]);
    assert.deepEqual(await ids(`?playerId=${eve!.accountId}`, ada!), []);
    const first = (await get("?limit=1", ada)).body as Page;
    assert.equal(first.items.length, 1);
    assert.equal(first.nextCursor, null);
  });

  it("know no private session of others, and no session that is none", async () => {
    for (const id of [hidden.roomId, "00000000-0000-7000-8000-000000000000"]) {
      const { status, body } = await get(`/${id}`, ada);
      assert.deepEqual([status, body.code], [404, "session_not_found"]);
    }
    assert.equal((await get(`/${hidden.roomId}`, eve)).status, 200);
  });

  it("fifty writers race for one session: every version has one winner, none is lost and none skipped", async () => {
    const call = (method: string, path: string, body: object, version?: number) =>
      fetch(`${url}/v1/sessions${path}`, {
        method,
        headers: {
          ...{ authorization: `Bearer ${ada!.accessToken}`, "content-type": "application/json" },
          ...(version === undefined ? {} : { "if-match": `"${version}"` }),
        },
        body: JSON.stringify(body),
      });
    const created = await call("POST", "", { type: "player", state: { n: 0 } });
    const { id, version: first } = (await created.json()) as { id: string; version: number };
    assert.deepEqual(
      [created.headers.get("location"), created.headers.get("etag")],
      [`/v1/sessions/${id}`, `"${first}"`],
    );
    const won: number[] = [];
    const writer = async (n: number) => {
      for (let version = first; ; ) {
        const reply = await call("PUT", `/${id}/state`, { n }, version);
        const body = (await reply.json()) as { version: number };
        if (reply.status === 200) return void won.push(Number(reply.headers.get("etag")!.slice(1, -1)));
        assert.equal(reply.status, 412);
        version = body.version;
      }
    };
    await Promise.all(Array.from({ length: 50 }, (_, n) => writer(n)));
    const sorted = won.sort((a, b) => a - b);
    assert.deepEqual(
      sorted,
      Array.from({ length: 50 }, (_, index) => first + index + 1),
    );
  });

  it("refuse what does not have the right shape", async () => {
    for (const path of [
      "?limit=0",
      "?limit=101",
      "?status=lost",
      "?unknown=1",
      "?cursor=x",
      "/nonsense",
      `/${open.roomId}/events?after=-1`,
    ]) {
      const { status, body } = await get(path, ada);
      assert.deepEqual([path, status, body.code], [path, 400, "validation_failed"]);
      assert.ok(body.errors.length > 0);
    }
  });
});
