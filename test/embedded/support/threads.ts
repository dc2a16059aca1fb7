/** Worker threads of this process, seen from outside: the database offers no way to harm it. */
import type { Worker } from "node:worker_threads";

const spawned: Worker[] = [];

process.on("worker", (worker: Worker) => spawned.push(worker));

export function threadsSpawned(): number {
  return spawned.length;
}

/** Ends the youngest thread as a crash would: it gets no chance to say goodbye. */
export function killDatabaseThread(): void {
  void spawned.at(-1)!.terminate();
}
