import assert from "node:assert/strict";
import { type ArenaMap, isWall, MAPS, tileOf } from "../../src/arena/maps.rules.ts";
import { TILE } from "../../src/arena/world.rules.ts";
import { eventually } from "../support/server.ts";
import { Visitor } from "./visitor.ts";

interface Spot {
  readonly x: number;
  readonly y: number;
}

interface ShownPlayer extends Spot {
  readonly seat: number;
  readonly alive: boolean;
  readonly aim: number;
  /** Only for those who may know. */
  readonly hp?: number;
}

/** What a page was sent. */
export interface ShownState {
  readonly phase: string;
  readonly map: number;
  readonly tick: number;
  readonly players: { readonly [seat: string]: ShownPlayer };
}

const KEYS = { right: "KeyD", left: "KeyA", down: "KeyS", up: "KeyW" } as const;
/** 1/1024 of a tile: nearer than a step can aim. */
const NEAR = 90;

/** Somebody in the arena, who plays by real keys and the mouse and looks where the page says things are. */
export class Fighter extends Visitor {
  readonly #held = new Set<string>();

  /** Presses one of the buttons that lead into a match, and waits until there is something to see. */
  async enter(testId: "quick-play" | "join" | "watch"): Promise<void> {
    await this.at(testId).click();
    await this.until("connection", "connected");
    await this.page.waitForFunction(() => document.querySelector<HTMLElement>("#board")?.hidden === false);
  }

  state(): Promise<ShownState> {
    return this.page.evaluate(() => window.arena.state() as never);
  }

  seat(): Promise<number | null> {
    return this.page.evaluate(() => window.arena.seat());
  }

  predicted(): Promise<(Spot & { readonly alive: boolean }) | null> {
    return this.page.evaluate(() => window.arena.predicted());
  }

  /** The player of this seat as this page was sent it. */
  async player(seat: number): Promise<ShownPlayer> {
    const player = (await this.state()).players[seat];
    assert.ok(player, `seat ${seat} is not there`);
    return player;
  }

  async phase(...phases: string[]): Promise<void> {
    const selector = phases.map((phase) => `[data-testid="phase"][data-phase="${phase}"]`).join(", ");
    await this.page.waitForSelector(selector, { state: "attached" });
  }

  /** Holds exactly these of the four keys. */
  async hold(...directions: (keyof typeof KEYS)[]): Promise<void> {
    const wanted = new Set<string>(directions.map((direction) => KEYS[direction]));
    for (const key of this.#held) if (!wanted.has(key)) await this.page.keyboard.up(key);
    for (const key of wanted) if (!this.#held.has(key)) await this.page.keyboard.down(key);
    this.#held.clear();
    for (const key of wanted) this.#held.add(key);
  }

  /** Walks until `there` holds, tile by tile on the shortest way to the target, which may move. */
  async walk(target: () => Promise<Spot>, there: (map: ArenaMap, self: Spot, target: Spot) => boolean): Promise<void> {
    await eventually(
      "a fighter walks where it wants to be",
      async () => {
        const [self, goal, { map: index }] = await Promise.all([this.predicted(), target(), this.state()]);
        const map = MAPS[index]!;
        if (!self?.alive) return false;
        if (there(map, self, goal)) return true;
        const next = nextTile(map, self, goal);
        const [dx, dy] = [next.x - self.x, next.y - self.y];
        const across = Math.abs(dx) > NEAR ? [dx > 0 ? ("right" as const) : ("left" as const)] : [];
        const along = Math.abs(dy) > NEAR ? [dy > 0 ? ("down" as const) : ("up" as const)] : [];
        await this.hold(...across, ...along);
        return false;
      },
      30_000,
    );
    await this.hold();
  }

  async aimAt({ x, y }: Spot): Promise<void> {
    const at = await this.page.evaluate((spot) => window.arena.onScreen(spot.x, spot.y), { x, y });
    await this.page.mouse.move(at.x, at.y);
  }
}

/** Nothing stands between the two, and they are near enough for a shot to be aimed. */
export function seesNearby(map: ArenaMap, from: Spot, to: Spot): boolean {
  if (Math.hypot(to.x - from.x, to.y - from.y) > 7 * TILE) return false;
  for (let part = 0; part <= 64; part++) {
    const [x, y] = [from.x + ((to.x - from.x) * part) / 64, from.y + ((to.y - from.y) * part) / 64];
    // As wide as a shot that leaves a little askew.
    for (const side of [-150, 0, 150]) {
      if (isWall(map, tileOf(x + side), tileOf(y)) || isWall(map, tileOf(x), tileOf(y + side))) return false;
    }
  }
  return true;
}

/** The middle of the next tile on a shortest way; of the own tile when the goal is there. */
function nextTile(map: ArenaMap, from: Spot, to: Spot): Spot {
  const start = tileOf(from.y) * map.width + tileOf(from.x);
  const goal = tileOf(to.y) * map.width + tileOf(to.x);
  // Backwards from the goal, so that the tile that is found from is the next one to go to.
  const queue = [goal];
  const towards = new Map([[goal, goal]]);
  for (const tile of queue) {
    if (tile === start) break;
    for (const step of [1, -1, map.width, -map.width]) {
      const next = tile + step;
      if (towards.has(next) || isWall(map, next % map.width, Math.floor(next / map.width))) continue;
      towards.set(next, tile);
      queue.push(next);
    }
  }
  const next = towards.get(start) ?? start;
  return { x: (next % map.width) * TILE + TILE / 2, y: Math.floor(next / map.width) * TILE + TILE / 2 };
}
