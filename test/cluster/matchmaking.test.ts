import assert from "node:assert/strict";
import type { Room } from "@colyseus/sdk";
import { within } from "../../src/lib/within.ts";
import { newPlayer, type Player } from "../support/bots.ts";
import { TestCluster } from "../support/cluster.ts";
import { eventually, isReady, pause, type ServerProcess } from "../support/server.ts";

const QUEUE = "arena-duel";
const BOTS = 12;
const KILLS = 10;
/** Between two matches of a bot. */
const THINK_MS = 100;
const BOUND_MS = 5000;
/** A bot whose ticket says nothing for so long has lost it. */
const LOST_MS = 60_000;

interface Placement {
  readonly _id: string;
  readonly stage: string;
  readonly sessionId: string;
  readonly blamed: readonly string[];
  readonly players: readonly { readonly accountId: string; readonly ticketId: string }[];
}

describe("matchmaking in a cluster", function () {
  this.timeout(600_000);
  let cluster: TestCluster;
  let playing = false;
  before(async () => {
    cluster = await TestCluster.start(3);
  });
  after(() => cluster.dispose());

  it("loses no ticket, puts nobody in two matches and half places none when its leaders are killed", async () => {
    const players = await Promise.all(Array.from({ length: BOTS }, (_, at) => newPlayer(cluster.url, `bot-${at}`)));
    playing = true;
    const seen: string[] = [];
    const lost: string[] = [];
    const bots = players.map(async (player) => {
      for (; playing; await pause(THINK_MS)) await playOnce(player, seen, lost);
    });
    for (let kill = 0; kill < KILLS; kill++) {
      const leader = await leaderNow();
      await nextClaim();
      await pause(Math.random() * 40);
      await leader.stop("SIGKILL");
      const heir = await leaderNow(leader);
      assert.notEqual(heir, leader);
      leader.spawn();
      await eventually("the dead one is back", () => isReady(leader.url), 60_000);
    }
    playing = false;
    await Promise.all(bots);
    assert.deepEqual(lost, [], cluster.log());
    await eventually("every match is placed or undone", async () => (await liveMatches()) === 0, 90_000);
    await judge(seen);
  });

  it("any process lets clients into the lobby of any other", async () => {
    const players = await Promise.all(Array.from({ length: 6 }, (_, at) => newPlayer(cluster.url, `guest-${at}`)));
    for (const player of players) {
      const lobby = await player.client.joinOrCreate("lobby");
      lobby.reconnection.enabled = false;
      lobby.onMessage("*", () => undefined);
      assert.deepEqual(await lobby.request("watch", {}), {});
      await lobby.leave();
    }
  });

  /** One ticket, from the wish to the end of its match. */
  async function playOnce(player: Player, seen: string[], lost: string[]): Promise<void> {
    const id = await ticketOf(player);
    seen.push(id);
    const deadline = performance.now() + LOST_MS;
    while (performance.now() < deadline) {
      const ticket = await tried(player, "GET", `/v1/matchmaking/tickets/${id}?wait=2`);
      if (["failed", "cancelled", "timed_out"].includes(ticket?.status)) return;
      // At the end somebody may be left without anybody to play with.
      if (ticket?.status === "searching" && !playing) await tried(player, "DELETE", `/v1/matchmaking/tickets/${id}`);
      if (ticket?.status !== "completed") continue;
      const { sessionId } = ticket.assignment;
      // Whose connection broke after it had come in takes the seat again by the session's own route.
      const seat = ticket.assignment.seat ?? (await tried(player, "POST", `/v1/sessions/${sessionId}/join`, {}));
      if (seat?.code === "session_ended") return;
      if (!seat?.roomId) continue;
      // The SDK waits for ever for a socket whose server dies between two frames.
      const joining = within(BOUND_MS, player.client.consumeSeatReservation<unknown>(seat));
      const room: Room | undefined = await joining.catch(() => undefined);
      if (!room) continue;
      room.reconnection.enabled = false;
      room.onMessage("*", () => undefined);
      await pause(50);
      await within(BOUND_MS, room.leave()).catch(() => undefined);
      return;
    }
    lost.push(id);
  }

  /** A ticket of the player's; what an attempt without an answer has made is found again. */
  async function ticketOf(player: Player): Promise<string> {
    for (;;) {
      const made = await tried(player, "POST", "/v1/matchmaking/tickets", { queue: QUEUE });
      const id = made?.id ?? made?.ticketId;
      if (id !== undefined) return id;
      await pause(50);
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: whatever the API answers
  async function tried(player: Player, method: string, path: string, body?: unknown): Promise<any> {
    try {
      const response = await fetch(cluster.url + path, {
        ...{ method, signal: AbortSignal.timeout(10_000) },
        headers: { authorization: `Bearer ${player.accessToken}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return await response.json();
    } catch {
      return undefined;
    }
  }

  const collection = <T extends { _id: string }>(name: string) => cluster.database.connection.collection<T>(name);

  /** The server that leads the queue, once it is another than the one that died. */
  async function leaderNow(not?: ServerProcess): Promise<ServerProcess> {
    let leader: ServerProcess | undefined;
    await eventually(
      "somebody leads the queue",
      async () => {
        const lease = await collection<{ _id: string; holder: string | null }>("leases").findOne({
          _id: `matchmaking/${QUEUE}`,
        });
        const [id = "", epoch] = lease?.holder?.split("/") ?? [];
        const processes = collection<{ _id: string; addresses: { internal: string } }>("processes");
        const row = await processes.findOne({ _id: id, epoch: Number(epoch), state: "alive" } as object);
        leader = cluster.servers.find(({ port }) => row?.addresses.internal === `127.0.0.1:${port}`);
        return leader !== undefined && leader !== not && leader.alive;
      },
      30_000,
    );
    return leader!;
  }

  /** Resolves when a match is on its way, or after a while without one. */
  async function nextClaim(): Promise<void> {
    const until = performance.now() + 2000;
    const isLate = { stage: { $in: ["claiming", "placing", "seated"] } } as object;
    while (performance.now() < until && !(await collection("placements").findOne(isLate))) await pause(2);
  }

  async function liveMatches(): Promise<number> {
    return collection("placements").countDocuments({ stage: { $nin: ["done", "undone"] } } as object);
  }

  async function judge(seen: readonly string[]): Promise<void> {
    const placements = (await collection<Placement>("placements").find({}).toArray()) as Placement[];
    const done = placements.filter(({ stage }) => stage === "done");
    const tickets = done.flatMap(({ players }) => players.map(({ ticketId }) => ticketId));
    assert.ok(done.length > KILLS, `only ${done.length} matches`);
    assert.equal(new Set(tickets).size, tickets.length, "a ticket was in two matches");
    const rows = await collection<{ _id: string; status: string; pool: string }>("tickets").find({}).toArray();
    const known = new Set(rows.map(({ _id }) => _id));
    assert.deepEqual(
      seen.filter((id) => !known.has(id)),
      [],
      "tickets that were acknowledged are gone",
    );
    assert.deepEqual(
      rows.filter(({ pool }) => pool === "claimed"),
      [],
      "tickets are left claimed by nobody",
    );
    const sessions = collection<{ _id: string; status: string; members: { accountId: string }[] }>("sessions");
    for (const { _id, stage, players } of placements) {
      const session = await sessions.findOne({ _id });
      if (stage === "undone") assert.ok(!session || session.status === "ended", `${_id} was undone, its session plays`);
      if (stage !== "done" || session?.status === "ended") continue;
      const members = new Set(session?.members.map(({ accountId }) => accountId));
      assert.ok(
        players.some(({ accountId }) => members.has(accountId)),
        `${_id} has no session`,
      );
    }
    console.log(
      `      ${done.length} matches placed, ${placements.length - done.length} undone, ${rows.length} tickets`,
    );
  }
});
