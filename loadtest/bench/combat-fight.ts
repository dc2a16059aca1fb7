import { uuid7 } from "../../src/lib/uuid7.ts";
import type { LeanClient } from "./lean-client.ts";

/** An account may host a hundred. */
const HOSTED = 90;
const JSON_BODY = "Content-Type: application/json";
/** So many hit points that nobody falls as long as a benchmark lasts. */
const ENDLESS = 9999;

export interface Fight {
  readonly id: string;
  /** The game master's, by header. */
  readonly account: string;
  /** The creatures of the seats from 0, as the game master is shown them. */
  readonly creatures: readonly string[];
}

/** Four who stand in a square, two against two, each in the reach of both enemies; then two more a side farther away. */
const PLACES = [
  ...[
    { x: 6, y: 6 },
    { x: 7, y: 6 },
    { x: 6, y: 7 },
    { x: 7, y: 7 },
  ],
  ...[
    { x: 2, y: 2 },
    { x: 19, y: 2 },
    { x: 3, y: 11 },
    { x: 20, y: 11 },
  ],
] as const;

/** Makes fights by the API and begins them; eight creatures each, the first `players` of them players'. */
export class FightMaker {
  readonly #client: LeanClient;
  #accounts: readonly string[] = [];
  #made = 0;

  constructor(client: LeanClient) {
    this.#client = client;
  }

  /** Accounts for so many fights. */
  async signUp(fights: number): Promise<void> {
    const accounts: string[] = [];
    for (let index = 0; index * HOSTED < fights; index++) {
      const body = JSON.stringify({ deviceId: `bench-${index}` });
      const { text } = await this.#client.request("POST", "/v1/auth/guest", [JSON_BODY], body);
      accounts.push(`Authorization: Bearer ${(JSON.parse(text) as { accessToken: string }).accessToken}`);
    }
    this.#accounts = accounts;
  }

  /** A new fight in preparation. */
  async make(players: number): Promise<Fight> {
    const account = this.#accounts[this.#made++ % this.#accounts.length]!;
    const party = PLACES.map((at, index) => {
      const seat = index < players ? { seat: index } : {};
      return { creature: "bridge_warden", side: index % 2, at, ...seat };
    });
    const rules = { turnSeconds: 86_400, windowSeconds: 3600 };
    const wish = { mode: "skirmish", map: "toll_bridge", rules, party };
    const { id, state } = (await this.#post("/v1/combat/sessions", account, wish)) as {
      id: string;
      state: { combatants: { id: string; at: { x: number; y: number } }[] };
    };
    const creatures = PLACES.map(({ x, y }) => state.combatants.find(({ at }) => at.x === x && at.y === y)!.id);
    return { id, account, creatures };
  }

  /** Rolls for everybody, and the first turn has begun. Twice, because the game master's first leaves players theirs. */
  async begin(fight: Fight, players: number): Promise<void> {
    await this.act(fight, "rollInitiative");
    if (players > 0) await this.act(fight, "rollInitiative");
  }

  async strengthen(fight: Fight): Promise<void> {
    for (const combatant of fight.creatures) {
      await this.act(fight, "gm.edit", { combatant, patch: { hp: ENDLESS, maxHp: ENDLESS } });
    }
  }

  async act({ id, account }: Fight, type: string, data = {}): Promise<void> {
    await this.#post(`/v1/combat/sessions/${id}/actions`, account, { id: uuid7(Date.now()), type, data });
  }

  async #post(path: string, account: string, body: object): Promise<unknown> {
    const { status, text } = await this.#client.request("POST", path, [account, JSON_BODY], JSON.stringify(body));
    if (status >= 300) throw new Error(`POST ${path}: ${status} ${text}`);
    return JSON.parse(text);
  }
}
