import { ConfigError } from "../config.ts";

/** Exit codes: part of the contract with scripts. */
export const EXIT = { ok: 0, broken: 1, usage: 2, dataDirectoryInUse: 70, badConfiguration: 78 } as const;

/** Ends the command with one line on standard error. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, line: string) {
    super(line);
    this.exitCode = exitCode;
  }
}

/** Runs a command to its end, and tells whoever started it by the exit code, and one line, what became of it. */
export async function finish(command: Promise<unknown>): Promise<void> {
  try {
    await command;
  } catch (error) {
    process.stderr.write(`hypogeum: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode;
  return error instanceof ConfigError ? EXIT.badConfiguration : EXIT.broken;
}
