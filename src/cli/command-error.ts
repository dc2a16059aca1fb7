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
