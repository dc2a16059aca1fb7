import { angleOf } from "../../src/arena/angle.rules.ts";
import { SIXTEENTHS, TILE } from "../../src/arena/world.rules.ts";
import type { GameEvent, Role } from "../../src/client/client.ts";
import { type Camera, follow, newCamera, overview } from "./camera.ts";
import { Effects } from "./draw/effects.ts";
import type { Overlay } from "./draw/overlay.ts";
import { Painter } from "./draw/painter.ts";
import { FrameMeter } from "./frame-meter.ts";
import { Controls } from "./input/controls.ts";
import type { Keyboard } from "./input/keyboard.ts";
import { Pointers } from "./input/pointer.ts";
import { type ArenaRoom, Prediction } from "./net/prediction.ts";
import { Trigger } from "./net/trigger.ts";
import { Stage } from "./stage.ts";

const LONG_AGO = -1e9;
/** Tiles that the camera may look beyond the walls; more where thumbs would lie on the player in a corner. */
const MARGIN = 1.5;
const MARGIN_TOUCH = 4;

/** The canvas and everything that happens on it: one frame after the other, as long as there is a match to see. */
export class PlayingField {
  readonly camera: Camera = newCamera();
  readonly meter = new FrameMeter();
  readonly #canvas: HTMLCanvasElement;
  readonly #pointers: Pointers;
  readonly #painter: Painter;
  readonly #controls: Controls;
  readonly #effects: Effects;
  readonly #stage: Stage;
  readonly #trigger = new Trigger();
  readonly #overlay: Overlay = { armed: false, hitAt: LONG_AGO, hurtAt: LONG_AGO, hp: null };
  #room: ArenaRoom | null = null;
  #prediction: Prediction | null = null;
  #role: Role = "spectator";
  #seat: number | null = null;
  #isOpen = false;
  #frame = 0;
  #fired = 0;
  #width = 1;
  #height = 1;

  constructor(canvas: HTMLCanvasElement, keyboard: Keyboard) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#canvas = canvas;
    this.#pointers = new Pointers(canvas);
    this.#painter = new Painter(canvas, this.#pointers, still);
    this.#controls = new Controls(keyboard, this.#pointers);
    this.#effects = new Effects(still);
    this.#stage = new Stage(this.#effects);
    // Not read from the canvas in every frame: that would make the browser lay the page out in between.
    new ResizeObserver(() => this.#resize()).observe(canvas);
  }

  /** The own player as the rules will have it after the last input; null when this page plays nobody. */
  get predicted(): { readonly x: number; readonly y: number; readonly alive: boolean } | null {
    const state = this.#prediction?.predicted;
    return state ? { x: state.x, y: state.y, alive: state.alive } : null;
  }

  get corrections(): number {
    return this.#prediction?.corrections ?? 0;
  }

  /** Own shots that were drawn at once, since the page was opened. */
  get fired(): number {
    return this.#fired;
  }

  /** What the page knows now: the connection, what this viewer is, and whose view it is. */
  show(room: ArenaRoom | null, isOpen: boolean, role: Role, seat: number | null): void {
    if (room !== this.#room) this.#enter(room);
    // After a recovery the server may give the same number to another shot.
    if (!isOpen) this.#stage.tracks.clear();
    this.#isOpen = isOpen;
    this.#role = role;
    this.#seat = seat;
  }

  note(event: GameEvent): void {
    const now = performance.now();
    if (event.type === "hit" && event.data.by === this.#seat) this.#overlay.hitAt = now;
    this.#stage.note(event);
  }

  /** The last picture stays when the room is left: behind it there is nothing to draw from any more. */
  #enter(room: ArenaRoom | null): void {
    cancelAnimationFrame(this.#frame);
    this.#prediction?.dispose();
    this.#prediction = null;
    this.#room = room;
    if (!room) return;
    this.#stage.clear();
    this.meter.clear();
    this.#frame = requestAnimationFrame(this.#draw);
  }

  readonly #draw = (now: number): void => {
    this.#frame = requestAnimationFrame(this.#draw);
    const startedAt = performance.now();
    const room = this.#room;
    // Before the first patch there is nothing to see.
    if (!room?.state?.players) return;
    this.#prediction ??= new Prediction(room);
    this.#act(room, this.#prediction, now);
    this.#look(room);
    this.#paint(now);
    this.meter.note(now, performance.now() - startedAt);
  };

  #act(room: ArenaRoom, prediction: Prediction, now: number): void {
    const seat = this.#role === "player" ? this.#seat : null;
    const figure = seat === null ? undefined : this.#stage.scene.figures[seat];
    const steering = this.#controls.read(this.camera, figure?.x ?? 0, figure?.y ?? 0);
    const due = prediction.begin(now, seat);
    const { phase } = room.state;
    const runs = phase === "countdown" || phase === "playing";
    for (let step = 0; step < due && seat !== null && runs && this.#isOpen; step++) {
      const aim = prediction.send(steering);
      this.#pull(room, prediction, seat, steering.fire, aim, now);
    }
    this.#overlay.armed = seat !== null && runs;
    const hp = this.#seat === null ? null : (this.#stage.scene.figures[this.#seat]?.hp ?? null);
    if (hp !== null && hp < (this.#overlay.hp ?? 0)) this.#overlay.hurtAt = now;
    this.#overlay.hp = hp;
    this.#stage.update(room, prediction, this.#seat, seat === null ? null : steering.aim, now);
  }

  #pull(room: ArenaRoom, prediction: Prediction, seat: number, fire: boolean, aim: number, now: number): void {
    const { predicted, me } = prediction;
    if (!predicted?.alive || !me) {
      this.#trigger.reset();
      return;
    }
    if (!this.#trigger.step(fire, room.state.phase === "playing", me.rapid)) return;
    this.#fired += 1;
    this.#stage.fire(seat, predicted.x, predicted.y, angleOf(aim), prediction.tick * SIXTEENTHS, now);
  }

  #look({ state }: ArenaRoom): void {
    const { map, figures } = this.#stage.scene;
    this.#painter.fit(this.camera, this.#width, this.#height);
    const { ratio } = this.#painter;
    const viewed = this.#seat === null ? undefined : figures[this.#seat];
    const margin = this.#pointers.touch ? MARGIN_TOUCH : MARGIN;
    // Who is out of play keeps looking where it happened.
    if (viewed?.present && state.phase !== "over") follow(this.camera, viewed.x, viewed.y, map, ratio, margin);
    else overview(this.camera, map, ratio);
  }

  #paint(now: number): void {
    this.#painter.draw(this.#stage.scene, this.camera, this.#effects, this.#overlay, now);
  }

  #resize(): void {
    this.#width = this.#canvas.clientWidth;
    this.#height = this.#canvas.clientHeight;
    if (this.#room || this.#width === 0) return;
    this.#painter.fit(this.camera, this.#width, this.#height);
    overview(this.camera, this.#stage.scene.map, this.#painter.ratio);
    this.#paint(performance.now());
  }

  /** A place in the world (in 1/1024 of a tile) as CSS pixels of the page. */
  onScreen(x: number, y: number): { readonly x: number; readonly y: number } {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    const { camera } = this;
    return {
      x: (x / TILE - camera.x) * camera.scale + left + width / 2,
      y: (y / TILE - camera.y) * camera.scale + top + height / 2,
    };
  }
}
