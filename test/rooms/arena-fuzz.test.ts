import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { CORE, type Entry } from "../../src/journal/game.ts";
import { readJournals } from "../support/journal-reader.ts";
import { deletionOf, float64, InputFrames, inputFrame } from "../support/net-frames.ts";
import { judge } from "../support/net-judge.ts";
import { NetPlayer } from "../support/net-player.ts";
import { eventually, ServerProcess } from "../support/server.ts";

const MATCHES = 2;
const HOSTILE_PER_MATCH = 5;
/** All of them together. */
const FRAMES = 2400;
/** Frames a second of each: below what closes a connection, and far above what a tick takes. */
const EVERY_MS = 1000 / 75;

const INSTANTS = [0, 1, -1, 33, 1e9, -1e9, 1e308, -1e308, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 0.1];

/** An endless supply of inputs that no honest client sends. */
class Fuzz {
  readonly #frames = new InputFrames();
  #last = inputFrame(new Uint8Array(0));

  next(): Uint8Array {
    const kind = randomInt(10);
    if (kind < 6) this.#last = this.#steered();
    else if (kind === 6) this.#last = inputFrame(randomBytes(1 + randomInt(12)), this.#stamp());
    else if (kind === 7) this.#last = inputFrame(deletionOf(randomInt(6)), this.#stamp());
    return this.#last; // else the same once more
  }

  #steered(): Uint8Array {
    const held = randomInt(32);
    const steering = {
      ...{ up: (held & 1) > 0, down: (held & 2) > 0, left: (held & 4) > 0, right: (held & 8) > 0, fire: held < 24 },
      aim: (randomInt(2001) - 1000) / 50,
    };
    return this.#frames.next(steering, this.#stamp());
  }

  #stamp(): Uint8Array | undefined {
    const kind = randomInt(4);
    if (kind === 0) return undefined;
    if (kind === 1) return randomBytes(1 + randomInt(4));
    return float64(kind === 2 ? INSTANTS[randomInt(INSTANTS.length)]! : randomInt(100));
  }
}

describe("a fuzzed arena", function () {
  this.timeout(90_000);
  let server: ServerProcess;
  const honest: NetPlayer[] = [];
  const hostile: NetPlayer[] = [];

  before(async () => {
    server = await ServerProcess.started();
    for (let match = 0; match < MATCHES; match++) {
      const first = await NetPlayer.join(server.url, { join: { private: true } });
      honest.push(first);
      for (let enemy = 0; enemy < HOSTILE_PER_MATCH; enemy++) {
        hostile.push(await NetPlayer.join(server.url, { roomId: first.room.roomId }));
      }
    }
  });
  after(() => server.dispose());

  it(`takes ${FRAMES} hostile inputs, and nobody honest is disturbed`, async () => {
    for (const player of honest) player.start(() => ({ aim: player.input.sentCount / 30 }));
    await eventually("the matches are played", () => honest.every(({ room }) => room.state.phase === "playing"));
    let sent = 0;
    const timers = hostile.map((enemy) => {
      const fuzz = new Fuzz();
      return setInterval(() => {
        enemy.raw(fuzz.next());
        sent += 1;
      }, EVERY_MS);
    });
    await eventually("all have been sent", () => sent >= FRAMES, 60_000);
    for (const timer of timers) clearInterval(timer);
    const heard = honest.map(({ input }) => input.lastProcessed);
    await eventually("the honest ones play on", () =>
      honest.every(({ input }, index) => input.lastProcessed > heard[index]! + 5),
    );
    for (const { closed, notices } of [...honest, ...hostile]) assert.deepEqual([closed, notices], [null, []]);
    assert.deepEqual(server.faults(), []);
  });

  it("and left journals in which every rule was kept, whoever plays them again", async () => {
    for (const player of [...honest, ...hostile]) player.leave();
    await server.stop("SIGTERM");
    const matches = [...(await readJournals(server.dir)).values()];
    assert.equal(matches.length, MATCHES);
    for (const { entries, faults } of matches) {
      assert.deepEqual(faults, []);
      const { ticks, inputs, violations } = judge(entries as unknown as Entry[]);
      assert.deepEqual(violations, []);
      assert.ok(ticks > 100 && inputs > ticks, `${inputs} inputs in ${ticks} ticks`);
      assert.ok(entries.every(({ type, data }) => type !== CORE.ended || data.reason !== "fault"));
    }
  });
});
