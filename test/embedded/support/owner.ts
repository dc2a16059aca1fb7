/** A process that owns a data directory until it is killed; code 70 when somebody else has it. */

import { DataDirectoryInUse, startEmbedded } from "../../../src/embedded/embedded.ts";
import { connect } from "./database.ts";

try {
  const { uri } = await startEmbedded({ dir: process.argv[2]! });
  const connection = await connect(`${uri}app`);
  await connection.collection("kept").insertOne({ a: 1 });
  process.send?.(uri);
} catch (error) {
  process.exit(error instanceof DataDirectoryInUse ? 70 : 1);
}
