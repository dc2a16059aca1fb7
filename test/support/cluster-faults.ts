import type { FaultCluster, Member } from "./fault-cluster.ts";
import { pause } from "./server.ts";
import type { InsertFate } from "./tcp-proxy.ts";

/** 0 to 1. */
export type Random = () => number;

/**
 * What can happen to a cluster. `kill`: kill -9 of a server. `pause`: SIGSTOP and SIGCONT. `drain`: SIGTERM. `redis-kept`,
 * `redis-lost`: Redis dies and is back with its data or without. `database`: kill -9 of the database. `cut-off`: a server
 * does not reach the database. `lost-replies`: what a server writes arrives, or not, and no answer comes. `cut`: sockets
 * of clients break. `half-open`: they fall silent first.
 */
export const KINDS = [
  ...(["kill", "pause", "drain", "redis-kept", "redis-lost", "database"] as const),
  ...(["cut-off", "lost-replies", "cut", "half-open"] as const),
] as const;
export type Kind = (typeof KINDS)[number];

/** Told in the very moment a process falls that had sessions. */
export type OnStrike = (strike: Strike) => void;

export interface Strike {
  readonly kind: Kind;
  /** Whether the process may settle everything. */
  readonly drained: boolean;
  /** What the process held; those that it kept are taken out when that is known. */
  readonly sessions: ReadonlySet<string>;
}

export interface Blow {
  readonly cluster: FaultCluster;
  /** Whom it hits, if it hits one server. */
  readonly member: Member;
  readonly random: Random;
  /** Resolves at the moment to strike. */
  readonly cue: () => Promise<void>;
  readonly onStrike: OnStrike;
}

const PAUSE_MIN_MS = 1000;
const PAUSE_MAX_MS = 6000;
/** Whoever is connected to a server that stands still learns of it from the balancer, or when it goes on. */
const UNNOTICED_MAX_MS = 4000;
/** When a balancer with health checks gives up a server that does not answer. */
const GIVEN_UP_MS = 2500;
const AWAY_MAX_MS = 3000;
const SILENCE_MAX_MS = 6000;
/** Within this time a server that plays writes something. */
const WRITES_MS = 1500;

/** What each kind does; every one resolves when all that it broke is repaired. */
const BLOWS: Readonly<Record<Kind, (blow: Blow) => Promise<void>>> = {
  kill: (blow) => end(blow, "SIGKILL"),
  drain: (blow) => end(blow, "SIGTERM"),
  pause: freeze,
  "redis-kept": (blow) => restartRedis(blow, "saved"),
  "redis-lost": (blow) => restartRedis(blow, "none"),
  database: restartDatabase,
  "cut-off": cutOff,
  "lost-replies": loseReplies,
  cut: cutSockets,
  "half-open": silenceSockets,
};

export function strikeWith(kind: Kind, blow: Blow): Promise<void> {
  return BLOWS[kind](blow);
}

/** Nothing, when the database is away as well: then nobody asks what was lost. */
function heldBy(cluster: FaultCluster, server: Member["server"]): Promise<Set<string>> {
  return cluster.heldBy(server).catch(() => new Set<string>());
}

async function end({ cluster, member: { server }, random, cue, onStrike }: Blow, signal: "SIGKILL" | "SIGTERM") {
  const drained = signal === "SIGTERM";
  await cue();
  const sessions = await heldBy(cluster, server);
  const { exited } = server;
  server.signal(signal);
  onStrike({ kind: drained ? "drain" : "kill", drained, sessions });
  const { code } = await exited;
  if (drained && code !== 0) throw new Error(`the drain ended with ${code}\n${server.log().slice(-4000)}`);
  await pause(random() * 1000);
  await cluster.restart(server);
}

/** Half of the time the balancer notices, as one with health checks does. */
async function freeze({ cluster, member: { server }, random, cue, onStrike }: Blow): Promise<void> {
  const isNoticed = random() < 0.5;
  const ms = PAUSE_MIN_MS + random() * ((isNoticed ? PAUSE_MAX_MS : UNNOTICED_MAX_MS) - PAUSE_MIN_MS);
  await cue();
  const before = await heldBy(cluster, server);
  server.signal("SIGSTOP");
  const lost = new Set(before);
  onStrike({ kind: "pause", drained: false, sessions: lost });
  await pause(Math.min(ms, GIVEN_UP_MS));
  if (isNoticed && ms > GIVEN_UP_MS) cluster.balancer.giveUp(server.port);
  await pause(Math.max(0, ms - GIVEN_UP_MS));
  server.signal("SIGCONT");
  await server.ready();
  cluster.balancer.include(server.port);
  for (const kept of await heldBy(cluster, server)) lost.delete(kept);
}

async function restartRedis({ cluster: { redis }, random }: Blow, data: "saved" | "none"): Promise<void> {
  if (data === "saved") await redis.save();
  await redis.kill();
  await pause(random() * AWAY_MAX_MS);
  await redis.start(data);
}

async function restartDatabase({ cluster: { database }, random }: Blow): Promise<void> {
  await database.stop("SIGKILL");
  await pause(random() * AWAY_MAX_MS);
  await database.start();
}

async function cutOff({ member: { proxy }, random }: Blow): Promise<void> {
  proxy.cutAll({ refuse: true });
  await pause(random() * AWAY_MAX_MS);
  proxy.heal();
}

async function loseReplies({ member: { proxy }, random }: Blow): Promise<void> {
  const fates: readonly InsertFate[] = ["lose-reply", "silence", "cut"];
  const count = 1 + Math.floor(random() * 4);
  proxy.next(...Array.from({ length: count }, () => fates[Math.floor(random() * fates.length)]!));
  await pause(WRITES_MS);
  proxy.heal();
}

async function cutSockets({ cluster, random }: Blow): Promise<void> {
  const share = 0.2 + random() * 0.8;
  cluster.balancer.cut(() => random() < share);
}

async function silenceSockets({ cluster, random }: Blow): Promise<void> {
  const share = 0.2 + random() * 0.5;
  const breakThem = cluster.balancer.silence(() => random() < share);
  await pause(random() * SILENCE_MAX_MS);
  breakThem();
}
