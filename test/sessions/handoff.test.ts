import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, type Room } from "@colyseus/sdk";
import { CLOSE } from "../../src/errors.ts";
import { Api, type Body, outcome } from "../support/api.ts";
import { act, type Player } from "../support/bots.ts";
import { eventually } from "../support/server.ts";

interface Seen {
  readonly room: Room;
  readonly events: string[];
  readonly closes: number[];
  /** Whether seat 0 was ever shown without its player. */
  left: boolean;
}

function watch(room: Room): Seen {
  const seen: Seen = { room, events: [], closes: [], left: false };
  room.reconnection.enabled = false;
  room.onMessage("event", ({ type }: { type: string }) => seen.events.push(type));
  room.onMessage("*", () => undefined);
  room.onLeave((code) => seen.closes.push(code));
  room.onStateChange((state: Body) => {
    const seat = state.seats.get("0");
    if (seat && !seat.connected) seen.left = true;
  });
  return seen;
}

describe("handing a seat to another device", () => {
  let api: Api;
  let [phone, watcher, other]: Player[] = [];

  before(async () => {
    api = await Api.start();
    [phone, watcher, other] = await api.players(3);
  });
  after(() => api.close());

  /** Ada on her phone, Ben at the table, and the second playing: three to see what happens. */
  async function table(): Promise<{ mine: Seen; bens: Seen; id: string }> {
    const mine = watch(await phone!.client.joinOrCreate("dice", { private: true }));
    const bens = watch(await watcher!.client.joinById(mine.room.roomId));
    return { mine, bens, id: mine.room.roomId };
  }

  const offer = async (id: string) => (await api.call(`POST /v1/sessions/${id}/handoff`, phone)).body as Body;
  const take = (code: string, player = phone, deviceId = "desktop") =>
    api.call("POST /v1/handoff", player, { code, deviceId });

  it("moves it in place: the phone is closed with 4102, nobody sees a leave, play goes on", async () => {
    const { mine, bens, id } = await table();
    await act(mine.room, "roll");
    const { code, expiresAt } = await offer(id);
    assert.match(code, /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$/);
    assert.ok(Math.abs(Date.parse(expiresAt) - Date.now() - 60_000) < 5000);
    const before = act(mine.room, "bid", { count: 1, face: 2 });
    const { status, body } = await take(code);
    assert.equal(status, 200);
    const desktop = watch(await phone!.client.consumeSeatReservation(body));
    const { seq } = await before;
    await eventually("the phone is sent away", () => mine.closes.length > 0);
    assert.deepEqual(mine.closes, [CLOSE.movedToOtherDevice]);
    const session = (await api.call(`GET /v1/sessions/${id}`, phone)).body;
    assert.ok(session.seq >= seq, "what the phone said before the switch counts");
    assert.equal(session.players.length, 2);
    const events = (await api.call(`GET /v1/sessions/${id}/events?limit=100`, phone)).body.items as Body[];
    assert.deepEqual(
      events.filter(({ type }) => type === "seat.left"),
      [],
    );
    assert.equal(bens.left, false);
    await act(bens.room, "bid", { count: 1, face: 3 });
    await act(desktop.room, "bid", { count: 1, face: 4 });
    for (const { room } of [desktop, bens]) await room.leave();
  });

  it("the former device's token is dead", async () => {
    const { mine, bens, id } = await table();
    const token = mine.room.reconnectionToken;
    const { code } = await offer(id);
    const desktop = watch(await phone!.client.consumeSeatReservation((await take(code)).body));
    await eventually("the phone is sent away", () => mine.closes.length > 0);
    await assert.rejects(phone!.client.reconnect(token));
    await act(desktop.room, "roll");
    for (const { room } of [desktop, bens]) await room.leave();
  });

  it("a code is good once, for its account, on another device", async () => {
    const { mine, bens, id } = await table();
    const { code } = await offer(id);
    assert.deepEqual(outcome(await take(code, other)), [400, "code_invalid"]);
    const same = (await api.call("GET /v1/sessions?type=auth", phone)).status;
    assert.equal(same, 200);
    assert.deepEqual(outcome(await take(code, phone, "device-0")), [409, "same_device"]);
    const [one, two] = await Promise.all([take(code.toLowerCase().replaceAll("-", "")), take(code)]);
    assert.deepEqual([one.status, two.status].sort(), [200, 400]);
    assert.deepEqual(outcome(await take(code)), [400, "code_invalid"]);
    for (const { room } of [mine, bens]) await room.leave();
  });

  it("five wrong codes and the right one is worth nothing", async () => {
    const { mine, bens, id } = await table();
    const { code } = await offer(id);
    for (let wrong = 0; wrong < 5; wrong++) {
      assert.deepEqual(outcome(await take("0000-0000-0000")), [400, "code_invalid"]);
    }
    assert.deepEqual(outcome(await take(code)), [400, "code_invalid"]);
    for (const { room } of [mine, bens]) await room.leave();
  });

  it("needs a seat", async () => {
    const { mine, bens, id } = await table();
    const asked = await api.call(`POST /v1/sessions/${id}/handoff`, other);
    assert.deepEqual(outcome(asked), [404, "session_not_found"]);
    for (const { room } of [mine, bens]) await room.leave();
    const open = watch(await phone!.client.joinOrCreate("dice", { mode: "seatless" }));
    const unseated = await api.call(`POST /v1/sessions/${open.room.roomId}/handoff`, other);
    assert.deepEqual(outcome(unseated), [403, "not_seated"]);
    await open.room.leave();
  });
});

// Apart: two servers in one process share what Colyseus keeps globally.
describe("handing over a seat after a restart", () => {
  it("works on a session that no room holds", async () => {
    const dir = mkdtempSync(join(tmpdir(), "hypogeum-test-"));
    const first = await Api.start({ DATA_DIR: dir });
    const [ada, ben] = await first.players(2);
    const mine = watch(await ada!.client.joinOrCreate("dice", { private: true }));
    const bens = watch(await ben!.client.joinById(mine.room.roomId));
    const id = mine.room.roomId;
    await act(mine.room, "roll");
    await first.close();
    await Promise.all([mine, bens].map((seen) => eventually("it is closed", () => seen.closes.length > 0)));

    const second = await Api.start({ DATA_DIR: dir });
    const session = (await second.call(`GET /v1/sessions/${id}`, ada)).body;
    assert.equal(session.roomId, undefined);
    const { code } = (await second.call(`POST /v1/sessions/${id}/handoff`, ada)).body;
    const taken = await second.call("POST /v1/handoff", ada, { code, deviceId: "desktop" });
    assert.equal(taken.status, 200);
    const client = new Client(second.url);
    const desktop = watch(await client.consumeSeatReservation(taken.body));
    await act(desktop.room, "bid", { count: 1, face: 2 });
    const { players } = (await second.call(`GET /v1/sessions/${id}`, ada)).body;
    assert.deepEqual(
      players.map(({ seat, connected }: Body) => [seat, connected]),
      [
        [0, true],
        [1, false],
      ],
    );
    await second.close();
    rmSync(dir, { recursive: true, force: true });
  });
});
