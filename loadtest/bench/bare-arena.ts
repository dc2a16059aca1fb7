import type { Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Client, defineRoom, defineServer, Room } from "@colyseus/core";
import { MapSchema, StateView } from "@colyseus/schema";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { TickInstants } from "../../rooms/tick-instants.ts";
import { ArenaInput, ArenaPlayer, ArenaShot, ArenaState } from "../../schema/arena.ts";
import { angleOf } from "../../src/arena/angle.rules.ts";
import { arena } from "../../src/arena/arena.rules.ts";
import { buttonsOf } from "../../src/arena/inputs.rules.ts";
import { MAPS } from "../../src/arena/maps.rules.ts";
import { step } from "../../src/arena/step.rules.ts";
import { type ArenaWorld, FULL_TURN, HZ, LAG_MAX, type Shot, SIXTEENTHS } from "../../src/arena/world.rules.ts";
import { CORE, type Draft } from "../../src/journal/game.ts";
import { probed, serveFigures } from "./tick-probe.ts";

/*
 * What the product's arena is measured against: the same rules, wire schema, input channel, tick rate, views and events
 * in a room as one writes it with Colyseus alone. No ledger, no journal, no accounts, no guard, no recovery.
 */

const RADIANS = (2 * Math.PI) / FULL_TURN;

class BareArena extends Room<{ state: ArenaState; input: ArenaInput; client: Client<{ userData: { seat: number } }> }> {
  override state = new ArenaState();
  override maxClients = 8;
  override inputs = this.defineInput(ArenaInput, { bufferMaxSize: 16 });
  readonly #world = arena.init();
  readonly #instants = new TickInstants();

  override onCreate(): void {
    void this.setPrivate(true); // found by its id alone, as the crowd's rooms of the product are
    this.allowRewindState({ maxRewindMs: 500 }).attachAll(new MapSchema<{ x: number }>(), { fields: [] });
    this.setFixedTimestep(() => this.#tick(), HZ);
    this.patchRate = null; // not before: without a loop Colyseus would arm a clock that takes time away from this one
    this.#evolve("arena.opened", null, { map: Math.floor(Math.random() * MAPS.length) });
    this.state.pickups.push(...this.#world.pickups.map(() => 1));
  }

  override onJoin(client: (typeof this.clients)[number]): void {
    const taken = new Set(this.#world.fighters.map(({ seat }) => seat));
    const seat = [0, 1, 2, 3, 4, 5, 6, 7].find((free) => !taken.has(free))!;
    client.userData = { seat };
    this.#evolve(CORE.seatTaken, seat);
    if (this.#world.fighters.length === 2 && this.#world.phase === "waiting") this.#evolve(CORE.started, null);
    const player = Object.assign(new ArenaPlayer(), { seat, name: `Player ${seat}`, connected: true });
    this.state.players.set(String(seat), player);
    client.view = new StateView();
    client.view.add(player);
  }

  override onLeave(client: (typeof this.clients)[number]): void {
    const { seat } = client.userData!;
    client.view?.dispose();
    this.#evolve(CORE.seatLeft, seat);
    this.state.players.delete(String(seat));
  }

  #evolve(type: string, seat: number | null, data: Draft["data"] = {}): void {
    arena.evolve(this.#world, { seq: 0, at: 0, seat, type, data });
  }

  #tick(): void {
    const facts = step(this.#world, this.#collect());
    this.#instants.add(this.clock.elapsedTime);
    show(this.#world, this.state);
    this.broadcastPatch();
    for (const fact of facts) this.#tell(fact);
  }

  #collect(): number[] {
    const bySeat: number[][] = [];
    for (const client of this.clients) {
      const channel = this.inputs.get(client.sessionId);
      const input = channel.next();
      if (!input) continue;
      const { seat } = client.userData!;
      const lag = Math.min(LAG_MAX, Math.round(this.#instants.ticksAgo(channel.renderTime) * SIXTEENTHS));
      bySeat[seat] = [seat, buttonsOf(input), angleOf(input.aim), lag];
    }
    return bySeat.flat();
  }

  #tell({ type, data }: Draft): void {
    if (type === "kill" || type === CORE.ended) this.broadcast(type, data);
    else for (const client of this.clients) if (concerns(data, client.userData!.seat)) client.send(type, data);
  }
}

/** A hit concerns its shooter, a pick-up its taker. */
function concerns(data: Draft["data"], seat: number): boolean {
  return (data.by ?? data.seat) === seat;
}

function show(world: ArenaWorld, state: ArenaState): void {
  state.phase = world.phase;
  state.map = world.map;
  state.tick = world.tick;
  state.until = world.until;
  state.winner = world.winner;
  for (const fighter of world.fighters) {
    const player = state.players.get(String(fighter.seat))!;
    player.x = fighter.x;
    player.y = fighter.y;
    player.aim = fighter.aim * RADIANS;
    player.alive = fighter.hp > 0;
    player.away = fighter.away;
    player.shielded = fighter.shield > 0;
    player.rapid = fighter.rapid > 0;
    player.score = fighter.score;
    player.deaths = fighter.deaths;
    player.hp = fighter.hp;
  }
  for (let spot = 0; spot < world.pickups.length; spot++) {
    const there = world.pickups[spot] === 0 ? 1 : 0;
    if (state.pickups[spot] !== there) state.pickups[spot] = there;
  }
  showShots(world.shots, state.shots);
}

/** Both ascend by id. */
function showShots(shots: readonly Shot[], shown: ArenaState["shots"]): void {
  let next = 0;
  for (const key of shown.keys()) {
    if (shots[next]?.id === Number(key)) next += 1;
    else shown.delete(key);
  }
  for (; next < shots.length; next++) {
    const { id, owner, x, y, angle, born } = shots[next]!;
    shown.set(String(id), Object.assign(new ArenaShot(), { owner, x, y, angle, born }));
  }
}

const transport = new WebSocketTransport({});
const rooms = { arena: defineRoom(probed(BareArena)) };
await defineServer({ rooms, transport, greet: false }).listen(0, "127.0.0.1");
serveFigures(((transport.server as HttpServer).address() as AddressInfo).port);
