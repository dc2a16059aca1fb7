import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config.ts";
import { type EmbeddedDatabase, startEmbedded } from "../embedded/embedded.ts";
import { type Connection, connectMongo } from "../infra/mongo.ts";
import { createLogger } from "../log.ts";
import { CommandError, EXIT } from "./command-error.ts";

/**
 * Opens the embedded database for one command. The server must be stopped: the data directory has one owner at a time.
 *
 * @throws CommandError when there is no database, or a server has it
 */
export async function withEmbedded<T>(config: Config, use: (database: EmbeddedDatabase) => Promise<T>): Promise<T> {
  // Opening would create it, and a mistyped directory would then look like an empty database.
  if (!existsSync(join(config.dataDir, "data.sqlite"))) {
    throw new CommandError(EXIT.usage, `there is no database in ${config.dataDir}; DATA_DIR says where to look`);
  }
  const database = await startEmbedded({ dir: config.dataDir }).catch((error: Error) => {
    if (error.name !== "DataDirectoryInUse") throw error;
    throw new CommandError(EXIT.dataDirectoryInUse, `${error.message}; stop the server first`);
  });
  try {
    return await use(database);
  } finally {
    await database.close();
  }
}

/** Connects to wherever the data is, for one command. */
export async function withConnection<T>(config: Config, use: (connection: Connection) => Promise<T>): Promise<T> {
  const { mongodbUri } = config;
  if (mongodbUri === undefined) return withEmbedded(config, ({ uri }) => connected(uri, use));
  return connected(mongodbUri, use);
}

async function connected<T>(uri: string, use: (connection: Connection) => Promise<T>): Promise<T> {
  const log = createLogger({ level: "silent", pretty: false });
  const connection = await connectMongo({ uri, dbName: "hypogeum", log }).catch(() => {
    throw new CommandError(EXIT.broken, "the database does not answer");
  });
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}
