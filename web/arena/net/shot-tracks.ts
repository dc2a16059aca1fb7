import type { ArenaMap } from "../../../src/arena/maps.rules.ts";
import { LIFE, reach } from "../../../src/arena/shots.rules.ts";
import { FULL_TURN, type Shot, SIXTEENTHS } from "../../../src/arena/world.rules.ts";

/** A shot as the server shows it. */
export type ShownShot = Pick<Shot, "owner" | "x" | "y" | "angle" | "born">;

/** A shot as this page draws it; instants are in sixteenths of a tick. */
export interface Track extends Shot {
  /** The server's key of it; null as long as the page alone knows of it. */
  key: string | null;
  /** When it meets a wall or whoever it hits: it is not drawn from then on. */
  dies: number;
  /** Whether it struck something before its time was over. */
  strikes: boolean;
  /** Its muzzle flash was shown. */
  seen: boolean;
  /** Not to be drawn any more; it is kept until the server has forgotten it too. */
  over: boolean;
}

/** A shot that the server has not confirmed for so long was never fired. */
const FORGOTTEN_AFTER = 60 * SIXTEENTHS;
/** 16-bit angle: what the wire's rounding may differ by. */
const SAME_ANGLE = 64;
/** When an input came late, the server fires in another tick than was predicted, and with that tick's aim. */
const SAME_TIME = 4 * SIXTEENTHS;

/**
 * The shots on screen. They are drawn in the past, like the players they may hit, so a shot that the server has taken
 * away flies on here until the picture has come to that tick. An own shot is drawn at once; the server's copy of it is
 * recognised when it comes and not drawn a second time.
 */
export class ShotTracks {
  readonly all: Track[] = [];
  readonly #byKey = new Map<string, Track>();

  clear(): void {
    this.all.length = 0;
    this.#byKey.clear();
  }

  /** Takes over what the server shows at `tick`. */
  sync(shots: ReadonlyMap<string, ShownShot>, tick: number, map: ArenaMap, own: number | null): void {
    for (const [key, shot] of shots) if (!this.#byKey.has(key)) this.#appear(key, shot, map, own);
    for (const [key, track] of this.#byKey) if (!shots.has(key)) this.#vanish(key, track, tick);
  }

  /** An own shot, just fired. */
  predict(shot: ShownShot, map: ArenaMap): void {
    this.all.push(newTrack(null, shot, map));
  }

  /** Ends what is over at `now`, and calls `onEnd` once for each. */
  advance(now: number, onEnd: (track: Track) => void): void {
    let kept = 0;
    for (const track of this.all) {
      if (!track.over && now >= track.dies) {
        track.over = true;
        onEnd(track);
      }
      const awaited = track.key === null ? now < track.born + FORGOTTEN_AFTER : this.#byKey.has(track.key);
      if (!track.over || awaited) this.all[kept++] = track;
    }
    this.all.length = kept;
  }

  /** Whether the server has lately taken away a shot of this seat because it struck something. */
  hasStruck(owner: number, tick: number): boolean {
    return this.all.some((track) => track.owner === owner && track.strikes && track.dies >= (tick - 1) * SIXTEENTHS);
  }

  #appear(key: string, shot: ShownShot, map: ArenaMap, own: number | null): void {
    const predicted = shot.owner === own ? this.#predictionOf(shot) : undefined;
    const track = predicted && isAsPredicted(predicted, shot) ? predicted : newTrack(key, shot, map);
    if (track !== predicted) this.all.push(track);
    if (predicted && track !== predicted) this.all.splice(this.all.indexOf(predicted), 1);
    track.key = key;
    this.#byKey.set(key, track);
  }

  /** The nearest in time: what the server did not fire must not be taken for its next shot. */
  #predictionOf(shot: ShownShot): Track | undefined {
    let nearest: Track | undefined;
    let least = SAME_TIME;
    for (const track of this.all) {
      const apart = Math.abs(track.born - shot.born);
      if (track.key !== null || track.owner !== shot.owner || apart > least) continue;
      nearest = track;
      least = apart;
    }
    return nearest;
  }

  #vanish(key: string, track: Track, tick: number): void {
    this.#byKey.delete(key);
    const now = tick * SIXTEENTHS;
    if (now >= track.dies) return;
    track.dies = now;
    track.strikes = true;
  }
}

function newTrack(key: string | null, { owner, x, y, angle, born }: ShownShot, map: ArenaMap): Track {
  const track: Track = { key, id: -1, owner, x, y, angle, born, dies: born, strikes: false, seen: false, over: false };
  const flight = reach(x, y, angle, map);
  track.dies += flight;
  track.strikes = flight < LIFE;
  return track;
}

/** Near enough to go on drawing what was predicted: nobody sees the difference, but would see the jump. */
function isAsPredicted(predicted: ShownShot, { angle, born }: ShownShot): boolean {
  const turn = Math.abs(predicted.angle - angle);
  return Math.abs(predicted.born - born) <= SIXTEENTHS && (turn <= SAME_ANGLE || turn >= FULL_TURN - SAME_ANGLE);
}
