import { randomBytes } from "node:crypto";
import type { Connection } from "mongoose";
import type { EmbeddedDatabase } from "../../../src/embedded/embedded.ts";
import { connect, open } from "./database.ts";
import { defineModels, type Models } from "./models.ts";

const REAL_MONGODB = process.env.MONGODB_URI;

/** Shown in suite titles, so that a report says what was tested. */
export const BACKEND = REAL_MONGODB ? "MongoDB at MONGODB_URI" : "embedded";

export interface Suite {
  connection: Connection;
  models: Models;
  /** null when the suite runs against a real MongoDB. */
  database: EmbeddedDatabase | null;
  raw: (name: string) => ReturnType<Connection["collection"]>;
}

/** Registers hooks that give the enclosing suite a fresh database, embedded or real, with the models' indexes built. */
export function useDatabase(): Suite {
  const suite = { raw: (name: string) => suite.connection.collection(name) } as Suite;
  let close: () => Promise<void>;

  before(async () => {
    if (REAL_MONGODB) {
      const url = new URL(REAL_MONGODB);
      url.pathname = `/conformance_${randomBytes(6).toString("hex")}`;
      suite.connection = await connect(url.href);
      suite.database = null;
      close = async () => {
        await suite.connection.dropDatabase();
        await suite.connection.close();
      };
    } else {
      const opened = await open();
      suite.connection = opened.connection;
      suite.database = opened.database;
      close = opened.close;
    }
    suite.models = defineModels(suite.connection);
    const { User, Account, Seat, Token } = suite.models;
    await Promise.all([User.init(), Account.init(), Seat.init(), Token.init()]);
  });

  after(() => close());
  return suite;
}

/** Skips what a real MongoDB answers differently, by design. */
export function embeddedOnly(context: Mocha.Context): void {
  if (REAL_MONGODB) context.skip();
}
