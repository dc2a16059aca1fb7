import type { Room } from "@colyseus/core";
import { percentile } from "./figures.ts";
import { answerParent } from "./pinned-process.ts";

/** Ticks of all rooms of a server over a span of time; durations in ms. */
export interface TickFigures {
  readonly ticks: number;
  /** What one tick takes, the patch included. */
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
  /** From when a tick was due until it had ended. */
  readonly lateP50: number;
  readonly lateP99: number;
  /** Ticks per second of the slowest room and of the middle one. */
  readonly slowestHz: number;
  readonly medianHz: number;
}

/** A room that played less than this tells nothing about its pace. */
const PACE_MS = 3000;
const SAMPLES_MAX = 500_000;

/** When the timer that runs now was due. */
let due = 0;
let recording = false;
const durations: number[] = [];
const lateness: number[] = [];
const rooms = new Map<Room, { ticks: number; first: number; last: number }>();

/**
 * A room class whose ticks are measured: from the timer to the end of the patch, whatever the room does in between. The
 * product and the room it is compared with are measured by these same lines.
 */
export function probed<R extends new () => Room>(RoomClass: R): R {
  class Probed extends (RoomClass as unknown as new () => Room) {
    override setFixedTimestep(...[step, hz]: Parameters<Room["setFixedTimestep"]>): void {
      watchTimers(1000 / hz!);
      super.setFixedTimestep((context) => {
        const { tick } = this.state as { tick: number };
        const started = performance.now();
        step(context);
        // A clock that stands still, as before a match, ticks for nothing.
        if ((this.state as { tick: number }).tick !== tick) note(this, started, performance.now());
      }, hz);
    }
  }
  return Probed as unknown as R;
}

function note(room: Room, started: number, ended: number): void {
  if (!recording || durations.length >= SAMPLES_MAX) return;
  durations.push(ended - started);
  lateness.push(ended - due);
  const pace = rooms.get(room);
  if (pace) Object.assign(pace, { ticks: pace.ticks + 1, last: ended });
  else rooms.set(room, { ticks: 0, first: ended, last: ended });
}

const watched = new Set<number>();

/** Colyseus does not tell when its timer was due, so intervals of that length are watched from here on. */
function watchTimers(period: number): void {
  if (watched.has(period)) return;
  watched.add(period);
  const plain = globalThis.setInterval;
  const wait = Math.trunc(period); // as Node's timers count
  const watching = (run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
    if (ms !== period) return plain(run, ms, ...args);
    let next = performance.now() + wait;
    return plain(() => {
      due = next;
      next = performance.now() + wait;
      run();
    }, ms);
  };
  globalThis.setInterval = watching as typeof setInterval;
}

/** Serves the parent process: `begin` starts a measurement, `end` answers with its figures. */
export function serveFigures(port: number): void {
  answerParent({ port }, (question: "begin" | "end") => {
    const answer = question === "end" ? figures() : {};
    recording = question === "begin";
    durations.length = 0;
    lateness.length = 0;
    rooms.clear();
    return answer;
  });
}

function figures(): TickFigures {
  const paced = [...rooms.values()].filter(({ first, last }) => last - first >= PACE_MS);
  const hz = paced.map(({ ticks, first, last }) => (ticks * 1000) / (last - first));
  return {
    ...{ ticks: durations.length, longest: percentile(durations, 100) },
    ...{ p50: percentile(durations, 50), p99: percentile(durations, 99) },
    ...{ lateP50: percentile(lateness, 50), lateP99: percentile(lateness, 99) },
    ...{ slowestHz: Math.min(...hz), medianHz: percentile(hz, 50) },
  };
}
