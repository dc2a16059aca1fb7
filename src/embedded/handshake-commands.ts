import { MAX_DOCUMENT_BYTES } from "./bson.ts";
import type { Handler } from "./command.ts";

export const MAX_MESSAGE_BYTES = 48_000_000;

const VERSION = [7, 0, 0, 0];

/** A standalone of wire version 21 (MongoDB 7.0): with 25, clients would send the bulkWrite command of MongoDB 8. */
const hello: Handler["run"] = ({ now }) => ({
  helloOk: true,
  ismaster: true,
  isWritablePrimary: true,
  maxBsonObjectSize: MAX_DOCUMENT_BYTES,
  maxMessageSizeBytes: MAX_MESSAGE_BYTES,
  maxWriteBatchSize: 100_000,
  localTime: new Date(now()),
  logicalSessionTimeoutMinutes: 30,
  connectionId: 1,
  minWireVersion: 0,
  maxWireVersion: 21,
  readOnly: false,
  ok: 1,
});

const ok: Handler["run"] = () => ({ ok: 1 });

const buildInfo: Handler["run"] = () => ({
  version: VERSION.slice(0, 3).join("."),
  versionArray: VERSION,
  gitVersion: "embedded",
  modules: [],
  bits: 64,
  maxBsonObjectSize: MAX_DOCUMENT_BYTES,
  ok: 1,
});

const connectionStatus: Handler["run"] = () => ({
  authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] },
  ok: 1,
});

const read = (run: Handler["run"]): Handler => ({ writes: false, run });

export const HANDSHAKE_COMMANDS: Record<string, Handler> = {
  hello: read(hello),
  isMaster: read(hello),
  ismaster: read(hello),
  ping: read(ok),
  endSessions: read(ok),
  buildInfo: read(buildInfo),
  buildinfo: read(buildInfo),
  connectionStatus: read(connectionStatus),
  serverStatus: read((context) => ({ ...context.serverStatus(), ok: 1 })),
};
