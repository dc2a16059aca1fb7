/** Where connections come in: a socket in a private directory, a socket at a path of the owner's, or TCP. */
export type ListenAt =
  | { readonly socketDir: string }
  | { readonly socketFile: string }
  | { readonly host: string; readonly port: number };

/** What the main thread and the database worker say to each other. */
export interface WorkerSettings {
  /** The SQLite file, or ":memory:". */
  file: string;
  synchronous: "FULL" | "NORMAL";
  ttlSweepMs: number;
  listen: ListenAt;
  /** Where the thread keeps its compiled code; null: nowhere. */
  compileCacheDir: string | null;
}

export type WorkerRequest =
  | { id: number; kind: "backup"; file: string }
  | { id: number; kind: "sweep" }
  | { id: number; kind: "stats" }
  | { id: number; kind: "close" };

export interface EmbeddedStats {
  commands: number;
  /** Turns of the event loop that had commands; commands / batches shows how well commits are grouped. */
  batches: number;
  commits: number;
  failedCommits: number;
  /** Commands that took more than 50 ms. */
  slowCommands: number;
  /** Queries that looked at more than 1,000 documents in vain. */
  slowScans: number;
  /** Documents removed by TTL indexes. */
  expired: number;
  cursorsOpen: number;
  connections: number;
  /** Connections refused because as many as may be were open. */
  connectionsRefused: number;
  collections: number;
  fileBytes: number;
}

export type WorkerMessage =
  | { type: "ready"; uri: string }
  | { type: "failed"; inUse: boolean; message: string }
  | { type: "done"; id: number; value: unknown }
  | { type: "error"; id: number; message: string }
  | { type: "log"; level: "info" | "warn" | "error"; message: string; fields: Record<string, unknown> };
