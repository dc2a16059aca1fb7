import { startEmbedded } from "../../src/embedded/embedded.ts";
import { type Connection, connectMongo } from "../../src/infra/mongo.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { captureLog } from "../support/http.ts";

export interface TestDatabase {
  readonly connection: Connection;
  close(): Promise<void>;
}

/** A database of its own: on the server that MONGODB_URI names, else on an embedded one in memory. */
export async function openDatabase(): Promise<TestDatabase> {
  const given = process.env.MONGODB_URI;
  const embedded = given === undefined ? await startEmbedded({ dir: ":memory:" }) : undefined;
  const connection = await connectMongo({
    uri: embedded?.uri ?? given ?? "",
    dbName: `test-${uuid7(Date.now())}`,
    log: captureLog().log,
  });
  return {
    connection,
    async close() {
      await connection.dropDatabase();
      await connection.close();
      await embedded?.close();
    },
  };
}
