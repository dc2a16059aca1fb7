import { existsSync } from "node:fs";
import type { Config } from "../config.ts";
import { CommandError, EXIT } from "./command-error.ts";
import { withEmbedded } from "./data.ts";

/**
 * `hypogeum backup <file>`: a consistent copy of the embedded database.
 *
 * @returns the line to print
 */
export async function backup(config: Config, file: string): Promise<string> {
  if (config.mode !== "embedded") {
    throw new CommandError(EXIT.usage, "backup copies the embedded database; MongoDB has its own tools");
  }
  if (existsSync(file)) throw new CommandError(EXIT.usage, `${file} exists; a backup overwrites nothing`);
  await withEmbedded(config, (database) => database.backup(file));
  return `the database in ${config.dataDir} was copied to ${file}`;
}
