import assert from "node:assert/strict";
import type { Room } from "@colyseus/sdk";
import { nextMove } from "../../loadtest/combat-brain.ts";
import type { CombatState } from "../../schema/combat.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { act, newPlayer, type Player, refusalCode } from "./bots.ts";
import { eventually, pause } from "./server.ts";
import type { SeenEvent } from "./witness.ts";

export type CombatClientRoom = Room<unknown, CombatState>;

/** The game master's seat. */
export const GM = 100;

/** Somebody in a fight, with the stock SDK. */
export class Fighter {
  readonly player: Player;
  readonly room: CombatClientRoom;
  readonly events: SeenEvent[] = [];
  readonly notices: { code: string }[] = [];
  readonly resumed: { epoch: number; seq: number }[] = [];
  reconnects = 0;
  /** The close code of the end; null while the connection lasts. */
  left: number | null = null;
  #stopped = false;
  #playing: Promise<void> = Promise.resolve();

  constructor(player: Player, room: CombatClientRoom) {
    this.player = player;
    this.room = room;
    room.onMessage("event", (event: SeenEvent) => this.events.push(event));
    room.onMessage("notice", (notice: { code: string }) => this.notices.push(notice));
    room.onMessage("resumed", (at: { epoch: number; seq: number }) => this.resumed.push(at));
    room.onReconnect(() => void this.reconnects++);
    room.onLeave((code) => {
      this.left = code;
    });
  }

  get state(): CombatState {
    return this.room.state;
  }

  /** Its own creature, as everybody sees it. */
  creatureOf(seat: number) {
    return [...this.state.combatants.values()].find((one) => one.seat === seat);
  }

  /** What it alone is shown, or undefined for a watcher. */
  sight(seat: number) {
    return this.state.sights?.get(String(seat));
  }

  does(type: string, data: Record<string, unknown> = {}, id = uuid7(Date.now())) {
    return act(this.room, type, data, id);
  }

  /** The code of the refusal that is to come. */
  async refused(type: string, data: Record<string, unknown> = {}): Promise<string | undefined> {
    const reason = await this.does(type, data).catch((error: unknown) => error);
    return refusalCode(reason)?.code;
  }

  /** Plays its seat until the fight is over or it is told to stop. */
  play(seat: number, thinkMs = 0): void {
    this.#playing = this.#play(seat, thinkMs);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#playing;
  }

  /** Cuts the connection for good. */
  abandon(): void {
    this.#stopped = true;
    this.room.reconnection.enabled = false;
    if (this.room.connection.isOpen) this.room.connection.close();
  }

  async #play(seat: number, thinkMs: number): Promise<void> {
    while (!this.#stopped && this.left === null && this.state.phase !== "ended") {
      await pause(5 + Math.random() * thinkMs);
      const move = this.room.connection.isOpen ? nextMove(this.state, seat) : undefined;
      if (!move) continue;
      const reason = await this.does(move.type, move.data).then(
        () => undefined,
        (error: unknown) => refusalCode(error),
      );
      // What it did not know of (somebody hidden in the way) ends the turn rather than the game.
      if (reason && !reason.retryable && move.type !== "endTurn") await this.does("endTurn").catch(() => undefined);
    }
  }
}

/** A fight made by REST, with its game master connected. */
export async function newFight(url: string, wish: Record<string, unknown>): Promise<{ id: string; master: Fighter }> {
  const player = await newPlayer(url);
  const headers = { "content-type": "application/json", authorization: `Bearer ${player.accessToken}` };
  const response = await fetch(`${url}/v1/combat/sessions`, { method: "POST", headers, body: JSON.stringify(wish) });
  const body = (await response.json()) as { id: string };
  assert.equal(response.status, 201, JSON.stringify(body));
  return { id: body.id, master: await enter(player, body.id, { role: "gm" }) };
}

/** @param options such as the role */
export async function enter(player: Player, id: string, options: Record<string, unknown> = {}): Promise<Fighter> {
  const fighter = new Fighter(player, (await player.client.joinById(id, options)) as CombatClientRoom);
  await eventually("the state is there", () => fighter.state.combatants !== undefined);
  return fighter;
}

/** Players on the seats from 0. */
export async function seatPlayers(url: string, id: string, count: number): Promise<Fighter[]> {
  const seated: Fighter[] = [];
  for (let seat = 0; seat < count; seat++) seated.push(await enter(await newPlayer(url), id));
  return seated;
}
