import { matchMaker } from "@colyseus/core";
import { ArenaRoom } from "../../rooms/ArenaRoom.ts";
import { DiceRoom } from "../../rooms/DiceRoom.ts";
import { type App, createApp } from "../../src/app.ts";
import { type ArenaView, arena, type FighterView } from "../../src/arena/arena.rules.ts";
import { FULL_HP } from "../../src/arena/fighters.rules.ts";
import { COOLDOWN } from "../../src/arena/shots.rules.ts";
import { type ArenaWorld, type Fighter, TILE, TRAIL_TICKS } from "../../src/arena/world.rules.ts";
import { loadConfig } from "../../src/config.ts";
import { dice } from "../../src/dice/dice.rules.ts";
import { CORE, type Game, SYSTEM } from "../../src/journal/game.ts";
import type { LiveSession } from "../../src/journal/live-session.ts";
import type { HeldSession } from "../../src/sessions/held-session.ts";
import { captureLog } from "./http.ts";

type Arena = Game<ArenaWorld, ArenaView>;

/** The whole server in this process, on a port of its own: what it has in memory can be looked at. */
export class ArenaServer {
  readonly url: string;
  readonly port: number;
  readonly #app: App;
  readonly #log: () => string;

  private constructor(app: App, log: () => string) {
    this.#app = app;
    this.#log = log;
    this.port = app.port;
    this.url = `http://127.0.0.1:${app.port}`;
  }

  /** @param game the arena's rules, or a variant of them */
  static async start(game: Arena = arena): Promise<ArenaServer> {
    const config = loadConfig({ PORT: "0", HOST: "127.0.0.1", DATA_DIR: ":memory:", RATE_LIMIT: "off" });
    const { log, text } = captureLog("warn");
    const fatal = (reason: Error) => {
      throw reason;
    };
    const games = [
      { game, room: ArenaRoom },
      { game: dice, room: DiceRoom },
    ];
    return new ArenaServer(await createApp(config, log, fatal, games), text);
  }

  live(roomId: string): LiveSession {
    const room = matchMaker.getLocalRoomById(roomId);
    if (!room) throw new Error(`there is no room ${roomId}`);
    return (room as unknown as { held: HeldSession }).held.live;
  }

  view(roomId: string): ArenaView {
    return this.live(roomId).ledger.view(SYSTEM) as ArenaView;
  }

  fighter(roomId: string, seat: number): FighterView {
    return this.view(roomId).fighters.find((one) => one.seat === seat)!;
  }

  /** Plays ticks without anybody's input, and without waiting for their time but for that of the journal. */
  async forward(roomId: string, ticks: number): Promise<void> {
    const live = this.live(roomId);
    for (let played = 0; played < ticks; ) {
      if (live.step([]) !== "held") played += 1;
      else await live.settled(() => undefined);
    }
  }

  /** Log lines that no healthy server writes. */
  faults(): string[] {
    return this.#log()
      .split("\n")
      .filter((line) => /"level":"(error|fatal)"/.test(line));
  }

  close(): Promise<void> {
    return this.#app.close();
  }
}

/** Where a seat begins, in tiles. */
export type Places = { readonly [seat: number]: readonly [x: number, y: number] };

/** A tick that was played on a stage. */
export interface PlayedTick {
  /** As the journal has them: `[seat, buttons, aim, lag]` per player who had one. */
  readonly inputs: readonly number[];
  /** Where everybody was then. */
  readonly places: readonly { readonly seat: number; readonly x: number; readonly y: number }[];
  /** Seats that fired. */
  readonly fired: readonly number[];
}

export interface Stage {
  readonly game: Arena;
  /** Of the match that was opened last: one before it may not have noticed yet that everybody is gone. */
  readonly ticks: readonly PlayedTick[];
}

/** How many shots a seat has fired on a stage, where nobody fires faster than the gun does by itself. */
export function shotsOf({ ticks }: Stage, seat: number): number {
  return ticks.filter(({ fired }) => fired.includes(seat)).length;
}

/** The inputs of one seat that were carried out on a stage, in order. */
export function inputsOf({ ticks }: Stage, seat: number): { buttons: number; aim: number; lag: number }[] {
  return ticks.flatMap(({ inputs }) => {
    const at = inputs.findIndex((value, index) => index % 4 === 0 && value === seat);
    return at < 0 ? [] : [{ buttons: inputs[at + 1]!, aim: inputs[at + 2]!, lag: inputs[at + 3]! }];
  });
}

/**
 * The arena as a stage: always the first map, play from the first tick, everybody where the test wants them, and nobody
 * ever hurt, so that a target lasts. Rows 10 to 13 of that map are open between columns 6 and 25.
 */
export function stage(places: Places): Stage {
  const matches = new Map<ArenaWorld, PlayedTick[]>();
  const game: Arena = {
    ...arena,
    init() {
      const world = arena.init();
      matches.set(world, []);
      return world;
    },
    onSeat(world, change, ctx) {
      const drafts = arena.onSeat!(world, change, ctx);
      if ("refused" in drafts) return drafts;
      return drafts.map((draft) => (draft.type === "arena.opened" ? { ...draft, data: { map: 0 } } : draft));
    },
    evolve(world, entry) {
      arena.evolve(world, entry);
      if (entry.type === CORE.started) world.until = world.tick + 1;
      for (const fighter of world.fighters) {
        const isNew = entry.type === "arena.opened" || (entry.type === CORE.seatTaken && entry.seat === fighter.seat);
        if (isNew) place(fighter, places[fighter.seat]);
      }
    },
    realtime: {
      ...arena.realtime!,
      step(world, flat) {
        const facts = arena.realtime!.step(world, flat);
        const places = world.fighters.map(({ seat, x, y }) => ({ seat, x, y }));
        const fired = world.fighters.filter(({ cooldown }) => cooldown === COOLDOWN).map(({ seat }) => seat);
        matches.get(world)?.push({ inputs: flat, places, fired });
        for (const fighter of world.fighters) Object.assign(fighter, { shield: 0, hp: fighter.hp > 0 ? FULL_HP : 0 });
        return facts;
      },
    },
  };
  return {
    game,
    get ticks() {
      return [...matches.values()].at(-1) ?? [];
    },
  };
}

/** As if the fighter had stood there for long. */
function place(fighter: Fighter, tiles: Places[number] | undefined): void {
  if (!tiles) return;
  const [x, y] = tiles.map((tile) => tile * TILE) as [number, number];
  Object.assign(fighter, { x, y, shield: 0, trail: Array.from({ length: TRAIL_TICKS }, () => [x, y]).flat() });
}
