import { type InputHandle, Predict, type Reconciler, type Room } from "@colyseus/sdk";
import type { ArenaInput, ArenaPlayer, ArenaState } from "../../../schema/arena.ts";
import { buttonsOf } from "../../../src/arena/inputs.rules.ts";
import { MAPS } from "../../../src/arena/maps.rules.ts";
import { walk } from "../../../src/arena/movement.rules.ts";
import { TILE } from "../../../src/arena/world.rules.ts";
import type { Steering } from "../input/steering.ts";

export type ArenaRoom = Room<unknown, ArenaState>;

/** How far in the past the others are drawn, in ms: three patches, so that one may be late. */
const DELAY_MS = 100;
/** Whoever jumps further than this within a patch has not walked: a new life begins elsewhere. */
const JUMP = 1.5 * TILE;
/** Ticks by which the picture may fall behind before it jumps to the present. */
const TICK_JUMP = 30;

/**
 * Where everybody is drawn: the own player where the last input will have taken it, the others a little in the past
 * and smoothly. Decoded instances are new after a recovery, so they are compared every frame, and whatever hung on the
 * former ones is built again.
 */
export class Prediction {
  /** How often the server knew better where the own player is; respawns are not counted. */
  corrections = 0;
  readonly #room: ArenaRoom;
  readonly #input: InputHandle<ArenaInput>;
  #players: unknown;
  #predict!: Predict<ArenaState>;
  #self: Reconciler<ArenaPlayer> | null = null;
  #me: ArenaPlayer | null = null;

  constructor(room: ArenaRoom) {
    this.#room = room;
    this.#input = room.input<ArenaInput>();
    this.#rebuild();
  }

  /** The own player as the server has it; null when this viewer does not play. */
  get me(): ArenaPlayer | null {
    return this.#me;
  }

  /** The own player after the last input, exactly as the rules will have it. */
  get predicted(): ArenaPlayer | null {
    return this.#self?.state ?? null;
  }

  /** The tick of the picture, with its fraction: the present less the delay at which the others are drawn. */
  get tick(): number {
    return this.#predict.value(this.#room.state, "tick");
  }

  /**
   * Begins a frame.
   *
   * @param seat whose inputs this page sends, or null
   * @returns how many inputs are due
   */
  begin(now: number, seat: number | null): number {
    const { players } = this.#room.state;
    if (players !== this.#players) this.#rebuild();
    const me = seat === null ? null : (players.get(String(seat)) ?? null);
    if (me !== this.#me) this.#embody(me);
    const before = this.predicted;
    const [x, y] = [before?.x ?? 0, before?.y ?? 0];
    const due = this.#predict.tick(now);
    const after = this.predicted;
    const moved = after ? Math.max(Math.abs(after.x - x), Math.abs(after.y - y)) : 0;
    if (moved > 0 && moved < JUMP) this.corrections += 1;
    return due;
  }

  /** Sends one input; the prediction follows it at once. Returns the aim as the server will read it, in radians. */
  send({ up, down, left, right, fire, aim }: Steering): number {
    const { data } = this.#input;
    Object.assign(data, { up, down, left, right, fire, aim });
    const seq = this.#input.send();
    return this.#input.at(seq)?.aim ?? aim;
  }

  /** Where to draw a player, in 1/1024 of a tile. */
  x(player: ArenaPlayer): number {
    return this.#predict.value(player, "x");
  }

  y(player: ArenaPlayer): number {
    return this.#predict.value(player, "y");
  }

  aim(player: ArenaPlayer): number {
    return this.#predict.value(player, "aim");
  }

  dispose(): void {
    this.#predict.dispose();
  }

  #rebuild(): void {
    const { state } = this.#room;
    this.#predict?.dispose();
    this.#self = null;
    this.#me = null;
    this.#players = state.players;
    this.#predict = Predict.get(this.#room, { mode: "lerp", delay: DELAY_MS });
    this.#predict.attach(state, { tick: { mode: "lerp", snap: TICK_JUMP } });
    this.#predict.attachAll("players", {
      x: { mode: "lerp", snap: JUMP },
      y: { mode: "lerp", snap: JUMP },
      aim: { mode: "lerp", angle: true },
    });
  }

  #embody(me: ArenaPlayer | null): void {
    this.#self?.dispose();
    this.#me = me;
    this.#self = me && this.#reconciler(me);
  }

  #reconciler(me: ArenaPlayer): Reconciler<ArenaPlayer> {
    const { state } = this.#room;
    return this.#predict.reconciler(me, {
      input: this.#input,
      fields: ["x", "y", "alive"],
      snap: JUMP,
      step: (_ctx, self, input) => {
        const map = MAPS[state.map];
        if (self.alive && map) walk(self, buttonsOf(input), map);
      },
    });
  }
}
