// The entry of the database thread is plain JavaScript: a TypeScript entry would load the type stripper into the
// thread before any cache can be switched on. With the cache, the thread starts in half the time and half the memory.
import { enableCompileCache } from "node:module";
import { workerData } from "node:worker_threads";

if (workerData.compileCacheDir !== null) enableCompileCache(workerData.compileCacheDir);
await import("./worker.ts");
