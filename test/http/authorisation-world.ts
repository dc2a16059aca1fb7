import assert from "node:assert/strict";
import type { Room } from "@colyseus/sdk";
import { CombatRoom } from "../../rooms/CombatRoom.ts";
import { combat } from "../../src/combat/combat.rules.ts";
import type { AnyGame } from "../../src/journal/game.ts";
import { Api, type Reply } from "../support/api.ts";
import type { Player } from "../support/bots.ts";
import { toy } from "../support/toy-game.ts";
import { type Caller, type Cast, ENV, People } from "./authorisation-people.ts";
import type { Row } from "./authorisation-table.ts";
import { ToyRoom } from "./authorisation-toy-room.ts";

/** One server, and the sessions and campaigns that people have there. */
export class World {
  readonly api: Api;
  readonly people: People;

  private constructor(api: Api, people: People) {
    this.api = api;
    this.people = people;
  }

  static async start(): Promise<World> {
    const api = await Api.start(ENV, [
      { game: toy as AnyGame, room: ToyRoom },
      { game: combat as AnyGame, room: CombatRoom },
    ]);
    return new World(api, await People.of(api));
  }

  close(): Promise<void> {
    return this.api.close();
  }

  call(line: string, { player, headers }: Caller, { body, headers: more }: Omit<Sent, "path"> = {}): Promise<Reply> {
    return this.api.call(line, player, body, { ...headers, ...more });
  }

  /** A call that is to work. */
  async made(line: string, player: Player, body?: unknown, headers?: Record<string, string>): Promise<Reply["body"]> {
    const reply = await this.api.call(line, player, body, headers);
    assert.ok(reply.status < 400, `${line}: ${reply.text}`);
    return reply.body;
  }

  /** A connection that does not come back. */
  async sit(player: Player, sessionId: string, role: "player" | "gm" | "spectator"): Promise<Room> {
    return this.keep(await player.client.joinById(sessionId, { role }));
  }

  keep(room: Room): Room {
    room.reconnection.enabled = false;
    room.onMessage("*", () => undefined);
    return room;
  }

  /** A new session of the kind that the row names, with everybody in their places. */
  async session(scene: Scene, host = this.hostOf(scene)): Promise<string> {
    const { caller, row } = scene;
    const { kind } = row;
    const type = /custom|player/.exec(kind)?.[0] ?? "toy";
    const { id } = await this.made("POST /v1/sessions", host, { type, private: /private/.test(kind) });
    if (type !== "toy") return id;
    await this.sit(host, id, caller.column === "gm" ? "gm" : "player");
    if (caller.column === "spectator") await this.sit(caller.player!, id, "spectator");
    if (caller.column === "other" && /seated/.test(kind)) await this.sit(caller.player!, id, "player");
    return id;
  }

  /** Whose session it is. */
  hostOf({ cast, caller, row: { kind } }: Scene): Player {
    return (caller.column === "gm" && !/custom|player/.test(kind) ? cast.gm : cast.owner).player!;
  }

  /** The game master takes part in it. */
  async campaign({ cast }: Scene): Promise<string> {
    const wish = { name: "The sunken library", members: [cast.gm.player!.accountId] };
    return (await this.made("POST /v1/campaigns", cast.owner.player!, wish)).id;
  }

  /** Whose account, or seat, it is about: in the owner's column the caller's own, else somebody new's. */
  async subject({ cast, caller, row: { kind } }: Scene): Promise<Player> {
    if (/oneself/.test(kind)) return caller.player ?? cast.owner.player!;
    if (/admin|moderator/.test(kind)) return this.people.promoted(/admin/.test(kind) ? "admin" : "moderator");
    return caller.column === "owner" ? caller.player! : this.people.player();
  }
}

/** One cell of the table. */
export interface Scene {
  readonly world: World;
  readonly cast: Cast;
  readonly caller: Caller;
  readonly row: Row;
  /** The caller's user name, where the row needs people with passwords. */
  readonly username: string;
}

/** What a call carries. */
export interface Sent {
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}
