const DATABASE_CHECK_MS = 1000;

/** What the operations routes ask the rest of the server. */
export interface HealthSource {
  /** Whether the database answers. */
  database(): Promise<boolean>;
  /** Whether Redis answers; undefined where there is none to answer. */
  readonly redis?: (() => boolean) | undefined;
  /** How many rooms are live. */
  rooms(): number;
  phase(): "starting" | "ready" | "draining";
}

export interface HealthReport {
  readonly status: "ok" | "degraded" | "down";
  readonly checks: {
    readonly database: "ok" | "down";
    readonly redis: "ok" | "down" | "not_used";
    readonly rooms: number;
  };
  /** Seconds since the process started. */
  readonly uptime: number;
  readonly version: string;
}

/**
 * A function that reports the server's health: down without a database, degraded without Redis and while starting or
 * draining.
 */
export function healthReporter(source: HealthSource, version: string): () => Promise<HealthReport> {
  const database = atMostOne(async () => within(source.database(), DATABASE_CHECK_MS));
  return async () => {
    const alive = await database();
    const shared = source.redis === undefined ? "not_used" : source.redis() ? "ok" : "down";
    const settled = source.phase() === "ready" && shared !== "down" ? "ok" : "degraded";
    return {
      status: alive ? settled : "down",
      checks: { database: alive ? "ok" : "down", redis: shared, rooms: source.rooms() },
      uptime: Math.round(process.uptime()),
      version,
    };
  };
}

/** False when the check fails or takes too long. */
async function within(check: Promise<boolean>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((done) => {
    timer = setTimeout(done, milliseconds, false);
  });
  try {
    return await Promise.race([check.catch(() => false), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Callers who come while a check runs share it: probes must not pile up on a database that hangs. */
function atMostOne(check: () => Promise<boolean>): () => Promise<boolean> {
  let running: Promise<boolean> | undefined;
  return () => {
    running ??= check().finally(() => {
      running = undefined;
    });
    return running;
  };
}
