import type { StateView } from "@colyseus/schema";
import { ArenaInput, ArenaPlayer, ArenaShot, ArenaState } from "../schema/arena.ts";
import { angleOf } from "../src/arena/angle.rules.ts";
import type { ArenaView, FighterView } from "../src/arena/arena.rules.ts";
import { buttonsOf } from "../src/arena/inputs.rules.ts";
import { FULL_TURN, LAG_MAX, type Shot, SIXTEENTHS } from "../src/arena/world.rules.ts";
import { SPECTATOR, type Viewer } from "../src/journal/game.ts";
import { removeOthers, replaceItems, rowOf } from "./project.ts";
import { RealtimeRoom } from "./RealtimeRoom.ts";
import type { Person } from "./table.ts";

/** Inputs that are kept for a client whose line stalls; more are dropped, the oldest first. */
const INPUTS_MAX = 16;
const RADIANS = (2 * Math.PI) / FULL_TURN;

export class ArenaRoom extends RealtimeRoom<ArenaState, ArenaView, ArenaInput> {
  override state = new ArenaState();
  override inputs = this.defineInput(ArenaInput, { bufferMaxSize: INPUTS_MAX });

  protected override effective(flat: number[], seat: number, input: ArenaInput, ticksAgo: number): void {
    const lag = Math.min(LAG_MAX, Math.round(ticksAgo * SIXTEENTHS));
    flat.push(seat, buttonsOf(input), angleOf(input.aim), lag);
  }

  protected override project(view: (viewer: Viewer) => ArenaView, people: ReadonlyMap<number, Person>): void {
    const { fighters, shots, pickups, ...match } = view(SPECTATOR);
    Object.assign(this.state, match);
    removeOthers(this.state.players, fighters);
    for (const fighter of fighters) {
      const { seat } = fighter;
      showFighter(rowOf(this.state.players, seat, ArenaPlayer), fighter, people.get(seat));
    }
    this.#showShots(shots);
    replaceItems(this.state.pickups, pickups);
  }

  protected override reveal(view: StateView, viewer: Viewer): void {
    for (const player of this.state.players.values()) {
      const own = "seat" in viewer && viewer.seat === player.seat;
      if (own || viewer.kind === "spectator") view.add(player);
    }
  }

  /** Both ascend by id: what stands in the state and not among the shots has hit something. */
  #showShots(shots: readonly Shot[]): void {
    const { shots: shown } = this.state;
    let index = 0;
    for (const key of [...shown.keys()]) {
      if (index < shots.length && shots[index]!.id === Number(key)) index += 1;
      else shown.delete(key);
    }
    for (; index < shots.length; index++) shown.set(String(shots[index]!.id), toSchema(shots[index]!));
  }
}

/** Field by field: this runs for every player and tick, and Object.assign takes four times as long. */
function showFighter(row: ArenaPlayer, fighter: FighterView, person: Person | undefined): void {
  row.seat = fighter.seat;
  row.name = person?.name ?? "";
  row.connected = person?.connected ?? false;
  row.x = fighter.x;
  row.y = fighter.y;
  row.aim = fighter.aim * RADIANS;
  row.alive = fighter.alive;
  row.away = fighter.away;
  row.shielded = fighter.shielded;
  row.rapid = fighter.rapid;
  row.score = fighter.score;
  row.deaths = fighter.deaths;
  row.hp = fighter.hp;
}

function toSchema({ owner, x, y, angle, born }: Shot): ArenaShot {
  return Object.assign(new ArenaShot(), { owner, x, y, angle, born });
}
