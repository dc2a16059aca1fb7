import type { Room } from "@colyseus/sdk";
import { within } from "../../src/lib/within.ts";
import { newPlayer, type Player } from "./bots.ts";
import type { TestCluster } from "./cluster.ts";
import { eventually, isReady, pause, type ServerProcess } from "./server.ts";

const QUEUE = "arena-duel";
const BOTS = 12;
/** Between two matches of a bot. */
const THINK_MS = 100;
const BOUND_MS = 5000;
/** After this long a ticket leads nowhere: its queue gives everybody up before, whose rating nobody is near to as well. */
const LOST_MS = 200_000;
/** After somebody is on the way into a match: a kill meets any of its stages. */
const INTO_MATCH_MS = 40;

interface Placement {
  readonly _id: string;
  readonly stage: string;
  readonly players: readonly { readonly accountId: string; readonly ticketId: string }[];
}

/** What was found; `faults` is empty when every promise was kept. */
export interface LeaderVerdict {
  readonly matches: number;
  readonly undone: number;
  readonly tickets: number;
  readonly faults: readonly string[];
}

/** Bots that are matched and play, while whoever leads their queue is killed again and again. */
export class LeaderKills {
  readonly #cluster: TestCluster;
  readonly #seen: string[] = [];
  readonly #faults: string[] = [];
  #playing = true;

  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
  }

  /** @param onKill told after each kill, once another process leads and the dead one is back */
  async run(kills: number, onKill: (kill: number) => void = () => undefined): Promise<LeaderVerdict> {
    const { url } = this.#cluster;
    const players = await Promise.all(Array.from({ length: BOTS }, (_, at) => newPlayer(url, `bot-${at}`)));
    const bots = players.map(async (player) => {
      for (; this.#playing; await pause(THINK_MS)) await this.#playOnce(player);
    });
    for (let kill = 1; kill <= kills; kill++) {
      await this.#killOnce();
      onKill(kill);
    }
    this.#playing = false;
    await Promise.all(bots);
    const isQuiet = async () => (await this.#liveMatches()) === 0;
    await eventually("every match is placed or undone", isQuiet, 90_000).catch(async () => {
      this.#faults.push(`${await this.#liveMatches()} matches are left half placed`);
    });
    return this.#judge(kills);
  }

  async #killOnce(): Promise<void> {
    const leader = await this.#leaderNow();
    await this.#nextClaim();
    await pause(Math.random() * INTO_MATCH_MS);
    await leader.stop("SIGKILL");
    await this.#leaderNow(leader);
    leader.spawn();
    await eventually("the dead one is back", () => isReady(leader.url), 60_000);
  }

  /** One ticket, from the wish to the end of its match. */
  async #playOnce(player: Player): Promise<void> {
    const id = await this.#ticketOf(player);
    this.#seen.push(id);
    const deadline = performance.now() + LOST_MS;
    let last: unknown;
    while (performance.now() < deadline) {
      const ticket = await this.#tried(player, "GET", `/v1/matchmaking/tickets/${id}?wait=2`);
      last = ticket;
      if (["failed", "cancelled", "timed_out"].includes(ticket?.status)) return;
      // At the end somebody may be left without anybody to play with.
      if (ticket?.status === "searching" && !this.#playing)
        await this.#tried(player, "DELETE", `/v1/matchmaking/tickets/${id}`);
      if (ticket?.status !== "completed") continue;
      const { sessionId } = ticket.assignment;
      // Whose connection broke after it had come in takes the seat again by the session's own route.
      const seat = ticket.assignment.seat ?? (await this.#tried(player, "POST", `/v1/sessions/${sessionId}/join`, {}));
      last = { ticket, seat };
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
    const why = await this.#tried(player, "GET", `/v1/matchmaking/tickets/${id}/explain`);
    this.#faults.push(`the ticket ${id} leads nowhere: ${JSON.stringify({ last, why })}`);
  }

  /** A ticket of the player's; what an attempt without an answer has made is found again. */
  async #ticketOf(player: Player): Promise<string> {
    for (;;) {
      const made = await this.#tried(player, "POST", "/v1/matchmaking/tickets", { queue: QUEUE });
      const id = made?.id ?? made?.ticketId;
      if (id !== undefined) return id;
      await pause(50);
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: whatever the API answers
  async #tried(player: Player, method: string, path: string, body?: unknown): Promise<any> {
    try {
      const response = await fetch(this.#cluster.url + path, {
        ...{ method, signal: AbortSignal.timeout(10_000) },
        headers: { authorization: `Bearer ${player.accessToken}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return await response.json();
    } catch {
      return undefined;
    }
  }

  /** The server that leads the queue, once it is another than the one that died. */
  async #leaderNow(not?: ServerProcess): Promise<ServerProcess> {
    let leader: ServerProcess | undefined;
    await eventually(
      "somebody leads the queue",
      async () => {
        const lease = await this.#collection<{ _id: string; holder: string | null }>("leases").findOne({
          _id: `matchmaking/${QUEUE}`,
        });
        const [id = "", epoch] = lease?.holder?.split("/") ?? [];
        const processes = this.#collection<{ _id: string; addresses: { internal: string } }>("processes");
        const row = await processes.findOne({ _id: id, epoch: Number(epoch), state: "alive" } as object);
        leader = this.#cluster.servers.find(({ port }) => row?.addresses.internal === `127.0.0.1:${port}`);
        return leader !== undefined && leader !== not && leader.alive;
      },
      30_000,
    );
    return leader!;
  }

  /** Resolves when a match is on its way, or after a while without one. */
  async #nextClaim(): Promise<void> {
    const until = performance.now() + 2000;
    const isLate = { stage: { $in: ["claiming", "placing", "seated"] } } as object;
    while (performance.now() < until && !(await this.#collection("placements").findOne(isLate))) await pause(2);
  }

  async #liveMatches(): Promise<number> {
    return this.#collection("placements").countDocuments({ stage: { $nin: ["done", "undone"] } } as object);
  }

  async #judge(kills: number): Promise<LeaderVerdict> {
    const placements = (await this.#collection<Placement>("placements").find({}).toArray()) as Placement[];
    const done = placements.filter(({ stage }) => stage === "done");
    const rows = await this.#collection<{ _id: string; pool: string }>("tickets").find({}).toArray();
    const faults = [
      ...this.#faults,
      ...(done.length > kills ? [] : [`only ${done.length} matches`]),
      ...doubled(done.flatMap(({ players }) => players.map(({ ticketId }) => ticketId))),
      ...missing(this.#seen, new Set(rows.map(({ _id }) => String(_id)))),
      ...rows.filter(({ pool }) => pool === "claimed").map(({ _id }) => `the ticket ${_id} is left claimed by nobody`),
      ...(await Promise.all(placements.map((placement) => this.#halfPlaced(placement)))).flat(),
    ];
    return { matches: done.length, undone: placements.length - done.length, tickets: rows.length, faults };
  }

  async #halfPlaced({ _id, stage, players }: Placement): Promise<string[]> {
    const sessions = this.#collection<{ _id: string; status: string; members: { accountId: string }[] }>("sessions");
    const session = await sessions.findOne({ _id });
    const isOver = !session || session.status === "ended";
    if (stage === "undone") return isOver ? [] : [`${_id} was undone, its session plays`];
    if (stage !== "done" || session?.status === "ended") return [];
    const members = new Set(session?.members.map(({ accountId }) => accountId));
    return players.some(({ accountId }) => members.has(accountId)) ? [] : [`${_id} has no session`];
  }

  #collection<T extends { _id: string }>(name: string) {
    return this.#cluster.database.connection.collection<T>(name);
  }
}

function doubled(tickets: readonly string[]): string[] {
  const repeated = tickets.filter((id, at) => tickets.indexOf(id) !== at);
  return repeated.map((id) => `the ticket ${id} was in two matches`);
}

function missing(seen: readonly string[], known: ReadonlySet<string>): string[] {
  return seen.filter((id) => !known.has(id)).map((id) => `the ticket ${id} was acknowledged and is gone`);
}
