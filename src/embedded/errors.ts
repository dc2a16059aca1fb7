/** MongoDB error codes this server answers with, by the names that drivers show. */
const CODES = {
  BadValue: 2,
  UnknownError: 8,
  FailedToParse: 9,
  TypeMismatch: 14,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  PathNotViable: 28,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  NamespaceExists: 48,
  DollarPrefixedFieldName: 52,
  CommandNotFound: 59,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  CommandNotSupported: 115,
  OperationNotSupportedInTransaction: 263,
  QueryExceededMemoryLimit: 292,
  BSONObjectTooLarge: 10334,
  DuplicateKey: 11000,
  OutOfDiskSpace: 14031,
} as const;

export type CodeName = keyof typeof CODES;

/** A command that was refused: becomes `{ok: 0, code, codeName, errmsg}` or one entry of `writeErrors`. */
export class CommandError extends Error {
  readonly code: number;
  readonly codeName: CodeName;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(codeName: CodeName, message: string, extra: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = "CommandError";
    this.code = CODES[codeName];
    this.codeName = codeName;
    this.extra = extra;
  }
}

/** Refusal of a value or an operator (code 2). */
export function badValue(message: string): CommandError {
  return new CommandError("BadValue", message);
}

/** Refusal of something MongoDB has and this server does not (code 115). */
export function unsupported(what: string): CommandError {
  return new CommandError("CommandNotSupported", `${what} is not supported by the embedded database`);
}

/** A second owner asked for a data directory that is in use. The caller exits with code 70. */
export class DataDirectoryInUse extends Error {
  constructor(dir: string) {
    super(`the data directory ${dir} is in use by another process`);
    this.name = "DataDirectoryInUse";
  }
}
