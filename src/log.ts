import { type DestinationStream, type Logger, pino } from "pino";
import { build as prettyStream } from "pino-pretty";

export type { Logger };

const REDACTED = "[redacted]";

/** Names of JSON members and of query parameters whose values nobody may read in a log. */
const SECRET_NAME = String.raw`[\w-]*(?:authorization|cookie|token|password|secret|api-?key|service-?key)`;

/** A JSON string. */
const STRING = String.raw`"(?:[^"\\]|\\.)*"`;

const SECRETS: readonly (readonly [RegExp, string])[] = [
  // A member of the log line itself: "accessToken":"...", or a list as Set-Cookie has it, or an object of strings.
  [new RegExp(String.raw`("${SECRET_NAME}":)(?:${STRING}|[[{](?:${STRING}|[^\]}"])*[\]}])`, "gi"), `$1"${REDACTED}"`],
  // Within a text: a member of quoted JSON, and a query parameter.
  [new RegExp(String.raw`(\\"${SECRET_NAME}\\":\s*)\\"(?:[^"\\]|\\[^"])*\\"`, "gi"), `$1\\"${REDACTED}\\"`],
  [new RegExp(String.raw`([?&]${SECRET_NAME}=)[^&\s"\\#]+`, "gi"), `$1${REDACTED}`],
  [/\b(Bearer )[^\s"\\]+/gi, `$1${REDACTED}`],
  // A JWT wherever it stands. The look-behind keeps the search linear in long runs of "eyJ".
  [/(?<![\w-])eyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, REDACTED],
  // The password of an address: mongodb://user:password@host
  [/(:\/\/[^\s:@/"]*:)[^\s@/"]*@/g, `$1${REDACTED}@`],
];

/**
 * A logger of JSON lines, or of pretty ones for people.
 *
 * Secrets are cut out of the finished line. Redacting by paths would miss whatever lies one level deeper than the
 * paths foresee, and everything inside messages, stacks and URLs.
 *
 * @param options.destination where lines go instead of standard output
 */
export function createLogger(options: {
  level: string;
  pretty: boolean;
  destination?: DestinationStream | undefined;
}): Logger {
  const settings = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    hooks: { streamWrite: redact },
  };
  if (!options.pretty) return pino(settings, options.destination ?? standardOutput());
  // In this thread: a worker's transport would lose the last lines before a crash.
  const destination = options.destination ?? pino.destination(1);
  return pino(settings, prettyStream({ destination, sync: true, singleLine: true }));
}

/** A write for every request would cost about as much as the request. */
const BLOCK_BYTES = 8192;
const BLOCK_MS = 50;
const CALM = /^\{"level":"(?:trace|debug|info)"/;

/** Calm lines go out in blocks; what is worse than that goes at once, since it may be the last that is heard. */
function standardOutput(): DestinationStream & { flushSync(): void } {
  const output = pino.destination({ fd: 1, sync: false, minLength: BLOCK_BYTES, periodicFlush: BLOCK_MS });
  return {
    write(line) {
      output.write(line);
      if (!CALM.test(line)) output.flushSync();
    },
    flushSync: () => output.flushSync(),
  };
}

/** The line without the values of secrets. */
export function redact(line: string): string {
  let clean = line;
  for (const [pattern, replacement] of SECRETS) clean = clean.replace(pattern, replacement);
  return clean;
}
