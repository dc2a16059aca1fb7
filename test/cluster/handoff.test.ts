import assert from "node:assert/strict";
import { Client, type Room } from "@colyseus/sdk";
import { CLOSE } from "../../src/errors.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { act, newPlayer, type Player } from "../support/bots.ts";
import { TestCluster } from "../support/cluster.ts";
import { eventually, type ServerProcess } from "../support/server.ts";

interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

interface Seen {
  readonly room: Room;
  readonly closes: number[];
  /** Types of the events, in order. */
  readonly events: string[];
  /** Whether seat 0 was ever shown without its player. */
  seatWasEmpty: boolean;
}

interface Entry {
  readonly seq: number;
  readonly type: string;
  readonly actionId?: string;
}

function watch(room: Room): Seen {
  const seen: Seen = { room, closes: [], events: [], seatWasEmpty: false };
  room.onMessage("event", ({ type }: { type: string }) => seen.events.push(type));
  room.onMessage("*", () => undefined);
  room.onLeave((code) => seen.closes.push(code));
  room.onStateChange((state: { seats: Map<string, { connected: boolean }> }) => {
    if (state.seats.get("0")?.connected === false) seen.seatWasEmpty = true;
  });
  return seen;
}

async function call(server: ServerProcess, method: string, path: string, token: string, body?: object): Promise<Reply> {
  const response = await fetch(`${server.url}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe("seats and actions over several processes", () => {
  let cluster: TestCluster;
  let servers: [ServerProcess, ServerProcess, ServerProcess];
  let rooms: Room[];

  before(async () => {
    cluster = await TestCluster.start(3);
    servers = cluster.servers as typeof servers;
  });
  beforeEach(() => {
    rooms = [];
  });
  afterEach(() => {
    for (const room of rooms) {
      room.reconnection.enabled = false;
      if (room.connection.isOpen) room.connection.close();
    }
  });
  after(() => cluster.dispose());

  const kept = (room: Room): Seen => {
    rooms.push(room);
    return watch(room);
  };

  /** Two at a table of the third server's, who know only the first one. */
  async function table(): Promise<{ ada: Player; mine: Seen; bens: Seen; id: string }> {
    const [through, , owner] = servers;
    const ada = await newPlayer(owner.url, "phone");
    const opened = await ada.client.joinOrCreate("dice", { private: true });
    const id = opened.roomId;
    const ben = await newPlayer(through.url, "bens");
    const bens = kept(await ben.client.joinById(id));
    const again = new Client(through.url);
    again.auth.token = ada.accessToken;
    opened.reconnection.enabled = false;
    opened.connection.close();
    await eventually("her place is free", () => bens.room.state.seats?.get("0").connected === false);
    const mine = kept(await again.reconnect(opened.reconnectionToken));
    await eventually("she is back", () => bens.room.state.seats?.get("0").connected === true);
    bens.seatWasEmpty = false;
    return { ada, mine, bens, id };
  }

  async function journalOf(id: string, who: Player, server: ServerProcess): Promise<Entry[]> {
    const { body } = await call(server, "GET", `/sessions/${id}/events?limit=100`, who.accessToken);
    return body.items as Entry[];
  }

  it("[L4] a seat goes to a device at another process: the former one gets 4102, and nobody sees anybody leave", async () => {
    const [, other, owner] = servers;
    const { ada, mine, bens, id } = await table();
    assert.equal(await cluster.ownerOf(id), owner);
    await act(mine.room, "roll");
    const offer = await call(other, "POST", `/sessions/${id}/handoff`, ada.accessToken);
    assert.equal(offer.status, 201, JSON.stringify(offer));
    const before = act(mine.room, "bid", { count: 1, face: 2 });
    const taken = await call(other, "POST", "/handoff", ada.accessToken, {
      code: offer.body.code,
      deviceId: "desktop",
    });
    assert.equal(taken.status, 200, JSON.stringify(taken));
    const desktop = new Client(other.url);
    desktop.auth.token = ada.accessToken;
    const hers = kept(await desktop.consumeSeatReservation(taken.body as never));
    const { seq } = await before;
    await eventually("the phone is sent away", () => mine.closes.length > 0);
    assert.deepEqual(mine.closes, [CLOSE.movedToOtherDevice]);
    await act(bens.room, "bid", { count: 1, face: 3 });
    await act(hers.room, "bid", { count: 1, face: 4 });
    const journal = await journalOf(id, ada, other);
    assert.equal(journal[seq - 1]?.type, "bid", "what the phone said before the switch counts");
    assert.ok(!journal.some(({ type }) => type === "seat.left"));
    assert.equal(bens.seatWasEmpty, false);
    assert.deepEqual(bens.closes, []);
    assert.equal(await cluster.ownerOf(id), owner);
  });

  /** The same action, by the socket and by every process's API, all at once. */
  async function everywhere(id: string, { player, room, action }: Wish): Promise<unknown[]> {
    const up = servers.filter(({ alive }) => alive);
    const posts = up.map(async (server) => {
      const { status, body } = await call(server, "POST", `/sessions/${id}/actions`, player.accessToken, action);
      assert.equal(status, 200, JSON.stringify(body));
      return body;
    });
    return Promise.all([act(room, action.type, action.data, action.id), ...posts]);
  }

  interface Wish {
    readonly player: Player;
    readonly room: Room;
    readonly action: { readonly id: string; readonly type: string; readonly data: Record<string, unknown> };
  }

  it("[L4] an action asked for everywhere at once takes effect once, with one answer, also after its owner's death", async () => {
    const [, survivor, owner] = servers;
    const { ada, mine, id } = await table();
    const action = { id: uuid7(Date.now()), type: "roll", data: {} };
    const wish = { player: ada, room: mine.room, action };
    const answers = (await everywhere(id, wish)) as { seq: number }[];
    assert.equal(new Set(answers.map(({ seq }) => seq)).size, 1, JSON.stringify(answers));

    const late = { ...wish, action: { id: uuid7(Date.now()), type: "bid", data: { count: 1, face: 2 } } };
    const first = (await act(mine.room, "bid", late.action.data, late.action.id)) as { seq: number };
    await eventually("the stock SDK would bring her back", () => Date.now() - openedAt(mine.room) > 5000);
    await owner.stop("SIGKILL");
    await eventually("somebody else has it", async () => (await cluster.ownerOf(id)) !== owner);
    await eventually(
      "she is back",
      () => !mine.room.reconnection.isReconnecting && mine.room.connection.isOpen,
      30_000,
    );
    const again = (await everywhere(id, late)) as { seq: number }[];
    assert.deepEqual(new Set([first, ...again].map(({ seq }) => seq)).size, 1, JSON.stringify([first, ...again]));

    const journal = await journalOf(id, ada, survivor);
    for (const { id: actionId } of [action, late.action]) {
      const written = journal.filter((entry) => entry.actionId === actionId).map(({ seq }) => seq);
      assert.equal(written.length, 1, JSON.stringify(journal));
    }
    await owner.start();
  });
});

function openedAt(room: Room): number {
  return (room as unknown as { joinedAtTime: number }).joinedAtTime;
}
