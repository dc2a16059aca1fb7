import assert from "node:assert/strict";
import { ErrorCode } from "@colyseus/core";
import { Client, type Room } from "@colyseus/sdk";
import { resolveSecret } from "../../src/accounts/secret.ts";
import { createTokens } from "../../src/accounts/tokens.ts";
import { CLOSE } from "../../src/errors.ts";
import type { Player } from "../support/bots.ts";
import { eventually } from "../support/server.ts";
import { JWT_SECRET, SERVICE_KEY } from "./authorisation-people.ts";
import { World } from "./authorisation-world.ts";

const OTHER_SECRET = "fedcba9876543210fedcba9876543210";

describe("authorisation over sockets", () => {
  let world: World;
  let table: string;
  let host: Player;
  before(async () => {
    world = await World.start();
    host = await world.people.player();
    table = (await world.made("POST /v1/sessions", host, { type: "toy" })).id;
  });
  after(() => world.close());

  /** Knocks, and tells why not. */
  async function refusalOf(join: Promise<Room>): Promise<[number, string]> {
    const reason = await join.then(
      async (room) => assert.fail(`let in as ${world.keep(room).sessionId}`),
      (error: { code: number; message: string }) => error,
    );
    return [reason.code, reason.message.split(":")[0]!];
  }

  function clientWith(token: string | undefined, headers: Record<string, string> = {}): Client {
    const client = new Client(world.api.url, { headers });
    if (token !== undefined) client.auth.token = token;
    return client;
  }

  /** A token for a real account, but for its signature or its time. */
  async function issued(secret: string, ttl: number): Promise<string> {
    const { signing } = await resolveSecret({ jwtSecret: secret, dataDir: ":memory:" });
    const account = { id: host.accountId, name: "Host", roles: ["player"] } as const;
    return createTokens({ signing, ttl }).issue(account, "phone");
  }

  /** A seat whose connection broke, and the token to come back with. */
  async function dropped(): Promise<{ player: Player; id: string; token: string }> {
    const player = await world.people.player();
    const { id } = await world.made("POST /v1/sessions", player, { type: "toy", private: true });
    const room = await world.sit(player, id, "player");
    const token = room.reconnectionToken;
    room.connection.close();
    await eventually("the seat waits", async () => {
      const { players } = await world.made(`GET /v1/sessions/${id}`, player);
      return players[0].connected === false;
    });
    return { player, id, token };
  }

  const ways: [string, (client: Client) => Promise<Room>][] = [
    ["joinOrCreate", (client) => client.joinOrCreate("toy", { mode: "knocked" })],
    ["joinById", (client) => client.joinById(table)],
    ["joinById as a spectator", (client) => client.joinById(table, { role: "spectator" })],
  ];
  for (const [name, join] of ways) {
    it(`${name} lets nobody in with no token, a wrong one, an expired one, a banned one, or a service's key`, async () => {
      const { banned } = await world.people.cast();
      const bad: [string, Client, string][] = [
        ["none", clientWith(undefined), "unauthorized"],
        ["nonsense", clientWith("nonsense"), "unauthorized"],
        ["another secret's", clientWith(await issued(OTHER_SECRET, 60)), "unauthorized"],
        ["expired", clientWith(await issued(JWT_SECRET, -1)), "token_expired"],
        ["banned", banned.player!.client, "banned"],
        ["service", clientWith(undefined, { "X-Service-Key": SERVICE_KEY }), "unauthorized"],
      ];
      for (const [what, client, code] of bad) {
        assert.deepEqual([what, ...(await refusalOf(join(client)))], [what, ErrorCode.AUTH_FAILED, code]);
      }
      // The same call with a good token: only the token was in the way.
      world.keep(await join(clientWith(await issued(JWT_SECRET, 60))));
    });
  }

  it("nothing of this made a room or took a seat", async () => {
    const { items } = await world.made("GET /v1/sessions?mode=knocked", host);
    assert.deepEqual(
      items.map(({ players }: { players: { playerId: string }[] }) => players.map(({ playerId }) => playerId)),
      [[host.accountId]],
    );
  });

  it("reconnect brings back only who has the token of the seat, as it is now", async () => {
    const { player, id, token } = await dropped();
    const thief = await world.people.player();
    for (const wrong of [`${id}:`, `${id}:nonsense`, `${id}:${thief.accessToken}`]) {
      await assert.rejects(thief.client.reconnect(wrong), wrong);
    }
    const elsewhere = await world.sit(player, id, "player");
    await assert.rejects(player.client.reconnect(token), "the seat has moved to another connection");
    assert.ok(elsewhere.connection.isOpen);
  });

  it("reconnect brings back nobody who is banned", async () => {
    const { player, token } = await dropped();
    await world.people.ban(player.accountId);
    assert.deepEqual(await refusalOf(player.client.reconnect(token)), [ErrorCode.AUTH_FAILED, "token_revoked"]);
  });

  it("reconnect brings back who had a seat, so that the refusals above were of the others alone", async () => {
    const { player, token } = await dropped();
    world.keep(await player.client.reconnect(token));
  });

  it("a ban closes what is open, and voids the seats that are reserved", async () => {
    const player = await world.people.player();
    const { id } = await world.made("POST /v1/sessions", player, { type: "toy" });
    const room = await world.sit(player, id, "player");
    const left = new Promise((resolve) => room.onLeave(resolve));
    const reservations = [
      await world.made(`POST /v1/sessions/${table}/join`, player, {}),
      await world.made(`POST /v1/sessions/${table}/spectate`, player),
    ];
    await world.people.ban(player.accountId);
    assert.equal(await left, CLOSE.banned);
    for (const reservation of reservations) {
      await assert.rejects(player.client.consumeSeatReservation(reservation).then((entered) => world.keep(entered)));
    }
    const { players } = await world.made(`GET /v1/sessions/${table}`, host);
    assert.ok(players.every(({ playerId }: { playerId: string }) => playerId !== player.accountId));
  });
});
