import assert from "node:assert/strict";
import type { Room } from "@colyseus/sdk";
import { Api, outcome } from "../support/api.ts";
import type { Player } from "../support/bots.ts";

describe("invites", () => {
  let api: Api;
  let [ada, ben, cem, eve]: Player[] = [];
  let table: Room;
  let invites: string;

  before(async () => {
    api = await Api.start();
    [ada, ben, cem, eve] = await api.players(4);
  });
  after(() => api.close());
  beforeEach(async () => {
    table = await ada!.client.joinOrCreate("dice", { private: true });
    table.onMessage("*", () => undefined);
    invites = `/v1/sessions/${table.roomId}/invites`;
  });
  afterEach(() => table.leave());

  const join = (code: string, player: Player) => api.call(`POST /v1/invites/${code}/join`, player);

  it("let somebody into a private session, once", async () => {
    const { status, body } = await api.call(`POST ${invites}`, ada, {});
    assert.deepEqual([status, body.usesLeft, body.role], [201, 1, "player"]);
    const reservation = await join(body.code.toLowerCase(), ben!);
    assert.equal(reservation.status, 200);
    const room = await ben!.client.consumeSeatReservation(reservation.body);
    room.onMessage("*", () => undefined);
    assert.equal((await api.call(`GET /v1/sessions/${table.roomId}`, ben)).body.players.length, 2);
    assert.deepEqual(outcome(await join(body.code, cem!)), [400, "code_invalid"]);
    assert.equal((await join(body.code, ben!)).status, 200, "who it let in may come again");
    await room.leave();
  });

  it("used together by more than they let in, let in no more", async () => {
    const { code } = (await api.call(`POST ${invites}`, ada, { uses: 2 })).body;
    const crowd = await api.players(5);
    const replies = await Promise.all(crowd.map((one) => join(code, one)));
    assert.equal(replies.filter(({ status }) => status === 200).length, 2);
    assert.equal((await api.call(`GET ${invites}`, ada)).body.items[0].usesLeft, 0);
  });

  it("let watchers in as watchers", async () => {
    const { code } = (await api.call(`POST ${invites}`, ada, { role: "spectator" })).body;
    const room = await eve!.client.consumeSeatReservation((await join(code, eve!)).body);
    room.onMessage("*", () => undefined);
    assert.equal((await api.call(`GET /v1/sessions/${table.roomId}`, ada)).body.players.length, 1);
    await room.leave();
  });

  it("that came to nothing are not used up", async () => {
    const { code } = (await api.call(`POST ${invites}`, ada, { uses: 7 })).body;
    const crowd = await api.players(6);
    const replies = await Promise.all(crowd.map((one) => join(code, one)));
    assert.equal(replies.filter(({ status }) => status === 200).length, 5);
    assert.equal((await api.call(`GET ${invites}`, ada)).body.items[0].usesLeft, 2);
  });

  it("are gone when they are revoked", async () => {
    const { code } = (await api.call(`POST ${invites}`, ada, {})).body;
    assert.equal((await api.call(`GET ${invites}`, ada)).body.items.length, 1);
    assert.equal((await api.call(`DELETE ${invites}/${code}`, ada)).status, 204);
    assert.deepEqual(outcome(await api.call(`DELETE ${invites}/${code}`, ada)), [404, "not_found"]);
    assert.deepEqual(outcome(await join(code, ben!)), [400, "code_invalid"]);
    assert.deepEqual((await api.call(`GET ${invites}`, ada)).body.items, []);
  });

  it("are the host's: not of strangers, and not of other players", async () => {
    assert.deepEqual(outcome(await api.call(`POST ${invites}`, eve, {})), [404, "session_not_found"]);
    const { code } = (await api.call(`POST ${invites}`, ada, {})).body;
    const room = await ben!.client.consumeSeatReservation((await join(code, ben!)).body);
    room.onMessage("*", () => undefined);
    for (const line of [`POST ${invites}`, `GET ${invites}`, `DELETE ${invites}/${code}`]) {
      const body = line.startsWith("POST") ? {} : undefined;
      assert.deepEqual(outcome(await api.call(line, ben, body)), [403, "forbidden"]);
    }
    await room.leave();
  });

  it("are few for one session", async () => {
    for (let index = 0; index < 20; index++) assert.equal((await api.call(`POST ${invites}`, ada, {})).status, 201);
    assert.deepEqual(outcome(await api.call(`POST ${invites}`, ada, {})), [409, "invite_quota"]);
  });
});

// Apart: two servers in one process share what Colyseus keeps globally.
describe("invite codes", () => {
  it("cannot be guessed at: an account that tries is stopped", async () => {
    const strict = await Api.start({ RATE_LIMIT: "on" });
    const [thief] = await strict.players(1);
    const codes: unknown[] = [];
    for (let index = 0; index < 11; index++) {
      const reply = await strict.call("POST /v1/invites/0000-0000-0000/join", thief);
      codes.push(reply.body.code);
    }
    assert.deepEqual(codes, [...new Array(10).fill("code_invalid"), "rate_limited"]);
    await strict.close();
  });
});
