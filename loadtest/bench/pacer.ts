import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

/**
 * Open loop: every request is sent when it is due, whatever became of those before it, and `send` is told when that was,
 * by `performance.now()`. Resolves when all are answered, with the seconds that it took.
 */
export async function openLoop(rate: number, seconds: number, send: (due: number) => Promise<void>): Promise<number> {
  const total = Math.round(rate * seconds);
  const running: Promise<void>[] = [];
  const began = performance.now();
  let sent = 0;
  await new Pacer().until(500 / rate, () => {
    const dueBy = Math.min(total, ((performance.now() - began) * rate) / 1000);
    for (; sent < dueBy; sent++) running.push(send(began + (sent * 1000) / rate));
    return sent === total;
  });
  await Promise.all(running);
  return (performance.now() - began) / 1000;
}

/**
 * Ticks from a thread of its own. A timer of the event loop comes a millisecond late, and more when the loop has other
 * work; what an open loop sends late it would count as the server's time.
 */
export class Pacer {
  /** Calls `onTick` every `ms` milliseconds until it says that it is done. */
  async until(ms: number, onTick: () => boolean): Promise<void> {
    const worker = new Worker(new URL(import.meta.url), { workerData: ms });
    await new Promise<void>((done, fail) => {
      worker.once("error", fail);
      worker.on("message", () => {
        if (onTick()) done();
      });
    });
    await worker.terminate();
  }
}

function tickForever(ms: number): never {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (let due = performance.now() + ms; ; due += ms) {
    Atomics.wait(sleeper, 0, 0, Math.max(0, due - performance.now()));
    parentPort!.postMessage(null);
  }
}

if (!isMainThread) tickForever(workerData as number);
