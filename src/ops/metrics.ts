import { createHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

const PREFIX = "hypogeum_";
const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

export type Metrics = ReturnType<typeof createMetrics>;

/** Everything this process counts, in a registry of its own, so that two servers in one process do not mix. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: PREFIX });

  function counter<const Labels extends string = never>(name: string, help: string, labelNames: Labels[] = []) {
    return new Counter<Labels>({ name: PREFIX + name, help, labelNames, registers });
  }
  /** Read when somebody scrapes, so that it can never drift from what it counts. */
  function gauge(name: string, help: string, read: () => number) {
    new Gauge({
      ...{ name: PREFIX + name, help, registers },
      collect() {
        this.set(read());
      },
    });
  }
  function breakers(name: string, help: string, open: Readonly<Record<string, () => boolean>>) {
    new Gauge({
      ...{ name: PREFIX + name, help, labelNames: ["of"], registers },
      collect() {
        for (const [of, isOpen] of Object.entries(open)) this.set({ of }, Number(isOpen()));
      },
    });
  }
  function seconds<const Labels extends string = never>(name: string, help: string, labelNames: Labels[] = []) {
    return new Histogram<Labels>({ name: PREFIX + name, help, labelNames, buckets: SECONDS, registers });
  }

  const loop = watchEventLoop(registry);
  return {
    registry,
    journalBatches: counter("journal_batches_total", "Batches handed to the journal, by what became of them.", [
      "outcome",
    ]),
    journalEntries: counter("journal_entries_total", "Entries handed to the journal, by what became of them.", [
      "outcome",
    ]),
    journalAppend: seconds("journal_append_seconds", "Time from handing over a batch until it is durable."),
    actions: counter("actions_total", "Actions of players, by outcome code (`ok` or an error code).", ["outcome"]),
    roomFaults: counter("room_faults_total", "Errors thrown inside rooms, by the method that threw.", ["method"]),
    notices: counter("notices_total", "Notices sent to clients, by code.", ["code"]),
    ticks: watchTicks(registry),
    ticksHeld: counter("ticks_held_total", "Ticks that did not run because the journal was too far behind."),
    closes: counter("closes_total", "Real-time connections closed, by close code.", ["code"]),
    matches: counter("matches_total", "Matches found, by queue and by what became of them.", ["queue", "outcome"]),
    matchmakerPass: seconds("matchmaker_pass_seconds", "Time of one pass over the tickets that wait in a queue."),
    rankedSessions: counter("ranked_sessions_total", "Ended sessions that were looked at for ratings, by outcome.", [
      "outcome",
    ]),
    auditDropped: counter("audit_dropped_total", "Audited changes lost because the database was away for too long."),
    breakerRefused: counter(
      "breaker_refused_total",
      "Calls refused because what they need is away, by what that is, and by whether they came while that was known.",
      ["of", "why"],
    ),
    redisMissed: counter("redis_missed_total", "What went on without Redis because it was away, by what needed it.", [
      "part",
    ]),
    takeovers: counter("takeovers_total", "Sessions of dead owners that were looked at, by what became of them.", [
      "outcome",
    ]),
    recovery: seconds("recovery_seconds", "Time to recover a session whose owner died, or lost it."),
    moves: counter("moved_rooms_total", "Rooms that left while this process drained, by what became of them.", [
      "outcome",
    ]),
    freeze: seconds("move_freeze_seconds", "Time for which nobody could act in a room that moved."),
    deposed: counter("deposed_total", "Times this process was declared dead while it lived."),
    blocked: seconds("event_loop_blocked_seconds", "Times for which the event loop stood still, over 200 ms."),
    tunnels: counter("tunnels_total", "Upgrades for rooms of other processes, by what became of them.", ["outcome"]),
    tunnelBytes: counter("tunnel_bytes_total", "Bytes through tunnels that have ended, by direction.", ["direction"]),
    forwards: counter("forwarded_requests_total", "Requests for sessions of other processes, by what became of them.", [
      "outcome",
    ]),
    unhandledRejections: counter("unhandled_rejections_total", "Promises that failed with nobody listening."),
    sessionReads: counter("session_reads_total", "Reads of single sessions, by the tier that answered.", ["tier"]),
    httpRequests: seconds("http_request_seconds", "Time to answer, by route template.", ["route", "method", "status"]),
    /** Gauges of what lives in this process. */
    observe(live: Live): void {
      gauge("sessions_live", "Sessions that this process owns.", live.sessions);
      gauge("rooms_live", "Rooms of this process.", live.rooms);
      gauge("tunnels_open", "Clients passed on to rooms of other processes right now.", live.tunnels);
      gauge("processes_alive", "Processes of the cluster that live, as far as this one knows.", live.processes);
      gauge("clients_connected", "Connected real-time clients.", live.clients);
      if (live.redisUp) gauge("redis_up", "1 while Redis answers this process.", live.redisUp);
      gauge("journal_backlog_batches", "Batches whose fate is not known yet.", live.journalBacklog);
      breakers("breaker_open", "1 while calls are refused because what they need is away, by what that is.", {
        database: live.databaseAway,
      });
    },
    /** Stops watching the event loop. */
    close: () => loop.disable(),
  };
}

/** What the gauges ask at every scrape. */
export interface Live {
  readonly sessions: () => number;
  readonly rooms: () => number;
  readonly clients: () => number;
  readonly journalBacklog: () => number;
  readonly tunnels: () => number;
  readonly processes: () => number;
  /** Whether calls of the database are refused. */
  readonly databaseAway: () => boolean;
  /** 1 or 0; undefined where Redis is not used. */
  readonly redisUp?: (() => number) | undefined;
}

/** What ticks take. Natively: a labelled histogram of the registry would cost a tick more than writing its entry. */
function watchTicks(registry: Registry) {
  const registers = [registry];
  const nanoseconds = createHistogram();
  let count = 0;
  new Gauge({
    ...{ name: `${PREFIX}tick_p99_seconds`, registers },
    help: "99th percentile of what one tick of one real-time room takes, since the last scrape.",
    collect() {
      this.set(nanoseconds.count > 0 ? nanoseconds.percentile(99) / 1e9 : 0);
      nanoseconds.reset();
    },
  });
  new Counter({
    ...{ name: `${PREFIX}ticks_total`, help: "Ticks played by the real-time rooms of this process.", registers },
    collect() {
      this.reset();
      this.inc(count);
    },
  });
  return {
    /** @param ms that the tick took */
    observe(ms: number): void {
      count += 1;
      nanoseconds.record(Math.max(1, Math.round(ms * 1e6)));
    },
  };
}

/** The delay that one turn in a hundred exceeded since the last scrape. */
function watchEventLoop(registry: Registry) {
  const delays = monitorEventLoopDelay({ resolution: 10 });
  delays.enable();
  new Gauge({
    name: `${PREFIX}event_loop_delay_p99_seconds`,
    help: "99th percentile of the event loop's delay since the last scrape.",
    registers: [registry],
    collect() {
      this.set(delays.percentile(99) / 1e9);
      delays.reset();
    },
  });
  return delays;
}
