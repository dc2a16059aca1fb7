import assert from "node:assert/strict";
import type { Room } from "@colyseus/sdk";
import { newPlayer, type Player } from "../support/bots.ts";
import { TestCluster } from "../support/cluster.ts";
import { eventually, type ServerProcess } from "../support/server.ts";

interface SessionRow {
  _id: string;
  owner: string | null;
  wakeAt: number | null;
}

describe("recovery in another process", () => {
  let cluster: TestCluster;
  let owner: ServerProcess;
  let other: ServerProcess;
  let host: Player;

  beforeEach(async () => {
    cluster = await TestCluster.start(2);
    [owner, other] = cluster.servers as [ServerProcess, ServerProcess];
    host = await newPlayer(owner.url);
  });
  afterEach(() => cluster.dispose());

  const rows = <Row extends { _id: unknown }>(name: string) => cluster.database.connection.collection<Row>(name);
  const takeovers = (server: ServerProcess, outcome: string) =>
    TestCluster.figure(server, `hypogeum_takeovers_total{outcome="${outcome}"}`);

  const takenOver = (id: string) =>
    eventually("the survivor has it", async () => (await cluster.ownerOf(id)) === other);

  async function seated(): Promise<Room> {
    const room = await host.client.joinOrCreate("dice", { private: true });
    room.reconnection.enabled = false;
    return room;
  }

  async function newRecord(): Promise<string> {
    const answer = await fetch(`${owner.url}/v1/sessions`, {
      method: "POST",
      headers: { authorization: `Bearer ${host.accessToken}`, "content-type": "application/json" },
      body: JSON.stringify({ type: "custom", state: { gold: 1 } }),
    });
    assert.equal(answer.status, 201);
    return ((await answer.json()) as { id: string }).id;
  }

  it("notes in the audit log who had the session before, and at which epoch it goes on", async () => {
    const { roomId } = await seated();
    await owner.stop("SIGKILL");
    await takenOver(roomId);
    const audit = rows<{ _id: string; action: string; subjectId: string; details: Record<string, unknown> }>("audit");
    await eventually("it is noted", async () => (await audit.countDocuments({ subjectId: roomId })) > 0);
    const noted = await audit.findOne({ subjectId: roomId, action: "session.recovered" });
    assert.equal(noted?.details.epoch, 2);
    assert.match(String(noted?.details.from), /^[0-9a-f-]{36}\/1$/);
  });

  it("leaves a session alone whose rules it does not have, tells why, and takes it once it can", async () => {
    const { roomId } = await seated();
    const sound = await seated();
    const journal = rows<{ _id: string; s: string; rules: { game: string; version: number } }>("journal");
    const rules = (await journal.findOne({ s: roomId }))?.rules;
    await journal.updateMany({ s: roomId }, { $set: { "rules.version": 999 } });
    await owner.stop("SIGKILL");
    await takenOver(sound.roomId);
    await eventually("it was looked at", async () => (await takeovers(other, "left")) === 1);
    const guest = await newPlayer(other.url);
    await assert.rejects(guest.client.joinById(roomId), /rules_unavailable/);
    assert.ok(
      other.stdout.split("\n").some((line) => line.includes(roomId) && line.includes("rules_unavailable")),
      other.log(),
    );
    await journal.updateMany({ s: roomId }, { $set: { "rules.version": rules!.version } });
    await (await guest.client.joinById(roomId)).leave();
    assert.equal(await cluster.ownerOf(roomId), other);
  });

  it("wakes sessions whose time has come in whichever process has that duty, and another has it when that one dies", async () => {
    const id = await newRecord();
    const sessions = rows<SessionRow>("sessions");
    const wake = async () => {
      await sessions.updateOne({ _id: id }, { $set: { owner: null, wakeAt: Date.now() - 1000 } });
      await eventually("somebody has woken it", async () => {
        const row = await sessions.findOne({ _id: id });
        return row !== null && row.owner !== null;
      });
    };
    await owner.stop("SIGKILL");
    await eventually("it is nobody's", async () => (await sessions.findOne({ _id: id }))?.owner === null);
    await wake();
    assert.equal(await cluster.ownerOf(id), other);
    await owner.start();
    await other.stop("SIGKILL");
    await eventually("it is nobody's", async () => (await sessions.findOne({ _id: id }))?.owner === null);
    await wake();
    assert.equal(await cluster.ownerOf(id), owner);
  });
});
