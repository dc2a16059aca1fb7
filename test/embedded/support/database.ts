import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mongoose from "mongoose";
import { type EmbeddedDatabase, type EmbeddedOptions, startEmbedded } from "../../../src/embedded/embedded.ts";

/** A directory that is removed by `removeDirectories`. */
export function temporaryDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), "embedded-test-"));
  directories.push(dir);
  return dir;
}

const directories: string[] = [];

export function removeDirectories(): void {
  for (const dir of directories.splice(0)) rmSync(dir, { recursive: true, force: true });
}

export async function connect(uri: string): Promise<mongoose.Connection> {
  return mongoose.createConnection(uri, { serverSelectionTimeoutMS: 3000 }).asPromise();
}

export interface Opened {
  database: EmbeddedDatabase;
  connection: mongoose.Connection;
  close: () => Promise<void>;
}

/** An embedded database in memory (or `options.dir`) with one mongoose connection to it. */
export async function open(options: Partial<EmbeddedOptions> = {}): Promise<Opened> {
  const database = await startEmbedded({ dir: ":memory:", ...options });
  const connection = await connect(`${database.uri}app`);
  const close = async () => {
    await connection.close();
    await database.close();
  };
  return { database, connection, close };
}

/** Polls until `condition` holds. Throws after `deadlineMs`. */
export async function eventually(condition: () => boolean | Promise<boolean>, deadlineMs = 5000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`the condition did not hold within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The error a promise rejects with; fails when it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error("expected a rejection");
}
