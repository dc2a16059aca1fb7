import assert from "node:assert/strict";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { type Body, outcome } from "../support/api.ts";
import type { Player } from "../support/bots.ts";
import { type Caller, type Cast, DICE_SERVICE_KEY } from "./authorisation-people.ts";
import { COLUMNS, type Column } from "./authorisation-table.ts";
import { World } from "./authorisation-world.ts";

const SECRET = "behind the waterfall";
/** Those who see by their office what is hidden. Moderators play too. */
const OFFICES: readonly Column[] = ["admin", "service"];

describe("what is told to those who may ask", () => {
  let world: World;
  let cast: Cast;
  let owner: Player;
  before(async () => {
    world = await World.start();
    cast = await world.people.cast();
    owner = cast.owner.player!;
  });
  after(() => world.close());

  const lookers = COLUMNS.filter((column) => column !== "anonymous" && column !== "banned");

  /** Who finds the secret in any of the ways a session can be read. */
  async function whoFinds(id: string): Promise<Column[]> {
    const finding = lookers.map(async (column) => {
      const paths = [`${id}`, `${id}?include_logs=true&include_stats=true`, `${id}/events`];
      const replies = await Promise.all(paths.map((path) => world.call(`GET /v1/sessions/${path}`, cast[column])));
      for (const { status, text } of replies) assert.equal(status, 200, text);
      return replies.some(({ text }) => text.includes(SECRET)) ? [column] : [];
    });
    return (await Promise.all(finding)).flat();
  }

  it("the state of a player's session: its owner and the offices, and no stranger", async () => {
    const { id } = await world.made("POST /v1/sessions", owner, { type: "player", state: { treasure: SECRET } });
    assert.deepEqual(await whoFinds(id), ["owner", ...OFFICES]);
    assert.equal((await world.call(`GET /v1/sessions/${id}`, cast.other)).body.state, null);
  });

  it("the state of a custom session that is not private: everybody who may see it", async () => {
    const { id } = await world.made("POST /v1/sessions", owner, { type: "custom", state: { treasure: SECRET } });
    assert.deepEqual(await whoFinds(id), lookers);
  });

  it("what a seat hides in a game: that seat and the offices, and nobody else at the table, the game master neither", async () => {
    const { id } = await world.made("POST /v1/sessions", cast.gm.player!, { type: "toy" });
    await world.sit(cast.gm.player!, id, "gm");
    await world.sit(owner, id, "player");
    await world.sit(cast.other.player!, id, "player");
    await world.sit(cast.spectator.player!, id, "spectator");
    const hide = { id: uuid7(Date.now()), type: "hide", data: { secret: SECRET } };
    await world.made(`POST /v1/sessions/${id}/actions`, owner, hide);
    assert.deepEqual(await whoFinds(id), ["owner", ...OFFICES]);
  });

  it("private sessions are listed for those who sit there and ask for their own, and nowhere else", async () => {
    const campaignId = (
      await world.made("POST /v1/campaigns", owner, { name: "x", members: [cast.gm.player!.accountId] })
    ).id;
    const wish = { type: "custom", private: true, campaignId, metadata: { title: SECRET } };
    await world.made("POST /v1/sessions", owner, wish);
    const lists = ["sessions", `sessions?playerId=${owner.accountId}`, `sessions?campaignId=${campaignId}`];
    const found: string[] = [];
    for (const column of ["owner", "other", "gm"] as const) {
      for (const path of [...lists, `campaigns/${campaignId}`, `players/${owner.accountId}`, "me/seats", "me/export"]) {
        const { text } = await world.call(`GET /v1/${path}`, cast[column]);
        if (text.includes(SECRET)) found.push(`${column} ${path}`);
      }
    }
    assert.deepEqual(found, [`owner ${lists[1]}`]);
  });

  it("sign-ins, devices, seats and exports are each one's own", async () => {
    for (const path of ["sessions?type=auth", "me/devices", "me/seats", "me/export"]) {
      const { text } = await world.call(`GET /v1/${path}`, cast.other);
      assert.ok(!text.includes(owner.accountId), path);
    }
    const { items } = (await world.call("GET /v1/sessions?type=auth", cast.other)).body as Body;
    assert.deepEqual(
      items.map(({ hostId }: Body) => hostId),
      [cast.other.player!.accountId],
    );
  });

  it("nobody is told a seed, a password's hash, an address, or another's device", async () => {
    const { id } = await world.made("POST /v1/sessions", owner, { type: "toy" });
    await world.sit(owner, id, "player");
    const paths = [
      `sessions/${id}?include_logs=true`,
      `sessions/${id}/events`,
      "sessions",
      `players/${owner.accountId}`,
    ];
    for (const column of lookers) {
      for (const path of paths) {
        const { text } = await world.call(`GET /v1/${path}`, cast[column]);
        assert.doesNotMatch(
          text,
          /"(seed|password|email|deviceId|connectionId|generation|address)"/,
          `${column} ${path}`,
        );
      }
    }
  });

  it("a service whose key is for one game knows no session of another", async () => {
    const judge: Caller = { column: "service", headers: { "X-Service-Key": DICE_SERVICE_KEY } };
    const ids: Record<string, string> = {};
    for (const gameId of ["toy", "dice"]) {
      ids[gameId] = (await world.made("POST /v1/sessions", owner, { type: "custom", gameId, private: true })).id;
    }
    const calls: [string, Body?][] = [["GET"], ["PUT", { metadata: {} }], ["DELETE"]];
    for (const [method, body] of calls) {
      const of = async (gameId: string) =>
        outcome(await world.call(`${method} /v1/sessions/${ids[gameId]}`, judge, { body }));
      assert.deepEqual([method, await of("dice"), await of("toy")], [method, [200], [404, "session_not_found"]]);
    }
    const create = (wish: Body) => world.call("POST /v1/sessions", judge, { body: wish });
    assert.deepEqual(outcome(await create({ type: "toy" })), [403, "forbidden"]);
    assert.deepEqual(outcome(await create({ type: "custom", gameId: "dice" })), [201]);
  });
});
