import { exampleCall, type Operation, urlOf } from "./operations.ts";

/** One request, ready to be sent. */
export interface Shot {
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

const TEXTS = [
  ...[
    "",
    " ",
    "0",
    "-1",
    "1e999",
    "NaN",
    "null",
    "true",
    "[object Object]",
    "../../etc/passwd",
    "%00",
    "\u0000",
    "\ud800",
  ],
  ...["__proto__", "constructor", "prototype", "toString", "$where", "$gt", "a.b", "'; DROP TABLE x", "<script>"],
  ...["x".repeat(300), "é".repeat(100), "😀", "9007199254740993", "01900000-0000-7000-8000-000000000000", "admin"],
];
const VALUES: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    0.5,
    1e308,
    Number.MAX_SAFE_INTEGER,
    [],
    {},
    [[]],
    { $gt: "" },
    { $ne: null },
    { toJSON: 1 },
  ],
];
/** Where JSON.stringify would lose or refuse what a hostile client can write. */
const RAW = [
  ...[
    "",
    "{",
    "[]",
    "null",
    "5",
    '"x"',
    '{"__proto__":{"polluted":1}}',
    '{"constructor":{"prototype":{"polluted":1}}}',
  ],
  ...['{"a":1,"a":2}', `${"[".repeat(2000)}${"]".repeat(2000)}`, "\ufeff{}", '{"a":1e400}', "x".repeat(70_000)],
];
const TOKENS = ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", "x".repeat(5000)];
const TYPES = ["text/plain", "application/xml", "application/merge-patch+json", "application/json; charset=utf-7", "x"];

/** Random calls of the operations of a document: some right, some a little wrong, some hostile. Repeatable by its seed. */
export class Fuzzer {
  readonly #operations: readonly Operation[];
  readonly #ids: readonly string[];
  #state: number;

  constructor(options: { operations: readonly Operation[]; seed: number; ids: readonly string[] }) {
    this.#operations = options.operations;
    this.#ids = options.ids;
    this.#state = options.seed;
  }

  /** @param token a valid one, of somebody who owns nothing */
  next(token: string): Shot {
    const operation = this.#pick(this.#operations);
    const { params, query, headers, body } = exampleCall(operation);
    for (const name of Object.keys(params)) {
      if (this.#chance(0.8)) params[name] = this.#chance(0.7) ? this.#pick(this.#ids) : this.#pick(TEXTS);
    }
    for (const { name, in: place } of operation.parameters ?? []) {
      if (place === "query" && this.#chance(0.4)) query[name] = this.#pick(TEXTS);
    }
    if (this.#chance(0.1)) query[this.#pick(TEXTS)] = this.#pick(TEXTS);
    return {
      path: urlOf(operation.path, params, query) + (this.#chance(0.02) ? "%E0%A4%A" : ""),
      method: operation.method,
      headers: this.#headers(headers, token),
      ...(operation.method === "GET" ? {} : this.#body(body)),
    };
  }

  #headers(given: Record<string, string>, token: string): Record<string, string> {
    const headers: Record<string, string> = { "Content-Type": "application/json", ...given };
    if (this.#chance(0.85)) headers.Authorization = `Bearer ${this.#chance(0.9) ? token : this.#pick(TOKENS)}`;
    if (this.#chance(0.05)) headers["X-Service-Key"] = this.#pick(TOKENS);
    if (this.#chance(0.1)) headers["Content-Type"] = this.#pick(TYPES);
    if (headers["If-Match"])
      headers["If-Match"] = this.#pick(['"1"', '"0"', "*", "W/x", '"1","2"', '"999999999999999"']);
    if (headers["Idempotency-Key"]) headers["Idempotency-Key"] = this.#pick(["a", "b", "with space", `${this.#state}`]);
    if (this.#chance(0.1)) headers.Cookie = `refresh_token=${this.#pick(TOKENS)}; __proto__=1`;
    if (this.#chance(0.1)) headers.Origin = this.#pick(["https://evil.example", "null", "x"]);
    return headers;
  }

  #body(example: unknown): { body?: string } {
    if (this.#chance(0.1)) return { body: this.#pick(RAW) };
    if (example === undefined) return this.#chance(0.8) ? {} : { body: JSON.stringify(this.#value()) };
    return { body: JSON.stringify(this.#chance(0.3) ? example : this.#mutated(example)) };
  }

  #mutated(value: unknown): unknown {
    if (this.#chance(0.15)) return this.#value();
    if (typeof value !== "object" || value === null) return this.#chance(0.4) ? this.#value() : value;
    if (Array.isArray(value)) return value.map((item) => this.#mutated(item));
    const kept = Object.entries(value).filter(() => this.#chance(0.9));
    if (this.#chance(0.15)) kept.push([this.#pick(TEXTS), this.#value()]);
    // Defined, not assigned: a member may be called __proto__.
    return Object.fromEntries(kept.map(([name, member]) => [name, this.#mutated(member)]));
  }

  #value(): unknown {
    if (this.#chance(0.2)) return this.#pick(this.#ids);
    return this.#chance(0.5) ? this.#pick(TEXTS) : this.#pick(VALUES);
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)]!;
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  /** Mulberry32. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
}
