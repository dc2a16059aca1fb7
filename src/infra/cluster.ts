import type { IncomingMessage } from "node:http";
import { hostname } from "node:os";
import type { Application, RequestHandler } from "express";
import { type Config, ConfigError } from "../config.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../log.ts";
import { aloneOwner, type Owners } from "../sessions/owners.ts";
import type { SessionOwnersStore } from "../sessions/session-owners.store.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { Door } from "./colyseus.ts";
import { Drain, type MoveOutcome } from "./drain.ts";
import type { OutputGate } from "./gate.ts";
import { Gateway, type GatewayMetrics } from "./gateway.ts";
import { type Calls, callsHere, clusterCalls } from "./gateway-calls.ts";
import { forwardToOwner } from "./gateway-forward.ts";
import { Hops } from "./gateway-hop.ts";
import { type CallHandler, mountHops } from "./gateway-http.ts";
import { Peers } from "./gateway-peers.ts";
import { Whereabouts } from "./gateway-where.ts";
import type { LeaseStore } from "./lease.store.ts";
import { Lease } from "./lease.ts";
import type { Load, ProcessStore } from "./processes.store.ts";
import { clusterOwners, Membership } from "./processes.ts";
import { type Peer, ProcessWatch } from "./processes-watch.ts";

/** What this process is among others, before it has sessions. */
export interface Cluster {
  readonly owners: Owners;
  /** The cluster's duty of this name. */
  lease(name: string): Pick<Lease, "hold" | "release">;
  /** The doors to the sessions of all processes, now that this one can have some. */
  open(inside: Inside): Doors;
  leave(): Promise<void>;
}

export interface Inside {
  readonly sessions: Sessions;
  readonly addressOf: (request: IncomingMessage) => string;
  /** The session that a path of the API is about. */
  readonly sessionIdOf: (path: string) => string | "new" | undefined;
}

/** How this process leaves the others. */
export interface Leaving {
  /** Whether a room is better left where it is for a moment. */
  readonly isYoung: (sessionId: string) => boolean;
  /** On the monotonic clock: nothing waits any longer. */
  readonly until: number;
  /** Accepts no connection any more; those that stand stay. */
  readonly stopListening: () => void;
}

export interface Doors {
  readonly calls: Calls;
  readonly door: Door;
  readonly tunnels: number;
  /** The processes that live, as this one knows. */
  living(): readonly Peer[];
  /** Passes requests about sessions of others on to them; undefined where there are no others. */
  readonly forward: RequestHandler | undefined;
  /** Before all other routes. */
  mount(app: Application, handlers: Readonly<Record<string, CallHandler>>): void;
  /** Tells the others where this process is to be found. */
  listening(at: Listening): Promise<void>;
  /** A session that was made here goes to its region, if a process there can have it. */
  place(sessionId: string): Promise<void>;
  /** Says that this process is about to stop: what is new goes to others from now on. */
  drain(): Promise<void>;
  /**
   * Gives all sessions to others, leaves the registry and ends the tunnels. Nobody can connect by then: whoever did would be
   * cut off a moment later.
   */
  handOver(leaving: Leaving): Promise<void>;
}

export interface Listening {
  readonly port: number;
  readonly matchmakerId: string;
  readonly load: () => Load;
  /** Told which of the others die from now on; must not throw. */
  readonly onDeath: (name: string) => void;
}

/** One process on a database of its own: its exclusive lock is lease, registry and gate. */
export function aloneCluster(processId: string): Cluster {
  const lease = { hold: async () => 1, release: async () => undefined };
  const doors: Doors = {
    ...{ calls: callsHere, door: (_request, _socket, _head, local) => local(), forward: undefined, tunnels: 0 },
    ...{ living: () => [], mount: () => undefined, listening: async () => undefined },
    ...{ place: async () => undefined, drain: async () => undefined, handOver: async () => undefined },
  };
  return { owners: aloneOwner(processId), lease: () => lease, open: () => doors, leave: async () => undefined };
}

export interface ClusterParts {
  readonly processId: string;
  readonly config: Pick<Config, "region" | "publicAddress" | "internalAddress">;
  readonly processes: ProcessStore;
  readonly leases: LeaseStore;
  readonly sessionOwners: SessionOwnersStore;
  readonly hopKey: Uint8Array;
  readonly gate: OutputGate;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: GatewayMetrics & {
    forwarded(outcome: "answered" | "refused" | "lost"): void;
    deposed(): void;
    moved(outcome: MoveOutcome, seconds: number): void;
  };
  /** Called when the configuration does not fit the cluster that is there. */
  readonly onFatal: (reason: Error) => void;
}

const IDLE: Load = { rooms: 0, clients: 0, sessions: 0 };

/** Enters this process into the registry, and watches the others; the gate is open when this resolves. */
export async function joinCluster(parts: ClusterParts): Promise<Cluster> {
  const { processId, config, processes, leases, sessionOwners, gate, clock, log, metrics, onFatal } = parts;
  const host = hostname();
  const hops = new Hops(parts.hopKey);
  const mayAct = () => gate.isOpen();
  let inside: Inside | undefined;
  let found: Listening | undefined;

  const watch: ProcessWatch = new ProcessWatch({
    ...{ store: processes, selfId: processId, clock, log, mayJudge: mayAct },
    probe: (peer) => peers.probe(peer),
    onDeath: (name) => found?.onDeath(name),
    onBeat(row) {
      if (row.host === host || config.internalAddress !== undefined) return;
      onFatal(new ConfigError("INTERNAL_ADDRESS", "be set when processes of one cluster run on several machines"));
    },
  });
  const owners: Owners = clusterOwners({ membership: () => membership, watch, store: sessionOwners });
  const peers = new Peers({ hops, owners, host });
  const membership: Membership = await Membership.enter({
    ...{ store: processes, gate, log, load: () => found?.load() ?? IDLE },
    identity: {
      ...{ id: processId, region: config.region, host },
      addresses: { public: config.publicAddress ?? null, internal: null },
    },
    onDeposed() {
      metrics.deposed();
      inside?.sessions.discardAll();
    },
  });
  await watch.start();

  function open(opened: Inside): Doors {
    inside = opened;
    const { sessions, addressOf, sessionIdOf } = opened;
    let draining = false;
    const { region } = config;
    const drain = new Drain({
      ...{ sessions, owners, store: sessionOwners, watch, peers, region, clock, log },
      onMoved: (outcome, seconds) => metrics.moved(outcome, seconds),
    });
    const target = () => drain.target();
    const instead = () => (draining ? target() : undefined);
    const where = new Whereabouts({ sessions, store: sessionOwners, owners, watch, instead });
    const reach = { where, watch, peers, hops, owners, clock, log, target, instead };
    const gateway = new Gateway({ ...reach, metrics, addressOf, gate });
    return {
      calls: clusterCalls(reach),
      door: (...upgrade) => gateway.upgrade(...upgrade),
      forward: forwardToOwner({ ...reach, onForward: (outcome) => metrics.forwarded(outcome) }, sessionIdOf),
      living: () => watch.living(),
      get tunnels() {
        return gateway.tunnels;
      },
      mount: (app, handlers) => mountHops(app, { ...{ hops, owners, where, processId, handlers } }),
      async listening(listening) {
        found = listening;
        const { port, matchmakerId } = listening;
        const internal = config.internalAddress ?? `127.0.0.1:${port}`;
        await membership.publish({ internal, matchmakerId });
        // Whoever listened here before does so no more.
        const former = watch.living().filter(({ row }) => row.host === host && row.addresses.internal === internal);
        await Promise.all(former.map(({ name }) => watch.suspect(name)));
      },
      async place(sessionId) {
        const held = sessions.held(sessionId);
        if (held && !held.live.isClosed) await drain.place(held);
      },
      async drain() {
        draining = true;
        await membership.drain();
        // Whoever has come since the last look can take something as well.
        await watch.refresh();
      },
      async handOver({ isYoung, until, stopListening }) {
        await drain.run(isYoung, until);
        // Without it, others find out as they find out about the dead.
        await membership.leave().catch((error: unknown) => log.warn({ error: String(error) }, "left without a word"));
        stopListening();
        await gateway.close(until);
      },
    };
  }

  return {
    ...{ owners, open },
    lease: (name) => new Lease(name, { store: leases, owners, mayAct }),
    async leave() {
      await watch.stop();
      await membership.leave();
    },
  };
}
