import { Client, type Room } from "@colyseus/sdk";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { pause } from "./server.ts";
import { type SeenState, Witness } from "./witness.ts";

/** A guest account with the stock SDK signed in to it. */
export interface Player {
  readonly client: Client;
  readonly accountId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly url: string;
}

interface SignedIn extends Pick<Player, "accessToken" | "refreshToken"> {
  readonly account: { readonly id: string };
}

export async function newPlayer(url: string, deviceId = "bot"): Promise<Player> {
  quietSdk();
  const response = await fetch(`${url}/v1/auth/guest`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ deviceId }),
  });
  if (response.status !== 201) throw new Error(`no guest account: ${response.status} ${await response.text()}`);
  const { account, accessToken, refreshToken } = (await response.json()) as SignedIn;
  const client = new Client(url);
  client.auth.token = accessToken;
  return { client, accessToken, refreshToken, accountId: account.id, url };
}

/** What the SDK or its decoder complained about: a state that does not fit, which no healthy server causes. */
export const sdkComplaints: string[] = [];
let quiet = false;

/** Takes the SDK's progress reports off the console, and keeps its complaints. */
function quietSdk(): void {
  if (quiet) return;
  quiet = true;
  for (const method of ["log", "info", "warn", "error"] as const) {
    const write = console[method].bind(console);
    console[method] = (...parts: unknown[]) => {
      const text = parts.map(String).join(" ");
      if (/refId|definition mismatch|not defined|resync/i.test(text)) sdkComplaints.push(text);
      else if (!/^(\[Colyseus|@colyseus\/sdk|Room connection was closed)/.test(text)) write(...parts);
    };
  }
}

/** Which seat the account has in a session, by the API. */
export async function seatOf(player: Player, sessionId: string): Promise<number | null> {
  const session = await getJson(player, `/v1/sessions/${sessionId}`);
  const players = session.players as { seat: number; playerId: string }[];
  return players.find(({ playerId }) => playerId === player.accountId)?.seat ?? null;
}

/** How long a read is tried again that was refused for the moment, in ms. */
const UNAVAILABLE_MS = 5000;

/** Reads, and again while the server says that it is unavailable. */
export async function getJson(
  player: Pick<Player, "url" | "accessToken">,
  path: string,
): Promise<Record<string, unknown>> {
  const headers = { Authorization: `Bearer ${player.accessToken}` };
  const deadline = performance.now() + UNAVAILABLE_MS;
  let response = await fetch(player.url + path, { headers });
  while (response.status === 503 && performance.now() < deadline) {
    await response.arrayBuffer();
    await pause(100);
    response = await fetch(player.url + path, { headers });
  }
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}

export interface Action {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** How long an answer may take before a bot asks again, in ms. */
const ANSWER_MS = 5000;

/** Sends one action and returns its acknowledgement; rejects as the SDK does. */
export function act(room: Room, type: string, data: Record<string, unknown> = {}, id = uuid7(Date.now())) {
  return room.request("act", { id, type, data }, { timeout: ANSWER_MS }) as Promise<{ epoch: number; seq: number }>;
}

/** The code of a refusal, or undefined when it was no refusal but a broken connection. */
export function refusalCode(error: unknown): { code: string; retryable: boolean } | undefined {
  return (error as { reason?: { code: string; retryable: boolean } }).reason;
}

/**
 * A client that plays liar's dice until it is told to stop. Whatever happens to its connection it asks again with the
 * same action id, as the contract tells clients to.
 */
export class Bot {
  readonly player: Player;
  readonly room: Room;
  readonly witness: Witness;
  #stopped = false;
  #playing: Promise<void> = Promise.resolve();

  private constructor(player: Player, room: Room) {
    this.player = player;
    this.room = room;
    this.witness = new Witness(room, player);
  }

  static async join(player: Player, join: (client: Client) => Promise<Room>): Promise<Bot> {
    const bot = new Bot(player, await join(player.client));
    bot.witness.seat = await seatOf(player, bot.room.roomId);
    return bot;
  }

  static async spectate(player: Player, roomId: string): Promise<Bot> {
    return new Bot(player, await player.client.joinById(roomId, { role: "spectator" }));
  }

  /** @param seats how many must sit at the table before it starts; @param thinkMs the most a move may wait */
  play({ seats, thinkMs }: { seats: number; thinkMs: number }): void {
    this.#playing = this.#play(seats, thinkMs);
  }

  /** Resolves when the move at hand has come to its end, or the connection has. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#playing;
  }

  /** Cuts the connection, and makes no attempt to come back. */
  abandon(): void {
    this.#stopped = true;
    this.room.reconnection.enabled = false;
    this.room.reconnection.maxRetries = 0;
    if (this.room.connection.isOpen) this.room.connection.close();
  }

  async #play(seats: number, thinkMs: number): Promise<void> {
    while (!this.#stopped && this.witness.left === null) {
      await pause(1 + Math.random() * thinkMs);
      const action = this.witness.connected && nextMove(this.witness.lastState, this.witness.seat, seats);
      if (action) await this.#act(action);
    }
  }

  async #act(action: Action): Promise<void> {
    const actionId = uuid7(Date.now());
    // Now and then a nervous thumb: the same action twice in one breath must take effect once.
    const copies = Math.random() < 0.05 ? 2 : 1;
    while (this.witness.left === null) {
      const outcomes = await Promise.all(Array.from({ length: copies }, () => this.#attempt(action, actionId)));
      if (outcomes.includes("acknowledged")) return;
      if (!outcomes.includes("unknown")) {
        this.witness.refused.push({ actionId, code: outcomes[0]! });
        return;
      }
      if (this.#stopped && !this.witness.connected) return;
      await pause(25);
    }
  }

  /** What is known of the action now: that it took effect, the code of its refusal, or nothing. */
  async #attempt({ type, data }: Action, actionId: string): Promise<string> {
    if (!this.witness.connected) return "unknown";
    try {
      this.witness.acknowledge({ actionId, type, data, ...(await act(this.room, type, data, actionId)) });
      return "acknowledged";
    } catch (error) {
      const refusal = refusalCode(error);
      return !refusal || refusal.retryable ? "unknown" : refusal.code;
    }
  }
}

/** Bids rise one step at a time, so that a game lasts; sometimes somebody moves out of turn. */
function nextMove(state: SeenState | undefined, seat: number | null, seats: number): Action | undefined {
  if (!state || seat === null) return undefined;
  if (state.phase === "seating") {
    return seat === 0 && Object.keys(state.seats).length === seats ? { type: "roll", data: {} } : undefined;
  }
  if (state.phase === "reveal") return { type: "roll", data: {} };
  if (state.phase !== "bidding") return undefined;
  if (state.turn !== seat && Math.random() > 0.02) return undefined;
  const dice = Object.values(state.seats).reduce((sum, { left }) => sum + left, 0);
  const highest = state.bidCount >= dice && state.bidFace === 6;
  if (highest || (state.bidCount > 0 && Math.random() < 0.01)) return { type: "challenge", data: {} };
  if (state.bidCount === 0) return { type: "bid", data: { count: 1, face: 1 } };
  const raised =
    state.bidFace < 6 ? { count: state.bidCount, face: state.bidFace + 1 } : { count: state.bidCount + 1, face: 1 };
  return { type: "bid", data: raised };
}
