import assert from "node:assert/strict";
import type { Api, Reply } from "../support/api.ts";
import { newPlayer, type Player } from "../support/bots.ts";
import { COLUMNS, type Column } from "./authorisation-table.ts";

const ADMIN = { username: "root", password: "a long enough password" };
export const PASSWORD = "correct horse battery staple";
export const SERVICE_KEY = "k".repeat(32);
export const DICE_SERVICE_KEY = "d".repeat(32);
export const JWT_SECRET = "0123456789abcdef0123456789abcdef";

/** What a server needs to know all of these people. */
export const ENV = {
  ...{ ADMIN_USERNAME: ADMIN.username, ADMIN_PASSWORD: ADMIN.password, JWT_SECRET },
  SERVICE_KEYS: `studio:${SERVICE_KEY},judge@dice:${DICE_SERVICE_KEY}`,
};

/** Somebody who calls: an account, a service, or nobody. */
export interface Caller {
  readonly column: Column;
  readonly player?: Player;
  /** What proves who it is, where that is no access token. */
  readonly headers: Readonly<Record<string, string>>;
}

export type Cast = Readonly<Record<Column, Caller>>;

let names = 0;

/** A user name, and an address, that nobody has. */
export function newName(): string {
  names += 1;
  return `somebody-${names}`;
}

/** Makes people, new ones for every row: what a row does to an account must not show in the next. */
export class People {
  readonly #api: Api;
  readonly #root: Player;

  private constructor(api: Api, root: Player) {
    this.#api = api;
    this.#root = root;
  }

  static async of(api: Api): Promise<People> {
    const { status, body } = await api.call("POST /v1/auth/login", undefined, { ...ADMIN, deviceId: "desk" });
    assert.equal(status, 200);
    return new People(api, { ...(await newPlayer(api.url)), accessToken: body.accessToken });
  }

  /** @param names user names, where everybody shall have a password; by column */
  async cast(names?: Readonly<Record<Column, string>>): Promise<Cast> {
    const callers = COLUMNS.map(async (column) => {
      if (column === "anonymous") return { column, headers: {} };
      if (column === "service") return { column, headers: { "X-Service-Key": SERVICE_KEY } };
      return { column, headers: {}, player: await this.#account(column, names?.[column]) };
    });
    return Object.fromEntries((await Promise.all(callers)).map((caller) => [caller.column, caller])) as unknown as Cast;
  }

  player(): Promise<Player> {
    return newPlayer(this.#api.url, "phone");
  }

  /** An account that has this role besides. */
  async promoted(role: "moderator" | "admin", player?: Player): Promise<Player> {
    const before = player ?? (await this.player());
    await this.asRoot(`PUT /v1/admin/accounts/${before.accountId}/roles`, { roles: ["player", role] });
    // The token of before has the roles of before.
    const given = { refreshToken: before.refreshToken, deviceId: "phone" };
    const { body } = await this.#api.call("POST /v1/auth/refresh", undefined, given);
    before.client.auth.token = body.accessToken;
    return { ...before, accessToken: body.accessToken, refreshToken: body.refreshToken };
  }

  /** The account keeps a token that has not expired. */
  async ban(accountId: string): Promise<void> {
    await this.asRoot(`POST /v1/admin/accounts/${accountId}/ban`, { reason: "cheated" });
  }

  async asRoot(line: string, body?: unknown): Promise<Reply> {
    const reply = await this.#api.call(line, this.#root, body);
    assert.ok(reply.status < 400, `${line}: ${reply.text}`);
    return reply;
  }

  async #account(column: Column, name: string | undefined): Promise<Player> {
    const player = await this.player();
    if (name !== undefined) await this.#name(player, name);
    if (column === "moderator" || column === "admin") return this.promoted(column, player);
    if (column === "banned") await this.ban(player.accountId);
    return player;
  }

  async #name(player: Player, username: string): Promise<void> {
    const login = { username, email: `${username}@example.com`, password: PASSWORD };
    const { status, text } = await this.#api.call("POST /v1/auth/link", player, login);
    assert.equal(status, 200, text);
  }
}
