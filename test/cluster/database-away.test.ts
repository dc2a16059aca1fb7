import assert from "node:assert/strict";
import type { Room } from "@colyseus/sdk";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { within } from "../../src/lib/within.ts";
import { act, type Bot, newPlayer, type Player, refusalCode } from "../support/bots.ts";
import { type BotTable, seatTable } from "../support/crash-run.ts";
import { FaultCluster, figuresOf, type Member } from "../support/fault-cluster.ts";
import { readJournals } from "../support/journal-reader.ts";
import { type Idle, idleOf, leaked } from "../support/leaks.ts";
import { isClean, Oracle } from "../support/oracle.ts";
import { describeWithRedis } from "../support/redis.ts";
import { eventually, pause, type ServerProcess } from "../support/server.ts";

/** Longer than the breaker takes to open: two probes and the connect timeout. */
const NOTICED_MS = 4000;
/** What a refusal may take that asks nobody: far below the two seconds that the driver would wait. */
const AT_ONCE_MS = 1000;
/** How soon the database's return must be noticed: probes are half a second apart. */
const FOUND_MS = 2000;
const RETURN_MS = 30_000;
const TABLES = 3;
const OPEN = 'hypogeum_breaker_open{of="database"}';
const BACKLOG = "hypogeum_journal_backlog_batches";
const UNKNOWN = 'hypogeum_journal_batches_total{outcome="unknown"}';
/** More than the eleven connections that the driver opens to one server: eight for calls, and its own. */
const CONNECTIONS_MAX = 12;

const acknowledgements = ({ bots }: BotTable) =>
  bots.reduce((sum, { witness }) => sum + witness.acknowledged.length, 0);
const isOver = ({ bots, spectator }: BotTable) =>
  [...bots, spectator].some(({ witness }) => witness.left !== null || witness.lastState?.phase === "over");
const unknowns = async (server: ServerProcess) => (await figuresOf(server)).get(UNKNOWN) ?? 0;

describeWithRedis("a cluster whose database goes away", () => {
  let cluster: FaultCluster;
  let idle: Idle;
  let oracle: Oracle;
  let tables: BotTable[];
  const quiet: Room[] = [];
  let player: Player;
  const judges: Oracle[] = [];
  /** Actions that were in doubt, and where their first answer said they are. */
  const asked: { sessionId: string; id: string; seq: number }[] = [];

  before(async () => {
    cluster = await FaultCluster.start(2);
    await cluster.isWhole();
    player = await newPlayer(cluster.url);
    idle = await idleOf(cluster);
  });
  beforeEach(() => {
    oracle = new Oracle();
    tables = [];
  });
  afterEach(async () => {
    for (const { proxy } of cluster.members) proxy.heal();
    for (const bot of everybody()) bot.abandon();
    for (const room of quiet.splice(0)) {
      room.reconnection.enabled = false;
      await within(AT_ONCE_MS, room.leave()).catch(() => undefined);
    }
  });
  after(() => cluster.dispose());

  const everybody = (): Bot[] => tables.flatMap(({ bots, spectator }) => [...bots, spectator]);
  const witnesses = () => everybody().map(({ witness }) => witness);

  async function openTables(): Promise<void> {
    judges.push(oracle);
    while (tables.length < TABLES) {
      const table = await seatTable(cluster, oracle, 3);
      tables.push(table);
      for (const bot of table.bots) bot.play({ seats: 3, thinkMs: 60 });
    }
    await eventually("the stock SDK would bring everybody back", () =>
      witnesses().every(({ comesBack, left }) => comesBack || left !== null),
    );
    await oracle.nextAcknowledgement();
  }

  /** A table at which nothing is written but what the test asks for; its clients come back however young they are. */
  async function quietTable(): Promise<{ rooms: Room[]; owner: Member }> {
    const [one, two] = await Promise.all([newPlayer(cluster.url), newPlayer(cluster.url)]);
    const first = await one.client.joinOrCreate("dice", { private: true });
    const rooms = [first, await two.client.joinById(first.roomId)];
    quiet.push(...rooms);
    for (const room of rooms) room.reconnection.minUptime = 0;
    const [left, right] = cluster.members as [Member, Member];
    const owner = (await cluster.heldBy(left.server)).has(first.roomId) ? left : right;
    await eventually("nothing is being written", async () => (await figuresOf(owner.server)).get(BACKLOG) === 0);
    return { rooms, owner };
  }

  /** Asks again with the same id until there is an answer, twice; notes it for the judgement. */
  async function isAnsweredOnce(rooms: readonly Room[], id: string): Promise<void> {
    const [room] = rooms as [Room];
    const answers: number[] = [];
    const ask = async () => {
      const answer = await act(room, "roll", {}, id).catch(() => undefined);
      if (answer) answers.push(answer.seq);
      return answers.length === 2;
    };
    await eventually("it is answered, and again", ask, RETURN_MS);
    const [seq] = answers as [number];
    assert.equal(answers[1], seq);
    asked.push({ sessionId: room.roomId, id, seq });
  }

  /** Everybody is connected, and every table that is not over goes on. */
  async function playsOn(): Promise<void> {
    const connected = () => witnesses().every(({ connected, left }) => connected || left !== null);
    await eventually("everybody is back", connected, RETURN_MS).catch(() => oracle.missed(witnesses()));
    const counts = tables.map(acknowledgements);
    const goesOn = () => tables.every((table, index) => isOver(table) || acknowledgements(table) > counts[index]!);
    await eventually("every table goes on", goesOn, RETURN_MS);
  }

  async function get(server: ServerProcess, path: string, method = "GET") {
    const headers = { Authorization: `Bearer ${player.accessToken}`, "Content-Type": "application/json" };
    const init = { method, headers, ...(method === "POST" ? { body: JSON.stringify({ type: "dice" }) } : {}) };
    const answer = await within(AT_ONCE_MS, fetch(server.url + path, init));
    const body = (await answer.json()) as { code?: string; retryable?: boolean; status?: string };
    return { status: answer.status, retryAfter: answer.headers.get("Retry-After"), body };
  }

  /** What every way in says, at once and by the book, while the database is away. */
  async function refusesAtOnce(server: ServerProcess): Promise<void> {
    const unknown = uuid7(Date.now());
    for (const [method, path] of [
      ["GET", `/v1/sessions/${unknown}`],
      ["GET", "/v1/me"],
      ["GET", "/v1/sessions"],
      ["POST", "/v1/sessions"],
      ["GET", `/v1/sessions/${unknown}/events`],
    ] as const) {
      const { status, retryAfter, body } = await get(server, path, method);
      assert.deepEqual([status, body.code, body.retryable], [503, "unavailable", true], `${method} ${path}`);
      assert.equal(retryAfter, "1");
    }
    const { status, body } = await get(server, "/health");
    assert.deepEqual([status, body.status], [503, "down"]);
    assert.equal((await get(server, "/ready")).status, 200, "it takes part as before");
    await assert.rejects(within(AT_ONCE_MS, player.client.joinOrCreate("dice", { mode: "away" })), /unavailable/);
  }

  const isAway = (server: ServerProcess) =>
    eventually("the breaker opens", async () => (await figuresOf(server)).get(OPEN) === 1, NOTICED_MS);
  const isFound = (server: ServerProcess) =>
    eventually("the breaker closes", async () => (await figuresOf(server)).get(OPEN) === 0, FOUND_MS);
  const isHealthy = (server: ServerProcess) =>
    eventually("it is healthy", async () => (await get(server, "/health")).body.status === "ok");

  async function endTables(): Promise<void> {
    await Promise.all(everybody().map((bot) => bot.stop()));
    for (const bot of everybody()) bot.abandon();
    for (const { bots } of tables) {
      const [{ player: host, room }] = bots as [Bot];
      const headers = { Authorization: `Bearer ${host.accessToken}` };
      await fetch(`${cluster.url}/v1/sessions/${room.roomId}`, { method: "DELETE", headers });
    }
  }

  /** The processes are the ones that began, and keep nothing of what happened. */
  async function nothingIsLeft(): Promise<void> {
    await endTables();
    assert.deepEqual(await leaked(cluster, idle), []);
    for (const { server, proxy } of cluster.members) {
      assert.ok(server.alive);
      assert.ok(proxy.connections <= CONNECTIONS_MAX, `${proxy.connections} connections`);
      const figures = await figuresOf(server);
      assert.equal(figures.get("hypogeum_unhandled_rejections_total"), 0);
      assert.equal(figures.get("hypogeum_deposed_total"), 0, "an outage that all share deposes nobody");
    }
  }

  it("[L9] killed and started again: nothing acknowledged is lost, everybody comes back, no process restarts", async () => {
    await openTables();
    await cluster.database.stop("SIGKILL");
    await Promise.all(cluster.servers.map(isAway));
    await Promise.all(cluster.servers.map(refusesAtOnce));
    await cluster.database.start();
    await Promise.all(cluster.servers.map(isFound));
    await Promise.all(cluster.servers.map(isHealthy));
    await playsOn();
    await nothingIsLeft();
    for (const server of cluster.servers) {
      const figures = await figuresOf(server);
      assert.ok(figures.get('hypogeum_breaker_refused_total{of="database",why="open"}')! >= 5);
    }
  });

  it("[L9] replies lost: outcome_unknown, and later the first answer for the same id, once", async () => {
    const { rooms, owner } = await quietTable();
    const id = uuid7(Date.now());
    owner.proxy.next("silence");
    const doubted = act(rooms[0]!, "roll", {}, id);
    await assert.rejects(doubted, (error) => refusalCode(error)?.code === "outcome_unknown");
    await isAnsweredOnce(rooms, id);
  });

  it("[L9] every reply lost for a while: who was in doubt has the first answer for the same id, once", async () => {
    const { rooms, owner } = await quietTable();
    const id = uuid7(Date.now());
    owner.proxy.dropReplies();
    await assert.rejects(act(rooms[0]!, "roll", {}, id));
    await isAway(owner.server);
    owner.proxy.heal();
    await isFound(owner.server);
    await isAnsweredOnce(rooms, id);
  });

  it("[L9] frozen for fifteen seconds: rooms are given up after ten, restored later, and nothing is left over", async () => {
    await openTables();
    for (const { proxy } of cluster.members) proxy.freeze();
    const thaw = pause(15_000);
    await Promise.all(cluster.servers.map(isAway));
    await Promise.all(cluster.servers.map(refusesAtOnce));
    const givenUp = async () => (await Promise.all(cluster.servers.map(unknowns))).some((count) => count > 0);
    await eventually("rooms are given up", givenUp, 12_000);
    await Promise.all(cluster.servers.map(refusesAtOnce));
    await thaw;
    for (const { proxy } of cluster.members) proxy.thaw();
    await Promise.all(cluster.servers.map(isFound));
    await Promise.all(cluster.servers.map(isHealthy));
    await playsOn();
    await nothingIsLeft();
  });

  it("has one history of it all", async () => {
    assert.deepEqual(await cluster.stop(), []);
    for (const judge of judges) {
      const judged = await judge.judge(cluster.data);
      assert.ok(isClean(judged), JSON.stringify(judged, null, 1));
      assert.ok(judged.acknowledgements > 20, "the bots did play");
    }
    const journals = await readJournals(cluster.data);
    for (const { sessionId, id, seq } of asked) {
      const written = journals.get(sessionId)!.entries.filter(({ actionId }) => actionId === id);
      const types = written.map(({ type }) => type);
      assert.deepEqual([types, written.at(-1)?.seq], [["session.started", "rolled"], seq]);
    }
  });
});
