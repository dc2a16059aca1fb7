import "./ws-socket.ts";
import { Client, type InputHandle, type Room } from "@colyseus/sdk";
import type { ArenaInput, ArenaState } from "../../schema/arena.ts";
import { HZ } from "../../src/arena/world.rules.ts";
import { type Brain, createBrain } from "../arena-brain.ts";
import { ownSeat, sightOf } from "../arena-sight.ts";
import { signIn } from "../guest.ts";

type ArenaClient = Room<unknown, ArenaState>;

/** How far in the past a player is shown the others, in ms: as on the product's page. */
const RENDER_DELAY = 100;
const PERIOD = 1000 / HZ;
/** A player that is behind by more than this does not catch up. */
const HICCUP = 200;

interface Bot {
  readonly room: ArenaClient;
  readonly seat: number;
  readonly socket: { readonly bytesRead: number };
  readonly input: InputHandle<ArenaInput>;
  readonly brain: Brain;
  due: number;
}

/** Matches of one squad that have heads of their own; the same squads of two runs play the same way. */
const MATCHES = 1000;

/** The players of one match, who stay together from match to match. The first one's client sees for all. */
export class Squad {
  patches = 0;
  failures = 0;
  readonly #clients: readonly Client[];
  #bots: Bot[] = [];
  /** Bytes of connections that are closed by now. */
  #formerBytes = 0;
  #moving: Promise<void> | null = null;
  #disbanded = false;
  #seed: number;

  private constructor(clients: readonly Client[], index: number) {
    this.#clients = clients;
    this.#seed = index * MATCHES;
  }

  static async gather(url: string, size: number, accounts: boolean, index: number): Promise<Squad> {
    const clients = Array.from({ length: size }, () => (accounts ? signIn(url) : new Client(url)));
    const squad = new Squad(await Promise.all(clients), index);
    await squad.#enter();
    return squad;
  }

  get playing(): number {
    return this.#bots.filter(({ room }) => room.connection.isOpen).length;
  }

  get bytes(): number {
    return this.#bots.reduce((sum, { socket }) => sum + socket.bytesRead, this.#formerBytes);
  }

  /** Sends the inputs that are due. */
  drive(now: number): void {
    for (const bot of this.#bots) {
      if (now < bot.due) continue;
      bot.due = now - bot.due > HICCUP ? now + PERIOD : bot.due + PERIOD;
      this.#play(bot);
    }
  }

  async disband(): Promise<void> {
    this.#disbanded = true;
    await this.#moving;
    await this.#leave();
  }

  #play({ seat, input, brain }: Bot): void {
    const sight = sightOf(this.#bots[0]!.room.state, seat);
    if (!sight) return;
    Object.assign(input.data, brain.decide(sight));
    input.send();
  }

  async #enter(): Promise<void> {
    const [host, ...guests] = this.#clients;
    const first = (await host!.joinOrCreate("arena", { private: true })) as ArenaClient;
    const seats = [this.#seat(first)];
    for (const guest of guests) {
      seats.push(guest.joinById(first.roomId).then((room) => this.#seat(room as ArenaClient)));
    }
    this.#bots = await Promise.all(seats);
    for (const { room } of this.#bots.slice(1)) stopDecoding(room);
    first.onStateChange(({ phase }) => {
      if (phase === "over" && !this.#disbanded) this.#moving ??= this.#moveOn();
    });
  }

  /** A client at its seat, which is the one whose health it can see. */
  async #seat(room: ArenaClient): Promise<Bot> {
    room.reconnection.enabled = false;
    room.onMessage("*", () => undefined);
    const seat = await new Promise<number>((resolve) => {
      room.onStateChange((state) => {
        this.patches += 1;
        const own = ownSeat(state);
        if (own !== undefined) resolve(own);
      });
    });
    room.onLeave(() => {
      if (!this.#moving && !this.#disbanded) this.failures += 1;
    });
    const input = room.input<ArenaInput>({ renderDelay: RENDER_DELAY });
    const due = performance.now() + Math.random() * PERIOD;
    return { room, seat, socket: socketOf(room), input, brain: createBrain(this.#seed++), due };
  }

  async #moveOn(): Promise<void> {
    try {
      await this.#leave();
      await this.#enter();
    } catch {
      this.failures += 1;
    }
    this.#moving = null;
  }

  async #leave(): Promise<void> {
    const leaving = this.#bots;
    this.#bots = [];
    await Promise.all(leaving.map(({ room }) => room.connection.isOpen && room.leave()));
    for (const { socket } of leaving) this.#formerBytes += socket.bytesRead;
  }
}

/** What comes in is still read off the socket, and the clock still follows it: only the state stays as it was. */
function stopDecoding({ serializer }: ArenaClient): void {
  (serializer as unknown as { patch: () => void }).patch = () => undefined;
}

function socketOf({ connection }: ArenaClient): Bot["socket"] {
  return (connection.transport as unknown as { ws: { _socket: Bot["socket"] } }).ws._socket;
}
