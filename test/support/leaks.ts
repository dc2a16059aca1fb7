import { type FaultCluster, figuresOf } from "./fault-cluster.ts";
import { eventually } from "./server.ts";

/** What must be none when nobody plays, by the metric's name. */
const NONE = ["sessions_live", "rooms_live", "clients_connected", "tunnels_open", "journal_backlog_batches"];
/** What must be as it was, within some: connections and timers of the moment. */
const SAME: readonly (readonly [name: string, slack: number])[] = [
  ["nodejs_active_handles_total", 8],
  ['nodejs_active_resources{type="Timeout"}', 10],
];
/** Longer than the room of an ended session stays for those who look at the result. */
const EMPTY_MS = 50_000;

/** What a cluster keeps when nobody is there. */
export interface Idle {
  /** One map a server, in order. */
  readonly figures: readonly ReadonlyMap<string, number>[];
  readonly channels: number;
  readonly listings: number;
}

export async function idleOf(cluster: FaultCluster): Promise<Idle> {
  const [figures, found] = await Promise.all([
    Promise.all(cluster.servers.map(figuresOf)),
    cluster.redis.ask(async (redis) => ({
      channels: ((await redis.pubsub("CHANNELS")) as unknown[]).length,
      listings: await redis.hlen("roomcaches"),
    })),
  ]);
  return { figures, ...found };
}

/** What is still there after all sessions have ended, and was not there before. Gives it some time to go. */
export async function leaked(cluster: FaultCluster, before: Idle): Promise<string[]> {
  let left: string[] = [];
  const isEmpty = async () => {
    left = differences(before, await idleOf(cluster));
    return left.length === 0;
  };
  await eventually("nothing is left", isEmpty, EMPTY_MS).catch(() => undefined);
  return left;
}

/**
 * Rooms that run and are not listed, or are listed although nobody owns their sessions. The room of an ended session has no
 * owner and stays for those who look at the result: `leaked` finds it if it stays for good.
 */
export async function misListed(cluster: FaultCluster): Promise<string[]> {
  let wrong: string[] = [];
  const isRight = async () => {
    const owned = await cluster.owned();
    const rows = new Set(await cluster.redis.ask((redis) => redis.hkeys("roomcaches")));
    const unowned = [...rows].filter((id) => !owned.has(id));
    const ended = await cluster.endedOf(unowned);
    wrong = [
      ...[...owned.keys()].filter((id) => !rows.has(id)).map((id) => `${id} is not listed`),
      ...unowned.filter((id) => !ended.has(id)).map((id) => `${id} is listed and nobody owns it`),
    ];
    return wrong.length === 0;
  };
  await eventually("all rooms are listed", isRight, EMPTY_MS).catch(() => undefined);
  return wrong;
}

function differences(before: Idle, now: Idle): string[] {
  const found: string[] = [];
  for (const [index, figures] of now.figures.entries()) {
    const expect = (name: string, most: number) => {
      const value = figures.get(`hypogeum_${name}`) ?? 0;
      if (value > most) found.push(`server ${index}: ${name} is ${value}, at most ${most} expected`);
    };
    for (const name of NONE) expect(name, 0);
    for (const [name, slack] of SAME) expect(name, (before.figures[index]!.get(`hypogeum_${name}`) ?? 0) + slack);
  }
  if (now.channels > before.channels) found.push(`${now.channels} channels, ${before.channels} before`);
  if (now.listings > 0) found.push(`${now.listings} rooms are listed`);
  return found;
}
