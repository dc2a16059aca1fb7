import "./ws-socket.ts";
import { Client, type Room } from "@colyseus/sdk";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { type Fight, FightMaker } from "./combat-fight.ts";
import { percentile } from "./figures.ts";
import { LeanClient } from "./lean-client.ts";
import { Pacer } from "./pacer.ts";
import { answerParent } from "./pinned-process.ts";

/*
 * The players of the combat benchmark, in a process of their own: four at a fight, who hit each other turn by turn, at a
 * rate that does not depend on how quickly they are answered.
 */

export interface CombatOrder {
  readonly do: "gather" | "play" | "leave";
  readonly port: number;
  readonly fights: number;
  /** Actions per second of all together. */
  readonly rate: number;
  readonly seconds: number;
}

export interface CombatCount {
  readonly sockets: number;
  readonly done: number;
  readonly refused: Readonly<Record<string, number>>;
  /** Of the players' actions, from when each was due until the server had said that it is durable; ms. */
  readonly p50: number;
  readonly p95: number;
  readonly seconds: number;
}

const PLAYERS = 4;
const CONNECTIONS = 16;

/** One fight of four: who is at turn attacks an enemy beside it, and then ends its turn. */
class Ring {
  readonly rooms: readonly Room[];
  readonly #fight: Fight;
  #current = "";
  #hasAttacked = false;
  busy = false;

  constructor(fight: Fight, rooms: readonly Room[]) {
    this.#fight = fight;
    this.rooms = rooms;
    rooms[0]!.onMessage("event", ({ type, data }: { type: string; data: { id: string } }) => {
      if (type !== "turnStarted") return;
      this.#current = data.id;
      this.#hasAttacked = false;
    });
  }

  /** The next action of whoever is at turn. */
  async act(): Promise<void> {
    const seat = this.#fight.creatures.indexOf(this.#current);
    const target = this.#fight.creatures[seat % 2 === 0 ? 1 : 0];
    const [type, data] = this.#hasAttacked ? ["endTurn", {}] : ["attack", { target, weapon: "longsword" }];
    this.#hasAttacked = true;
    // Ahead of the server's word, so that the next action is not the same.
    await this.rooms[seat]!.request("act", { id: uuid7(Date.now()), type, data });
  }
}

const rings: Ring[] = [];

answerParent({}, async (order: CombatOrder): Promise<object> => {
  if (order.do === "gather") await gather(order);
  if (order.do === "leave")
    await Promise.all(rings.splice(0).flatMap(({ rooms }) => rooms.map((room) => room.leave())));
  return order.do === "play" ? play(order) : { sockets: sockets() };
});

function sockets(): number {
  return rings.flatMap(({ rooms }) => rooms).filter(({ connection }) => connection.isOpen).length;
}

async function gather({ port, fights }: CombatOrder): Promise<void> {
  const client = new LeanClient(port, CONNECTIONS);
  const maker = new FightMaker(client);
  await maker.signUp(fights);
  const players = await signIn(port, fights * PLAYERS);
  for (let index = 0; index < fights; index++) {
    const fight = await maker.make(PLAYERS);
    const rooms: Room[] = [];
    // One after the other: who comes first has the first seat.
    for (const player of players.splice(0, PLAYERS)) rooms.push(readOnly(await player.joinById(fight.id)));
    const ring = new Ring(fight, rooms);
    await maker.strengthen(fight);
    // The others of the eight stand by: every turn is a player's.
    for (const combatant of fight.creatures.slice(PLAYERS)) await maker.act(fight, "gm.remove", { combatant });
    await maker.begin(fight, PLAYERS);
    rings.push(ring);
  }
  client.close();
}

/** What comes in is still read off the socket: only the state stays as it was. */
function readOnly(room: Room): Room {
  room.reconnection.enabled = false;
  room.onMessage("*", () => undefined);
  (room as unknown as { serializer: { patch: () => void } }).serializer.patch = () => undefined;
  return room;
}

async function signIn(port: number, count: number): Promise<Client[]> {
  const url = `http://127.0.0.1:${port}`;
  const clients: Client[] = [];
  for (let index = 0; index < count; index++) {
    const headers = { "content-type": "application/json" };
    const body = `{"deviceId":"bench-${index}"}`;
    const response = await fetch(`${url}/v1/auth/guest`, { method: "POST", headers, body });
    const client = new Client(url);
    client.auth.token = ((await response.json()) as { accessToken: string }).accessToken;
    clients.push(client);
  }
  return clients;
}

/**
 * Open loop: an action is due whatever became of those before it. A fight that still waits for one is passed over; where
 * all of them wait, so does the action, and counts from when it was due.
 */
async function play({ rate, seconds }: CombatOrder): Promise<CombatCount> {
  const latencies: number[] = [];
  const refused: Record<string, number> = {};
  const began = performance.now();
  const total = Math.round(rate * seconds);
  const running: Promise<void>[] = [];
  let sent = 0;
  let next = 0;
  const sendDue = () => {
    const dueBy = Math.min(total, ((performance.now() - began) * rate) / 1000);
    for (; sent < dueBy; sent++) {
      const due = began + (sent * 1000) / rate;
      const ring = free();
      if (!ring) return false; // it waits for a fight, and its time has begun
      ring.busy = true;
      const done = ring.act().then(
        () => latencies.push(performance.now() - due),
        (error: Error & { reason?: { code: string } }) => {
          const code = error.reason?.code ?? error.message;
          refused[code] = (refused[code] ?? 0) + 1;
        },
      );
      running.push(
        done.then(() => {
          ring.busy = false;
        }),
      );
    }
    return sent === total;
  };
  const free = () => {
    for (let tried = 0; tried < rings.length; tried++) {
      const ring = rings[next++ % rings.length]!;
      if (!ring.busy) return ring;
    }
    return undefined;
  };
  await new Pacer().until(1, sendDue);
  await Promise.all(running);
  const elapsed = (performance.now() - began) / 1000;
  const at = (percent: number) => percentile(latencies, percent);
  return { sockets: sockets(), done: latencies.length, refused, p50: at(50), p95: at(95), seconds: elapsed };
}
