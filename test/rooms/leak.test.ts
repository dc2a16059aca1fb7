import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";

/** What test/rooms/leak-child.ts reports. */
interface Report {
  readonly cycles: number;
  /** Live heap after a full collection, in bytes: after the warm-up, and after the cycles. */
  readonly before: number;
  readonly after: number;
  readonly rooms: number;
  readonly sessions: number;
  readonly clients: number;
}

const CYCLES = 150;
/** A leaked room holds its state, two encoder buffers and its session: several times this. */
const BYTES_PER_CYCLE_MAX = 16 * 1024;
const NOTHING = { rooms: 0, sessions: 0, clients: 0 };

describe("rooms that come and go", () => {
  it(`leave nothing behind: ${CYCLES} cycles do not grow the heap, and no timer keeps an ended room alive`, async () => {
    const child = spawn(
      process.execPath,
      ["--expose-gc", resolve(import.meta.dirname, "leak-child.ts"), String(CYCLES)],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    assert.equal(child.exitCode, 0, stderr);
    const report = JSON.parse(stdout.trim().split("\n").at(-1)!) as Report;
    assert.deepEqual({ rooms: report.rooms, sessions: report.sessions, clients: report.clients }, NOTHING);
    assert.ok(report.after - report.before < CYCLES * BYTES_PER_CYCLE_MAX, JSON.stringify(report));
  });
});
