import assert from "node:assert/strict";
import { mock } from "node:test";
import fc from "fast-check";
import { OutputGate } from "../src/infra/gate.ts";
import { Heartbeat } from "../src/infra/heartbeat.ts";
import { captureLog } from "./support/http.ts";

/** A clock that only moves when told to. */
function fakeClock() {
  let wall = 1_700_000_000_000;
  let monotonic = 5000;
  return {
    now: () => wall,
    monotonic: () => monotonic,
    /** Time passes on both clocks. */
    pass: (ms: number) => {
      wall += ms;
      monotonic += ms;
    },
    /** Somebody sets the wall clock, or the machine slept with the monotonic clock standing still. */
    jump: (ms: number) => {
      wall += ms;
    },
  };
}

function openGate() {
  const clock = fakeClock();
  const gate = new OutputGate(clock);
  gate.acknowledge(gate.stamp());
  return { clock, gate };
}

describe("output gate", () => {
  it("[L10] is closed until a heartbeat has been acknowledged", () => {
    const gate = new OutputGate(fakeClock());
    assert.equal(gate.isOpen(), false);
    gate.acknowledge(gate.stamp());
    assert.equal(gate.isOpen(), true);
  });

  it("[L10] is open for 2 s after the heartbeat was sent, not after it was answered", () => {
    const clock = fakeClock();
    const gate = new OutputGate(clock);
    const sent = gate.stamp();
    clock.pass(1500);
    gate.acknowledge(sent);
    clock.pass(500);
    assert.equal(gate.isOpen(), true);
    clock.pass(1);
    assert.equal(gate.isOpen(), false);
  });

  it("[L10] stays closed when a process that was stopped finds an old answer", () => {
    const { clock, gate } = openGate();
    const sent = gate.stamp();
    clock.pass(10_000);
    gate.acknowledge(sent);
    assert.equal(gate.isOpen(), false);
  });

  for (const jump of [1001, -1001]) {
    it(`[L10] closes after a wall-clock jump of ${jump} ms until a later heartbeat is acknowledged`, () => {
      const { clock, gate } = openGate();
      const before = gate.stamp();
      clock.jump(jump);
      assert.equal(gate.isOpen(), false);
      clock.jump(-jump);
      clock.pass(1);
      assert.equal(gate.isOpen(), false, "jumping back does not open it");
      gate.acknowledge(before);
      assert.equal(gate.isOpen(), false, "nor does a heartbeat sent before the jump was seen");
      gate.acknowledge(gate.stamp());
      assert.equal(gate.isOpen(), true);
    });
  }

  it("[L10] does not open by a heartbeat sent before a jump and answered after it", () => {
    const clock = fakeClock();
    const gate = new OutputGate(clock);
    const sent = gate.stamp();
    clock.jump(5000);
    gate.acknowledge(sent);
    assert.equal(gate.isOpen(), false);
  });

  it("[L10] bears a jump of up to a second", () => {
    const { clock, gate } = openGate();
    clock.jump(1000);
    assert.equal(gate.isOpen(), true);
  });

  it("[L10] tells that it was closed, though it is open again and nobody asked meanwhile", () => {
    const { clock, gate } = openGate();
    const { openings } = gate;
    clock.pass(1900);
    gate.acknowledge(gate.stamp());
    assert.equal(gate.openings, openings, "the lease was renewed in time");
    clock.pass(2001);
    gate.acknowledge(gate.stamp());
    assert.deepEqual([gate.isOpen(), gate.openings], [true, openings + 1]);
    clock.jump(1500);
    clock.pass(1);
    gate.acknowledge(gate.stamp());
    assert.deepEqual([gate.isOpen(), gate.openings], [true, openings + 2]);
  });

  it("[L10] is never shortened by answers out of order", () => {
    const { clock, gate } = openGate();
    const older = gate.stamp();
    clock.pass(1000);
    gate.acknowledge(gate.stamp());
    gate.acknowledge(older);
    clock.pass(2000);
    assert.equal(gate.isOpen(), true);
  });

  it("[L10] is never open more than 2 s after the last heartbeat that was acknowledged, whatever happens", () => {
    const event = fc.oneof(
      fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 3000 }) }),
      fc.record({ kind: fc.constant("jump" as const), ms: fc.integer({ min: -5000, max: 5000 }) }),
      fc.record({ kind: fc.constant("send" as const), ms: fc.constant(0) }),
      fc.record({ kind: fc.constant("answer" as const), ms: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const clock = fakeClock();
        const gate = new OutputGate(clock);
        const unanswered = [gate.stamp()];
        let lastAcknowledged = Number.NEGATIVE_INFINITY;
        for (const { kind, ms } of events) {
          if (kind === "send") unanswered.push(gate.stamp());
          else if (kind !== "answer") clock[kind](ms);
          else {
            const sent = unanswered.shift();
            if (sent === undefined) continue;
            gate.acknowledge(sent);
            lastAcknowledged = Math.max(lastAcknowledged, sent.monotonic);
          }
          if (gate.isOpen()) assert.ok(clock.monotonic() <= lastAcknowledged + 2000);
        }
      }),
    );
  });

  it("[L10] is always open where an exclusive lock is the lease", () => {
    assert.equal(OutputGate.alwaysOpen().isOpen(), true);
  });
});

describe("heartbeat", () => {
  let heartbeat: Heartbeat | undefined;
  beforeEach(() => mock.timers.enable({ apis: ["setInterval"] }));
  afterEach(() => {
    heartbeat?.stop();
    mock.timers.reset();
  });

  function start(beat: () => Promise<boolean>) {
    const gate = new OutputGate(fakeClock());
    const { log, text } = captureLog();
    const seen = { deposed: 0 };
    heartbeat = new Heartbeat({ gate, log, beat, onDeposed: () => seen.deposed++ });
    return { gate, seen, text, first: heartbeat.start() };
  }

  it("opens the gate with its first acknowledged beat, and beats once a second", async () => {
    let beats = 0;
    const { gate, first } = start(async () => ++beats > 0);
    assert.equal(gate.isOpen(), false);
    await first;
    assert.equal(gate.isOpen(), true);
    mock.timers.tick(1000);
    assert.equal(beats, 2);
  });

  it("reports once, and beats no more, when the process has been declared dead", async () => {
    let beats = 0;
    const { gate, seen, first } = start(async () => ++beats < 0);
    await first;
    mock.timers.tick(5000);
    assert.equal(beats, 1);
    assert.equal(seen.deposed, 1);
    assert.equal(gate.isOpen(), false);
  });

  it("leaves the gate as it is when the database is away, and says so in the log", async () => {
    const { gate, seen, text, first } = start(async () => {
      throw new Error("database away");
    });
    await first;
    assert.equal(gate.isOpen(), false);
    assert.equal(seen.deposed, 0);
    assert.match(text(), /heartbeat not acknowledged/);
  });

  it("never has more than three beats unanswered", async () => {
    const waiting: ((alive: boolean) => void)[] = [];
    const { first } = start(() => new Promise((answer) => waiting.push(answer)));
    mock.timers.tick(10_000);
    assert.equal(waiting.length, 3);
    for (const answer of waiting) answer(true);
    await first;
    mock.timers.tick(1000);
    assert.equal(waiting.length, 4);
    waiting[3]?.(true);
  });
});
