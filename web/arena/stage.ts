import type { ArenaPlayer } from "../../schema/arena.ts";
import { MAPS } from "../../src/arena/maps.rules.ts";
import { shotX, shotY } from "../../src/arena/shots.rules.ts";
import { FULL_TURN, SIXTEENTHS, TILE } from "../../src/arena/world.rules.ts";
import type { GameEvent } from "../../src/client/client.ts";
import type { Effects } from "./draw/effects.ts";
import { INK, seatColour } from "./draw/palette.ts";
import type { ArenaRoom, Prediction } from "./net/prediction.ts";
import { ShotTracks, type Track } from "./net/shot-tracks.ts";
import { type Figure, newScene, nextBullet, type Scene } from "./scene.ts";

/** Tiles: a shot leaves from the shooter's middle and is seen from the gun's mouth on. */
const MUZZLE = 0.5;
const BODY = 0.4;
const RADIANS = (2 * Math.PI) / FULL_TURN;
const EVENTS_MAX = 64;

/** Turns what the server shows into a scene, frame by frame. */
export class Stage {
  readonly scene: Scene = newScene(MAPS[0]!);
  readonly tracks = new ShotTracks();
  readonly #effects: Effects;
  readonly #events: GameEvent[] = [];
  #synced = -1;
  #now = 0;
  /** The tick of the picture in sixteenths, and the seat whose view it is. */
  #instant = 0;
  #own: number | null = null;

  constructor(effects: Effects) {
    this.#effects = effects;
  }

  /** Another session. */
  clear(): void {
    this.tracks.clear();
    this.#effects.clear();
    this.#events.length = 0;
    this.#synced = -1;
    for (const figure of this.scene.figures) figure.present = figure.alive = false;
  }

  /** Kept until the next frame: only then it is known which shots the same patch took away. */
  note(event: GameEvent): void {
    if (this.#events.length < EVENTS_MAX) this.#events.push(event);
  }

  /** @param own the viewer's seat, and whether its player is drawn from this page's own input (`aim`) */
  update(room: ArenaRoom, prediction: Prediction, own: number | null, aim: number | null, now: number): void {
    const { state } = room;
    const { scene } = this;
    this.#now = now;
    this.#own = own;
    this.#instant = prediction.tick * SIXTEENTHS;
    const map = MAPS[state.map] ?? scene.map;
    if (map !== scene.map) this.tracks.clear();
    scene.map = map;
    this.#placeFigures(room, prediction, aim);
    this.#layPickups(room);
    if (state.tick !== this.#synced) this.tracks.sync(state.shots, state.tick, map, aim === null ? null : own);
    this.#synced = state.tick;
    this.#happen();
    this.#strikeFigures();
    this.tracks.advance(this.#instant, this.#endTrack);
    this.#placeBullets();
  }

  /** An own shot leaves, from where the prediction stands. */
  fire(seat: number, x: number, y: number, angle: number, instant: number, now: number): void {
    this.tracks.predict({ owner: seat, x, y, angle, born: instant }, this.scene.map);
    this.scene.figures[seat]!.firedAt = now;
  }

  #placeFigures({ state }: ArenaRoom, prediction: Prediction, aim: number | null): void {
    for (const figure of this.scene.figures) {
      const player = state.players.get(String(figure.seat));
      const was = figure.present && figure.alive;
      figure.present = player !== undefined;
      if (!player) continue;
      this.#copy(figure, player);
      if (was && !player.alive && !player.away) {
        this.#effects.burst(figure.x, figure.y, seatColour(figure.seat), this.#now);
      }
      if (!was && player.alive) figure.bornAt = this.#now;
      figure.x = prediction.x(player) / TILE;
      figure.y = prediction.y(player) / TILE;
      figure.aim = figure.own && aim !== null ? aim : prediction.aim(player);
    }
  }

  #copy(figure: Figure, { name, alive, away, connected, shielded, rapid, hp, seat }: ArenaPlayer): void {
    figure.name = name || `Seat ${seat + 1}`;
    figure.alive = alive;
    figure.away = away;
    figure.connected = connected;
    figure.shielded = shielded;
    figure.rapid = rapid;
    figure.hp = hp ?? null;
    figure.own = seat === this.#own;
  }

  #layPickups({ state }: ArenaRoom): void {
    const { map, pickups } = this.scene;
    for (let spot = 0; spot < map.pickups.length; spot++) {
      const there = state.pickups?.[spot] === 1;
      let shown = pickups[spot];
      if (!shown) pickups[spot] = shown = { there: false, since: 0 };
      if (there !== shown.there) shown.since = this.#now;
      shown.there = there;
    }
  }

  #happen(): void {
    for (const { type, data } of this.#events) {
      const at = this.scene.figures[Number(data.seat)];
      if (!at?.present) continue;
      if (type === "hit") this.#hit(at, this.scene.figures[Number(data.by)], Number(data.damage));
      if (type === "pickup") {
        const [text, colour] = data.kind === "rapid" ? ["Rapid fire", INK.rapid] : ["+40", INK.medkit];
        this.#effects.word(at.x, at.y, text!, colour!, this.#now);
      }
    }
    this.#events.length = 0;
  }

  #hit(victim: Figure, shooter: Figure | undefined, damage: number): void {
    const now = this.#now;
    victim.hurtAt = now;
    if (!victim.own) this.#effects.word(victim.x, victim.y, String(damage), "#ffd9d4", now);
    // A shot that met somebody in the very tick in which it was fired is never shown by the server.
    if (!shooter?.present || shooter.own || this.tracks.hasStruck(shooter.seat, this.#synced)) return;
    this.#effects.streak(shooter.x, shooter.y, victim.x, victim.y, seatColour(shooter.seat), now);
    shooter.firedAt = now;
  }

  /** What the shooter sees is what counts, so an own shot ends at whom it is seen to meet. */
  #strikeFigures(): void {
    for (const track of this.tracks.all) {
      if (track.owner !== this.#own || track.over) continue;
      const [x, y] = this.#at(track);
      for (const figure of this.scene.figures) {
        if (!figure.present || !figure.alive || figure.own || figure.shielded) continue;
        if ((figure.x - x) ** 2 + (figure.y - y) ** 2 > BODY * BODY) continue;
        track.dies = Math.min(track.dies, this.#instant);
        track.strikes = true;
      }
    }
  }

  #placeBullets(): void {
    this.scene.bulletCount = 0;
    for (const track of this.tracks.all) {
      if (track.over || this.#instant < track.born) continue;
      if (!track.seen && track.owner !== this.#own) this.scene.figures[track.owner]!.firedAt = this.#now;
      track.seen = true;
      const [x, y] = this.#at(track);
      const flown = Math.hypot(x - track.x / TILE, y - track.y / TILE);
      if (flown < MUZZLE) continue;
      const angle = track.angle * RADIANS;
      const bullet = Object.assign(nextBullet(this.scene), { x, y, seat: track.owner, trail: flown - MUZZLE });
      bullet.dx = Math.cos(angle);
      bullet.dy = Math.sin(angle);
    }
  }

  readonly #endTrack = (track: Track): void => {
    if (!track.strikes) return;
    const age = track.dies - track.born;
    this.#effects.impact(shotX(track, age) / TILE, shotY(track, age) / TILE, seatColour(track.owner), this.#now);
  };

  #at(track: Track): readonly [number, number] {
    const age = Math.min(this.#instant, track.dies) - track.born;
    return [shotX(track, age) / TILE, shotY(track, age) / TILE];
  }
}
