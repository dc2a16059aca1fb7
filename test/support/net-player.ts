import type { InputHandle, Room } from "@colyseus/sdk";
import { Predict, type Reconciler } from "@colyseus/sdk/predict";
import type { ArenaInput, ArenaPlayer, ArenaState } from "../../schema/arena.ts";
import { buttonsOf } from "../../src/arena/inputs.rules.ts";
import { MAPS } from "../../src/arena/maps.rules.ts";
import { walk } from "../../src/arena/movement.rules.ts";
import { newPlayer, type Player, seatOf } from "./bots.ts";

/** What a player holds down; what is left out is not held. */
export type Steering = Partial<Pick<ArenaInput, "up" | "down" | "left" | "right" | "fire" | "aim">>;

export interface NetPlayerOptions {
  readonly join?: { readonly [option: string]: unknown };
  /** Joins this room instead of looking for one. */
  readonly roomId?: string;
  /** The account to come with; else a new guest's. */
  readonly known?: Player;
  /** False for a client that does not say when it saw what. */
  readonly stamps?: boolean;
  /** True for a client that comes back by itself when its connection breaks. */
  readonly returns?: boolean;
}

const AT_REST = { up: false, down: false, left: false, right: false, fire: false, aim: 0 };
const FRAME_MS = 8;
/** How far in the past the others are drawn, in ms. */
const DELAY_MS = 100;

/** A player of the arena on the stock SDK: predicts itself, and sees the others a little in the past. */
export class NetPlayer {
  readonly player: Player;
  readonly room: Room<unknown, ArenaState>;
  readonly input: InputHandle<ArenaInput>;
  readonly events: { readonly type: string; readonly data: Record<string, unknown> }[] = [];
  readonly notices: string[] = [];
  /** The code the connection was closed with; null while it stands. */
  closed: number | null = null;
  /** How often the connection was taken up again. */
  resumed = 0;
  /** The tick of the first state that this client was shown. */
  firstTick = 0;
  /** Acknowledged inputs after which the server had this player where it was predicted, and elsewhere. */
  exact = 0;
  /** How many of those came in a row, up to the last. */
  streak = 0;
  readonly off: { readonly seq: number; readonly dx: number; readonly dy: number }[] = [];
  readonly #predict: Predict<ArenaState>;
  readonly #predicted = new Map<number, { x: number; y: number }>();
  #self: Reconciler<ArenaPlayer> | null = null;
  #seat: number | null = null;
  #frames: NodeJS.Timeout | undefined;

  private constructor(player: Player, room: Room<unknown, ArenaState>, { stamps = true, returns }: NetPlayerOptions) {
    this.player = player;
    this.room = room;
    room.reconnection.enabled = returns === true;
    room.reconnection.minUptime = 0; // the stock SDK waits for 5 s of uptime before it comes back
    room.onStateChange.once(({ tick }) => {
      this.firstTick = tick;
    });
    room.onMessage("event", (event: NetPlayer["events"][number]) => this.events.push(event));
    room.onMessage("notice", (notice: { code: string }) => this.notices.push(notice.code));
    room.onMessage("resumed", () => {
      this.resumed += 1;
    });
    room.onLeave((code) => {
      this.closed = code;
      this.stop();
    });
    this.input = room.input<ArenaInput>(stamps ? {} : { allowRewind: () => false });
    this.#predict = Predict.get(room, { mode: "lerp", delay: DELAY_MS });
    this.#predict.attachAll("players", { x: { mode: "lerp" }, y: { mode: "lerp" } });
  }

  static async join(url: string, options: NetPlayerOptions = {}): Promise<NetPlayer> {
    const { join = {}, roomId, known } = options;
    const player = known ?? (await newPlayer(url));
    const room = await (roomId === undefined
      ? player.client.joinOrCreate<ArenaState>("arena", join)
      : player.client.joinById<ArenaState>(roomId, join));
    const joined = new NetPlayer(player, room as Room<unknown, ArenaState>, options);
    if (join.role === undefined) joined.#seat = await seatOf({ ...player, url }, room.roomId);
    return joined;
  }

  get seat(): number {
    if (this.#seat === null) throw new Error("this client has no seat");
    return this.#seat;
  }
  /** The own player as the server last showed it. */
  get me(): ArenaPlayer | undefined {
    return this.#seat === null ? undefined : this.shown(this.#seat);
  }

  shown(seat: number): ArenaPlayer | undefined {
    return this.room.state.players?.get(String(seat));
  }

  /** Where this client draws another player now. */
  seen(seat: number): { x: number; y: number } | undefined {
    const other = this.shown(seat);
    return other && { x: this.#predict.value(other, "x"), y: this.#predict.value(other, "y") };
  }

  /** Plays on from now, asked for each input what is held then. */
  start(steer: (self: NetPlayer) => Steering): void {
    this.#embody();
    this.#frames = setInterval(() => {
      const due = this.#predict.tick(performance.now());
      for (let step = 0; step < due; step++) this.send(steer(this));
    }, FRAME_MS);
  }

  /** Sends one input. */
  send(steering: Steering): void {
    Object.assign(this.input.data, AT_REST, steering);
    this.input.send();
  }

  /** Sends bytes as they are. */
  raw(frame: Uint8Array): void {
    this.room.connection.send(frame);
  }

  /** Lets go of the keys; the connection stays. */
  stop(): void {
    clearInterval(this.#frames);
  }

  /** Cuts the connection, without a word. */
  leave(): void {
    this.stop();
    this.#predict.dispose();
    this.room.reconnection.enabled = false;
    if (this.room.connection.isOpen) this.room.connection.close();
  }

  #embody(): void {
    const { me, input } = this;
    if (!me || this.#self) return;
    const self = this.#predict.reconciler(me, {
      ...{ input, fields: ["x", "y", "alive"], smoothMs: 0 },
      step: (_, body, cmd) => {
        const map = MAPS[this.room.state.map];
        if (body.alive && map) walk(body, buttonsOf(cmd), map);
      },
      onReconcile: (seq) => this.#compare(seq, me),
    });
    this.#self = self;
    // After the reconciler's own listener, so that the input has been predicted.
    input.onSend((seq) => this.#predicted.set(seq, { x: self.state.x, y: self.state.y }));
  }

  #compare(seq: number, { x, y }: ArenaPlayer): void {
    const predicted = this.#predicted.get(seq);
    for (const known of this.#predicted.keys()) if (known <= seq) this.#predicted.delete(known);
    if (!predicted) return;
    const [dx, dy] = [x - predicted.x, y - predicted.y];
    if (dx === 0 && dy === 0) {
      this.exact += 1;
      this.streak += 1;
      return;
    }
    this.streak = 0;
    this.off.push({ seq, dx, dy });
  }
}
