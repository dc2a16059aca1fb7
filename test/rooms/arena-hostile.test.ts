import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { deletionOf, float64, inputFrame, lossyFrame } from "../support/net-frames.ts";
import { NetPlayer } from "../support/net-player.ts";
import { eventually, ServerProcess } from "../support/server.ts";

/** Far more than a server that goes on needs to answer, far less than a test may take. */
const ANSWER_MS = 5000;
const FIELDS = 6;

/** Input frames that no client of ours would send: one of each, by what it does to who decodes it carelessly. */
const FRAMES: Record<string, readonly Uint8Array[]> = {
  "an empty body": [inputFrame(new Uint8Array(0))],
  "a stamp without its number": [inputFrame(new Uint8Array(0), new Uint8Array(0))],
  "fields that are deleted": Array.from({ length: FIELDS }, (_, field) => inputFrame(deletionOf(field))),
  "a field without its value": [inputFrame(Uint8Array.of(0x80))],
  "a field that is not there": [inputFrame(Uint8Array.of(0x80 | 40, 1))],
  "a structure that is not there": [inputFrame(Uint8Array.of(255, 7, 0x80, 1))],
  "a body of 60,000 bytes": [inputFrame(new Uint8Array(60_000).fill(0x81))],
  "a stamp that is no number": [inputFrame(Uint8Array.of(0x81, 1), float64(Number.NaN))],
  "datagrams whose slots go backwards": [lossyFrame([0, 0xd0, 0xfe])],
  "datagrams of empty slots": [lossyFrame([0, ...new Uint8Array(1000)])],
  "datagrams with four thousand million stamps": [lossyFrame([0xce, 255, 255, 255, 255, 0, 0, 0, 0], true)],
  "datagrams with a count that is no number": [lossyFrame([...float64(Number.NaN), 0, 0, 0, 0], true)],
};

describe("hostile inputs to the arena", function () {
  this.timeout(60_000);
  let server: ServerProcess;
  let honest: NetPlayer;
  let hostile: NetPlayer;

  before(async () => {
    server = await ServerProcess.create();
  });
  beforeEach(async () => {
    if (!server.alive) await server.start();
    honest = await NetPlayer.join(server.url, { join: { private: true } });
    hostile = await NetPlayer.join(server.url, { roomId: honest.room.roomId });
    honest.start(() => ({ right: honest.input.sentCount % 20 < 10, left: honest.input.sentCount % 20 >= 10 }));
    await eventually("the match is played", () => honest.exact > 5);
  });
  afterEach(async function () {
    // A server that hangs would hang every test after it.
    if (this.currentTest?.state === "failed") await server.stop("SIGKILL");
    for (const player of [honest, hostile]) player.leave();
  });
  after(() => server.dispose());

  /** The neighbour plays on, the server answers, and there is nothing to regret. */
  async function nothingHappened(): Promise<void> {
    const { exact } = honest;
    await eventually("the neighbour plays on", () => honest.exact > exact + 10, ANSWER_MS);
    const response = await fetch(`${server.url}/health`, { signal: AbortSignal.timeout(ANSWER_MS) });
    assert.equal(response.status, 200);
    assert.deepEqual([honest.closed, honest.notices], [null, []]);
    assert.deepEqual(server.faults(), []);
    assert.ok([null, 4002, 4105].includes(hostile.closed), `closed with ${hostile.closed}`);
  }

  for (const [what, frames] of Object.entries(FRAMES)) {
    it(`${what}: the neighbour notices nothing, nor does the log`, async () => {
      for (const frame of frames) hostile.raw(frame);
      await nothingHappened();
    });
  }

  it("random bytes as inputs: the neighbour notices nothing, nor does the log", async () => {
    for (let n = 0; n < 150; n++)
      hostile.raw(inputFrame(randomBytes(1 + (n % 12)), n % 2 ? randomBytes(2) : undefined));
    await nothingHappened();
  });
});
