import assert from "node:assert/strict";
import { type Connection, createConnection } from "mongoose";
import { startEmbedded } from "../../src/embedded/embedded.ts";

/** What a command of the driver looks for. */
export interface Query {
  readonly collection: string;
  readonly filter: object;
  readonly sort?: object | undefined;
}

export interface Plan {
  readonly stage: string;
  readonly keyPattern: object;
  /** Parts of the index that are read; 0 when it is read whole, for its order. */
  readonly ranges: number;
}

/** A database of its own that notes what it is asked. */
export interface AskedDatabase {
  readonly connection: Connection;
  readonly asked: readonly Query[];
  close(): Promise<void>;
}

export async function askedDatabase(): Promise<AskedDatabase> {
  const embedded = await startEmbedded({ dir: ":memory:" });
  const connection = await createConnection(embedded.uri, { dbName: "hypogeum", monitorCommands: true }).asPromise();
  const asked: Query[] = [];
  connection.getClient().on("commandStarted", ({ command }) => asked.push(...queriesOf(command)));
  return {
    ...{ connection, asked },
    async close() {
      await connection.close();
      await embedded.close();
    },
  };
}

export async function planOf(connection: Connection, { collection, filter, sort }: Query): Promise<Plan> {
  const find = { find: collection, filter, ...(sort ? { sort } : {}) };
  const explained = await connection.db!.command({ explain: find, verbosity: "queryPlanner" });
  return explained.queryPlanner.winningPlan as Plan;
}

/** Fails on a query that is not served by an index which begins with something it names, so that the search is narrow. */
export async function assertServed(connection: Connection, asked: readonly Query[]): Promise<void> {
  for (const query of asked) {
    const plan = await planOf(connection, query);
    const { stage, keyPattern = {}, ranges } = plan;
    // Every session is private or not: to know which narrows nothing.
    const named = Object.keys(query.filter).filter((field) => field !== "private");
    const isNarrow = named.length === 0 || (ranges > 0 && named.includes(Object.keys(keyPattern)[0]!));
    assert.ok(stage === "IXSCAN" && isNarrow, `${JSON.stringify(query)} by ${JSON.stringify(plan)}`);
  }
}

function queriesOf(command: Record<string, unknown>): Query[] {
  const [verb, collection] = Object.entries(command)[0] as [string, string];
  if (verb === "find")
    return [{ collection, filter: command.filter as object, sort: command.sort as object | undefined }];
  if (verb === "findAndModify") return [{ collection, filter: command.query as object }];
  if (verb === "aggregate") return assert.fail("explain this pipeline here as well");
  const statements = (command.updates ?? command.deletes ?? []) as { q: object }[];
  return statements.map(({ q }) => ({ collection, filter: q }));
}
