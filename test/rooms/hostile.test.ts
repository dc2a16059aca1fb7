import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { Protocol } from "@colyseus/core";
import type { Room } from "@colyseus/sdk";
import { SignJWT } from "jose";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { act, newPlayer, type Player, refusalCode } from "../support/bots.ts";
import { eventually, ServerProcess } from "../support/server.ts";
import { dataFrame, deepAction } from "./frames.ts";

const JWT_SECRET = "a secret that is long enough for these tests";
const LAUNDRY: readonly string[] = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "*", ""];

/** What one client got back from the server. */
interface Reaction {
  readonly notices: string[];
  readonly rejections: string[];
  closed: number | null;
}

/** A client seated at a private table of its own, and what the server answers it. */
async function attacker(url: string): Promise<{ player: Player; room: Room; reaction: Reaction }> {
  const player = await newPlayer(url);
  const room = await player.client.joinOrCreate("dice", { private: true });
  room.reconnection.enabled = false;
  const reaction: Reaction = { notices: [], rejections: [], closed: null };
  room.onMessage("notice", (notice: { code: string }) => reaction.notices.push(notice.code));
  room.onMessage("*", () => undefined);
  room.onLeave((code) => {
    reaction.closed = code;
  });
  return { player, room, reaction };
}

function hasReacted({ notices, rejections, closed }: Reaction): boolean {
  return notices.length > 0 || rejections.length > 0 || closed !== null;
}

function raw(room: Room, bytes: Uint8Array | string): void {
  // A text frame is nothing the SDK would ever send.
  room.connection.send(bytes as Uint8Array);
}

describe("hostile clients", () => {
  let server: ServerProcess;
  /** Two honest players at another table, playing all the time. */
  let honest: readonly [Room, Room];
  let bid: { count: number; face: number };

  before(async () => {
    server = await ServerProcess.started({ env: { JWT_SECRET } });
    const first = await (await newPlayer(server.url)).client.joinOrCreate("dice", { private: true });
    const second = await (await newPlayer(server.url)).client.joinById(first.roomId);
    honest = [first, second];
    for (const room of honest) {
      room.reconnection.enabled = false;
      room.onMessage("*", () => undefined);
    }
    await act(first, "roll");
    bid = { count: 1, face: 0 };
  });

  /** Whatever just happened: the neighbours' next action is acknowledged, and the server has nothing to regret. */
  afterEach(async () => {
    bid = bid.face < 6 ? { ...bid, face: bid.face + 1 } : { count: bid.count + 1, face: 1 };
    const turn = ((bid.count - 1) * 6 + bid.face - 1) % 2;
    assert.ok((await act(honest[turn]!, "bid", bid)).seq > 0);
    assert.equal(server.alive, true);
    assert.deepEqual(server.faults(), []);
  });

  after(async () => {
    for (const room of honest ?? []) room.connection.close();
    await server.dispose();
  });

  async function attacks(strike: (room: Room, reaction: Reaction) => void): Promise<Reaction> {
    const { room, reaction } = await attacker(server.url);
    strike(room, reaction);
    await eventually("the attacker is told", () => hasReacted(reaction), 5000);
    if (reaction.closed === null) room.connection.close();
    return reaction;
  }

  const frames: Record<string, Uint8Array | string> = {
    "an empty frame": new Uint8Array(0),
    "a text frame": "act",
    "protocol code 0": Uint8Array.of(0),
    "protocol code 255": Uint8Array.of(255, 1, 2, 3),
    "a code only servers send": Uint8Array.of(Protocol.ROOM_STATE, 1, 2, 3),
    "an input to a room without inputs": Uint8Array.of(Protocol.ROOM_INPUT_RELIABLE, 1, 2, 3),
    "a message without a type": Uint8Array.of(Protocol.ROOM_DATA),
    "a request without an id": Uint8Array.of(Protocol.ROOM_REQUEST),
    "a type that is no UTF-8": Uint8Array.of(Protocol.ROOM_DATA, 0xa4, 0xb3, 0xff, 0xfe, 0x80),
    "a type longer than the frame": Uint8Array.of(Protocol.ROOM_DATA, 0xbf, 65),
    "a map of 4 billion members": dataFrame("act", [0xdf, 0xff, 0xff, 0xff, 0xff]),
    "a truncated map": dataFrame("act", [0x85, 0xa1]),
    "bytes after the payload": dataFrame("act", [0xc0, 0xc0, 0xc0]),
    "an unknown extension": dataFrame("act", [0xc7, 8, 0x74, 1, 2, 3, 4, 5, 6, 7, 8]),
    "bytes where a message is due": dataFrame("act", [1, 2, 3], Protocol.ROOM_DATA_BYTES),
    "60,000 nested arrays": dataFrame("act", new Uint8Array(60_000).fill(0x91)),
  };
  for (const [what, bytes] of Object.entries(frames)) {
    it(`${what}: a notice, or closed`, async () => {
      const { closed } = await attacks((room) => raw(room, bytes));
      assert.ok(closed === null || closed === 4002 || closed === 4105, `closed with ${closed}`);
    });
  }

  it("random frames: a notice, or closed", async () => {
    await attacks((room) => {
      for (let i = 0; i < 150; i++) raw(room, randomBytes(1 + Math.floor(Math.random() * 60)));
    });
  });

  it("a frame of 1 MiB is closed with 1009", async () => {
    const { closed } = await attacks((room) => raw(room, new Uint8Array(2 ** 20).fill(Protocol.ROOM_DATA)));
    assert.equal(closed, 1009);
  });

  it("unknown types by send: a notice each, and 4105 for who goes on", async () => {
    const { notices } = await attacks((room) => {
      for (const type of LAUNDRY) room.send(type, { a: 1 });
    });
    assert.equal(notices[0], "unknown_message");
    const { room, reaction } = await attacker(server.url);
    for (let i = 0; i < 100; i++) room.send("nonsense", i);
    await eventually("it is closed", () => reaction.closed !== null);
    assert.equal(reaction.closed, 4105);
  });

  it("unknown types by request: an error each", async () => {
    const { room } = await attacker(server.url);
    for (const type of LAUNDRY) await assert.rejects(room.request(type, {}), `request ${type}`);
    await room.leave();
  });

  it("actions of a wrong shape: validation_failed, or unknown_action, and nothing else", async () => {
    const id = () => uuid7(Date.now());
    const payloads: unknown[] = [
      ...[undefined, null, 7, "act", [], {}, { id: id() }, { id: 5, type: "roll" }, { id: id(), type: "" }],
      ...[
        { id: id(), type: "roll", data: [] },
        { id: id(), type: "roll", data: { extra: 1 } },
      ],
      ...[
        { id: id(), type: "roll", extra: 1 },
        { id: id(), type: "x".repeat(1000) },
      ],
      ...[
        { count: Number.NaN, face: 1 },
        { count: 1, face: Number.POSITIVE_INFINITY },
        { count: 1e308, face: -0.5 },
      ].map((data) => ({ id: id(), type: "bid", data })),
      ...LAUNDRY.map((type) => ({ id: id(), type, data: {} })),
      JSON.parse(`{"id": "${id()}", "type": "bid", "data": {"__proto__": {"polluted": 1}, "count": 1, "face": 1}}`),
      JSON.parse(`{"id": "${id()}", "type": "bid", "data": {"constructor": {"prototype": {"polluted": 1}}}}`),
    ];
    let attack = await attacker(server.url);
    for (const [index, payload] of payloads.entries()) {
      // Patience with one client is limited, and that is another test's subject.
      if (index % 15 === 14) attack = await attacker(server.url);
      const code = await attack.room.request("act", payload).then(
        () => "accepted",
        (error: unknown) => refusalCode(error)?.code,
      );
      assert.ok(code === "validation_failed" || code === "unknown_action", `${JSON.stringify(payload)}: ${code}`);
    }
  });

  it("data nested 3,000 deep is refused, and no fault of the room", async () => {
    const { notices, closed } = await attacks((room) => raw(room, dataFrame("act", deepAction(3000))));
    assert.ok(closed === 4002 || notices[0] === "validation_failed", `${closed} ${notices}`);
  });

  it("10,000 messages in a second: a notice, then closed with 4105", async () => {
    const { room, reaction } = await attacker(server.url);
    for (let i = 0; i < 10_000; i++) room.send("act", { id: uuid7(Date.now()), type: "challenge", data: {} });
    await eventually("it is closed", () => reaction.closed !== null);
    assert.equal(reaction.closed, 4105);
    assert.ok(reaction.notices.includes("rate_limited"), reaction.notices.slice(0, 5).join());
  });

  it("wrong, expired and missing tokens are refused at matchmaking", async () => {
    const { client } = await newPlayer(server.url);
    const good = client.auth.token!;
    const claims = JSON.parse(Buffer.from(good.split(".")[1]!, "base64url").toString()) as Record<string, unknown>;
    const sign = (payload: Record<string, unknown>, secret = JWT_SECRET) =>
      new SignJWT(payload).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(Buffer.from(secret));
    const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${good.split(".")[1]}.`;
    const past = Math.floor(Date.now() / 1000) - 10;
    const tokens = ["", "nonsense", good.slice(0, -2), unsigned, await sign({ ...claims, exp: past })];
    tokens.push(await sign(claims, "another secret that is long enough too"), await sign({ ...claims, aud: "others" }));
    for (const token of tokens) {
      client.auth.token = token;
      await assert.rejects(client.joinOrCreate("dice", {}), /unauthorized|token_expired/, token);
    }
  });

  it("unknown and misshapen join options are refused", async () => {
    const { client } = await newPlayer(server.url);
    const wrong = [
      { unknown: 1 },
      { role: "admin" },
      { mode: "A B" },
      { private: "yes" },
      { roomId: "x" },
      { seat: 3 },
    ];
    for (const options of wrong) {
      await assert.rejects(client.joinOrCreate("dice", options), /validation_failed/, JSON.stringify(options));
    }
  });

  it("only the three exposed matchmaking methods exist", async () => {
    const { accessToken } = await newPlayer(server.url);
    for (const method of ["create", "join", "constructor", "__proto__", "reserveSeatFor", "disconnectAll"]) {
      const response = await fetch(`${server.url}/matchmake/${method}/dice`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${accessToken}` },
        body: "{}",
      });
      assert.ok(response.status >= 400, `${method}: ${response.status}`);
      await response.arrayBuffer();
    }
  });

  it("upgrades without a reservation, with a used one, or with a forged reconnection token are closed", async () => {
    const { room } = await attacker(server.url);
    const own = new URL(room.connection.url!);
    const path = own.origin + own.pathname;
    const addresses = [
      ...[path, `${path}?sessionId=forged`, own.toString()],
      ...[`${path}?sessionId=${room.sessionId}&reconnectionToken=forged`],
      ...[`${own.origin}/x/${uuid7(Date.now())}?sessionId=x&reconnectionToken=y`],
      ...[
        `${own.origin}/x/constructor?sessionId=__proto__&reconnectionToken=__proto__`,
        `${own.origin}/%00/%ff?sessionId=%`,
      ],
    ];
    for (const address of addresses) {
      const { code, received } = await closingOf(address);
      assert.ok([1006, 4002, 4003].includes(code), `${address}: ${code}`);
      assert.ok(received <= 1, "nothing but the error");
    }
    assert.ok(room.connection.isOpen, "the real one was not disturbed");
    await room.leave();
  });

  it("a spectator cannot act, and whoever does not sit at the table cannot read its hidden dice", async () => {
    const { client } = await newPlayer(server.url);
    const room = await client.joinById(honest[0].roomId, { role: "spectator" });
    room.onMessage("*", () => undefined);
    const refused = await act(room, "bid", { count: 5, face: 5 }).catch(refusalCode);
    assert.deepEqual((refused as { code: string }).code, "not_seated");
    await room.leave();
  });

  it("a reconnection token of another session, or of another seat, opens nothing", async () => {
    const { client, accessToken } = await newPlayer(server.url);
    const room = await client.joinOrCreate("dice", { private: true });
    const token = room.reconnectionToken.split(":")[1]!;
    assert.notEqual(accessToken, token);
    await assert.rejects(client.reconnect(`${honest[0].roomId}:${token}`));
    await assert.rejects(client.reconnect(`${room.roomId}:${token.slice(1)}x`));
    await room.leave();
  });
});

/** Opens a socket of our own and waits for the server to close it. */
function closingOf(address: string): Promise<{ code: number; received: number }> {
  return new Promise((done) => {
    const socket = new WebSocket(address);
    let received = 0;
    socket.onmessage = () => {
      received += 1;
    };
    socket.onclose = ({ code }) => done({ code, received });
  });
}
