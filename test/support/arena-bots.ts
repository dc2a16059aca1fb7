import type { Client, InputHandle } from "@colyseus/sdk";
import { type Brain, createBrain, type Sight } from "../../loadtest/arena-brain.ts";
import type { ArenaInput, ArenaState } from "../../schema/arena.ts";
import { HZ } from "../../src/arena/world.rules.ts";
import { type ArenaRoom, ArenaWitness, type Eyes } from "./arena-witness.ts";
import { newPlayer, type Player, seatOf } from "./bots.ts";

/** How far in the past a player is shown the others, in ms: as on the product's page. */
const RENDER_DELAY = 100;

let seeds = 0;

/** Somebody at an arena, with the stock SDK: a player, a spectator or a coach. */
export class ArenaClient {
  readonly room: ArenaRoom;
  readonly witness: ArenaWitness;

  constructor(player: Player, room: ArenaRoom, eyes: Eyes) {
    this.room = room;
    this.witness = new ArenaWitness(room, player, eyes);
  }

  static async spectate(player: Player, roomId: string): Promise<ArenaClient> {
    const room = await player.client.joinById(roomId, { role: "spectator" });
    return new ArenaClient(player, room as ArenaRoom, "spectator");
  }

  /** Watches with the eyes of a player, who gives the code away. */
  static async coach(player: Player, bot: ArenaBot): Promise<ArenaClient> {
    const { code } = (await bot.room.request("coach")) as { code: string };
    const room = await player.client.joinById(bot.room.roomId, { role: "coach", code });
    return new ArenaClient(player, room as ArenaRoom, { seat: bot.witness.seat! });
  }

  /** Cuts the connection, and makes no attempt to come back. */
  abandon(): void {
    this.witness.isDismissed = true;
    this.room.reconnection.enabled = false;
    this.room.reconnection.maxRetries = 0;
    if (this.room.connection.isOpen) this.room.connection.close();
  }
}

/** A client that fights until it is told to stop, sending one input per tick. */
export class ArenaBot extends ArenaClient {
  readonly #brain: Brain = createBrain(seeds++);
  readonly #input: InputHandle<ArenaInput>;
  #timer: NodeJS.Timeout | undefined;

  constructor(player: Player, room: ArenaRoom) {
    super(player, room, "spectator");
    this.#input = room.input<ArenaInput>({ renderDelay: RENDER_DELAY });
  }

  static async join(player: Player, join: (client: Client) => Promise<unknown>): Promise<ArenaBot> {
    const bot = new ArenaBot(player, (await join(player.client)) as ArenaRoom);
    bot.witness.sitsAt((await seatOf(player, bot.room.roomId))!);
    return bot;
  }

  play(): void {
    this.#timer ??= setInterval(() => this.#act(), 1000 / HZ);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Gives the seat up; the connection may break before that is done. */
  leave(): void {
    this.stop();
    this.witness.isDismissed = true;
    this.room.leave().catch(() => undefined);
  }

  override abandon(): void {
    this.stop();
    super.abandon();
  }

  #act(): void {
    const sight = this.witness.connected && sightOf(this.room.state, this.witness.seat!);
    if (!sight) return;
    Object.assign(this.#input.data, this.#brain.decide(sight));
    this.#input.send();
  }
}

function sightOf({ tick, map, phase, players, pickups }: ArenaState, seat: number): Sight | undefined {
  const me = players.get(String(seat));
  if (!me || (phase !== "playing" && phase !== "countdown")) return undefined;
  const others = [...players.values()].filter((other) => other !== me);
  return { tick, map, me, others, pickups: [...pickups] };
}

/** A private match of bots with a spectator, and a coach of the second player. */
export interface ArenaTable {
  readonly sessionId: string;
  readonly bots: readonly ArenaBot[];
  readonly everybody: readonly ArenaClient[];
}

export async function seatArena(url: string, seats: number): Promise<ArenaTable> {
  const first = await ArenaBot.join(await newPlayer(url), (client) => client.joinOrCreate("arena", { private: true }));
  const { roomId } = first.room;
  const bots = [first];
  while (bots.length < seats) {
    bots.push(await ArenaBot.join(await newPlayer(url), (client) => client.joinById(roomId)));
  }
  const spectator = await ArenaClient.spectate(await newPlayer(url), roomId);
  const coach = await ArenaClient.coach(await newPlayer(url), bots[1]!);
  for (const bot of bots) bot.play();
  return { sessionId: roomId, bots, everybody: [...bots, spectator, coach] };
}
