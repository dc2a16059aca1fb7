import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { request } from "node:http";
import type { Duplex } from "node:stream";
import type { Room } from "@colyseus/sdk";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { act, getJson, newPlayer, type Player } from "../support/bots.ts";
import { TestCluster } from "../support/cluster.ts";
import { eventually, pause, type ServerProcess } from "../support/server.ts";

/** The first byte of the frame by which a WebSocket is closed. */
const CLOSE_FRAME = 0x88;

/** Longer than a heartbeat lets a process speak; about as long as others wait before they declare it dead. */
const STOPPED_MS = 2400;
/** What was on its way before the stop has arrived by then. */
const ARRIVED_MS = 300;

describe("gateway", () => {
  let cluster: TestCluster;
  let owner: ServerProcess;
  let other: ServerProcess;
  let host: Player;
  let table: Room;

  before(async () => {
    cluster = await TestCluster.start(2);
    [owner, other] = cluster.servers as [ServerProcess, ServerProcess];
    host = await newPlayer(owner.url);
    table = await host.client.joinOrCreate("dice", { private: true });
    assert.equal(await cluster.ownerOf(table.roomId), owner);
  });
  after(async () => {
    await table?.leave();
    await cluster.dispose();
  });

  async function call(server: ServerProcess, player: Player, method: string, path: string, body?: unknown) {
    const response = await fetch(server.url + path, {
      method,
      headers: { authorization: `Bearer ${player.accessToken}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  it("lets a client who knows another process join, act and leave as if the room were there", async () => {
    const guest = await newPlayer(other.url);
    const room = await guest.client.joinById(table.roomId);
    assert.equal(await TestCluster.figure(other, "hypogeum_tunnels_open"), 1);
    assert.equal(await TestCluster.figure(owner, "hypogeum_clients_connected"), 2);
    const code = await act(room, "challenge").then(
      () => "none",
      (error: { reason: { code: string } }) => error.reason.code,
    );
    assert.equal(code, "not_now");
    await room.leave();
    await eventually("the tunnel ends", async () => (await TestCluster.figure(other, "hypogeum_tunnels_open")) === 0);
    assert.ok((await TestCluster.figure(other, "hypogeum_tunnel_bytes_total")) > 0);
  });

  it("answers requests about a session where it is held, whoever is asked", async () => {
    const seen = await getJson({ ...host, url: other.url }, `/v1/sessions/${table.roomId}`);
    assert.deepEqual(
      (seen.players as { connected: boolean }[]).map(({ connected }) => connected),
      [true],
    );
    const id = uuid7(Date.now());
    const wish = { id, type: "challenge", data: {} };
    const first = await call(other, host, "POST", `/v1/sessions/${table.roomId}/actions`, wish);
    const again = await call(owner, host, "POST", `/v1/sessions/${table.roomId}/actions`, wish);
    assert.deepEqual([first.status, first.body.code], [again.status, again.body.code]);
    assert.equal(await cluster.ownerOf(table.roomId), owner, "nobody took it away");
    assert.ok((await TestCluster.figure(other, "hypogeum_forwarded_requests_total")) >= 2);
  });

  it("reserves a place at the owner for who asks another process", async () => {
    const invite = await call(owner, host, "POST", `/v1/sessions/${table.roomId}/invites`, {});
    assert.equal(invite.status, 201, JSON.stringify(invite.body));
    const guest = await newPlayer(other.url);
    const seat = await call(other, guest, "POST", `/v1/invites/${invite.body.code}/join`, {});
    assert.equal(seat.status, 200, JSON.stringify(seat.body));
    const room = await guest.client.consumeSeatReservation(seat.body);
    assert.equal(room.roomId, table.roomId);
    await room.leave();
  });

  it("holds a session without a room in one place as well: what one process wrote another reads at once", async () => {
    const made = await call(owner, host, "POST", "/v1/sessions", { type: "player", state: { gold: 1 } });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const path = `/v1/sessions/${made.body.id}`;
    for (const [turn, server] of [other, owner, other, owner].entries()) {
      const { headers } = await call(server, host, "GET", path);
      const patched = await fetch(`${server.url}${path}/state`, {
        method: "PATCH",
        headers: {
          authorization: `Bearer ${host.accessToken}`,
          "content-type": "application/merge-patch+json",
          "if-match": headers.get("etag")!,
        },
        body: JSON.stringify({ gold: turn + 2 }),
      });
      assert.equal(patched.status, 200, await patched.text());
    }
    assert.equal((await call(other, host, "GET", path)).body.state.gold, 5);
    assert.equal(await cluster.ownerOf(made.body.id), owner);
  });

  it("refuses a header that no process of the cluster has signed", async () => {
    const headers = { "x-hypogeum-hop": "eyJmcm9tIjoiYSIsInRvIjoiYiIsImFkZHJlc3MiOiIxLjIuMy40In0.AAAA" };
    assert.equal((await fetch(`${other.url}/v1/sessions/${table.roomId}`, { headers })).status, 403);
    assert.equal(await upgrade(other, `/p/${table.roomId}?sessionId=x`, headers), 403);
    assert.equal((await fetch(`${other.url}/internal/alive`)).status, 404);
    const calls = `${other.url}/internal/calls/matchmake/${table.roomId}`;
    assert.equal((await fetch(calls, { method: "POST" })).status, 404);
  });

  it("gives forged paths and unknown rooms their code at once", async () => {
    const token = "a".repeat(43);
    const unknown = `/p/${uuid7(Date.now())}?sessionId=x`;
    assert.equal(await upgrade(other, `${unknown}&reconnectionToken=${token}`), 4003);
    assert.equal(await upgrade(other, unknown), 4002);
    assert.equal(await upgrade(other, `/x/y?sessionId=x&reconnectionToken=${token}`), 4003);
    assert.equal(await upgrade(other, `/p/${table.roomId}?sessionId=x&reconnectionToken=${token}`), 4003);
    assert.equal(await upgrade(other, `/p/${table.roomId}?sessionId=x`), 4002);
  });

  it("gives an ended session its code at once", async () => {
    const player = await newPlayer(owner.url);
    const room = await player.client.joinOrCreate("dice", { private: true });
    const [, token] = room.reconnectionToken.split(":") as [string, string];
    room.reconnection.enabled = false;
    const ended = await call(other, player, "DELETE", `/v1/sessions/${room.roomId}`);
    assert.deepEqual([ended.status, ended.body.status], [200, "ended"]);
    const url = `/p/${room.roomId}?sessionId=${room.sessionId}&reconnectionToken=${token}`;
    assert.equal(await upgrade(other, url), 4003);
  });

  it("writes nothing that a healthy server would not", () => {
    assert.deepEqual(
      cluster.servers.flatMap((server) => server.faults()),
      [],
    );
  });
});

describe("a gateway that was stopped", () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await TestCluster.start(2);
  });
  after(() => cluster.dispose());

  it("[L10] passes on nothing of what it finds in its sockets after it was stopped", async () => {
    const [owner, other] = cluster.servers as [ServerProcess, ServerProcess];
    const host = await newPlayer(owner.url);
    const table = await host.client.joinOrCreate("dice", { private: true });
    const guest = await newPlayer(other.url);
    const room = await guest.client.joinById(table.roomId);
    room.reconnection.minUptime = 0;
    const heard: string[] = [];
    room.onMessage("event", ({ type }: { type: string }) => heard.push(type));
    room.onDrop(() => heard.push("drop"));
    const back = new Promise((resolve) => room.onReconnect(() => resolve(heard.push("back"))));
    other.signal("SIGSTOP");
    await pause(ARRIVED_MS);
    heard.length = 0;
    const third = await (await newPlayer(owner.url)).client.joinById(table.roomId);
    await pause(STOPPED_MS);
    // Awake, it may have its lease renewed before it looks at its sockets: what lies there is old all the same.
    other.signal("SIGCONT");
    await back;
    assert.deepEqual(heard.slice(0, 2), ["drop", "back"]);
    await Promise.all([room.leave(), third.leave(), table.leave()]);
    await eventually("the tunnel ends", async () => (await TestCluster.figure(other, "hypogeum_tunnels_open")) === 0);
  });
});

/** The status by which an upgrade was refused, or the code by which the connection was closed after it. */
function upgrade({ url }: ServerProcess, path: string, headers: Record<string, string> = {}): Promise<number> {
  const wish = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
  const key = { "sec-websocket-key": randomBytes(16).toString("base64") };
  return new Promise((resolve, reject) => {
    const asked = request(url + path, { headers: { ...wish, ...key, ...headers } });
    asked.once("response", ({ statusCode }) => {
      asked.off("error", reject).on("error", () => undefined);
      resolve(statusCode!);
      asked.destroy();
    });
    asked.once("upgrade", (_, socket, head) => resolve(closeCode(socket, head)));
    asked.once("error", reject).end();
  });
}

/** The code of the frame by which a connection is closed; what is said before it is short. */
async function closeCode(socket: Duplex, head: Buffer): Promise<number> {
  let said = Buffer.alloc(0);
  socket.unshift(head);
  for await (const chunk of socket) {
    said = Buffer.concat([said, chunk as Buffer]);
    while (said.length > 1 && said[0] !== CLOSE_FRAME && said.length >= 2 + said[1]!)
      said = said.subarray(2 + said[1]!);
    if (said[0] === CLOSE_FRAME && said.length >= 4) break; // which closes the socket
  }
  assert.equal(said[0], CLOSE_FRAME);
  return said.readUInt16BE(2);
}
