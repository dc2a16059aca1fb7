import { createHypogeum, type GameRoom, type Hypogeum, type HypogeumOptions } from "../../src/client/client.ts";
import { eventually, type ServerOptions, ServerProcess } from "../support/server.ts";

/** A server process with the toy game. */
export function toyServer(env: ServerOptions["env"] = {}): Promise<ServerProcess> {
  return ServerProcess.started({ program: "test/client/toy-server.ts", env });
}

/** The SDK tells the console of every attempt to reconnect. */
export function quietSdk(): void {
  for (const method of ["info", "warn"] as const) {
    const write = console[method].bind(console);
    console[method] = (...parts: unknown[]) => {
      if (!/^(\[Colyseus|@colyseus\/sdk|Room connection was closed)/.test(parts.map(String).join(" "))) write(...parts);
    };
  }
}

const open: { close(): void }[] = [];

/** A client that `closeAll` closes. */
export function newClient(options: HypogeumOptions): Hypogeum {
  const client = createHypogeum(options);
  open.push(client);
  return client;
}

export async function entered<State>(joining: Promise<GameRoom<State>>): Promise<GameRoom<State>> {
  const room = await joining;
  open.push(room);
  return room;
}

/** Closes what the tests opened, or the process would not end. */
export function closeAll(): void {
  for (const one of open.splice(0).reverse()) one.close();
}

/** A private table of the toy game with one player. */
export function toyTable(client: Hypogeum): Promise<GameRoom<unknown>> {
  return entered(client.joinOrCreate("toy", { private: true }));
}

export interface JournalEntry {
  readonly seq: number;
  readonly type: string;
  readonly seat?: number | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Everything that happened in the session, by the API, which tells only what is durable. */
export async function journalOf(client: Hypogeum, id: string): Promise<JournalEntry[]> {
  const found: JournalEntry[] = [];
  let cursor: string | null = "0";
  while (cursor !== null) {
    const path: string = `v1/sessions/${id}/events?after=${cursor}&limit=100`;
    const page: { items: JournalEntry[]; nextCursor: string | null } = await client.auth.call({ method: "GET", path });
    found.push(...page.items);
    cursor = page.nextCursor;
  }
  return found;
}

/** How often each `n` took effect in the session. */
export async function effects(client: Hypogeum, id: string, type: string): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for (const entry of await journalOf(client, id)) {
    if (entry.type === type) counts.set(Number(entry.data.n), (counts.get(Number(entry.data.n)) ?? 0) + 1);
  }
  return counts;
}

export function reaches(room: Pick<GameRoom, "connection">, ...states: string[]): Promise<void> {
  return eventually(`the room is ${states.join(" or ")}`, () => states.includes(room.connection.value), 40_000);
}
