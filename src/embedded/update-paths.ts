import { type Doc, isDocument, isOperatorDocument } from "./bson.ts";
import { badValue, CommandError } from "./errors.ts";
import { compileFilter, type Predicate } from "./matcher.ts";
import { isArrayIndex } from "./paths.ts";

/** An array may not grow past this by writing to a high index. */
const MAX_PADDING = 1_500_000;
const MAX_SEGMENTS = 100;
/** Names that a plain object inherits: a path through one would not reach a field. */
const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype));

type Container = Doc | unknown[];

/** One concrete place in a document that an update operator changes. Missing parents appear on the first `set`. */
export class Target {
  readonly path: string;
  readonly #root: Doc;
  readonly #segments: string[];

  constructor(root: Doc, segments: string[]) {
    this.#root = root;
    this.#segments = segments;
    this.path = segments.join(".");
  }

  get(): unknown {
    const parent = this.container();
    return parent === undefined ? undefined : (parent as Doc)[this.#last];
  }

  /** The document or array that holds the value; undefined when a parent is missing. */
  container(): Container | undefined {
    let value: unknown = this.#root;
    for (const segment of this.#segments.slice(0, -1)) {
      if (!isContainer(value) || !Object.hasOwn(value, segment)) return undefined;
      value = (value as Doc)[segment];
    }
    if (!isContainer(value)) return undefined;
    return Object.hasOwn(value, this.#last) || !INHERITED.has(this.#last) ? value : undefined;
  }

  /** Throws code 28 when a scalar stands where a document or array would be needed. */
  set(value: unknown): void {
    this.#requireViable();
    let parent: Container = this.#root;
    for (const segment of this.#segments.slice(0, -1)) {
      if ((parent as Doc)[segment] === undefined) write(parent, segment, {});
      parent = (parent as Doc)[segment] as Container;
    }
    write(parent, this.#last, value);
  }

  /** Removes a field; an array element becomes null, so that its neighbours keep their places. */
  remove(): void {
    const parent = this.container();
    if (parent === undefined || this.get() === undefined) return;
    if (Array.isArray(parent)) parent[Number(this.#last)] = null;
    else delete parent[this.#last];
  }

  get #last(): string {
    return this.#segments.at(-1)!;
  }

  #requireViable(): void {
    let value: unknown = this.#root;
    for (const [i, segment] of this.#segments.entries()) {
      if (value === undefined) return;
      if (!isContainer(value) || (Array.isArray(value) && !isArrayIndex(segment))) {
        const parent = this.#segments.slice(0, i).join(".");
        throw new CommandError("PathNotViable", `Cannot create field '${segment}' in element {${parent}: ...}`);
      }
      value = Object.hasOwn(value, segment) ? (value as Doc)[segment] : undefined;
    }
  }
}

function isContainer(value: unknown): value is Container {
  return Array.isArray(value) || isDocument(value);
}

function write(parent: Container, segment: string, value: unknown): void {
  if (!Array.isArray(parent)) {
    parent[segment] = value;
    return;
  }
  const at = Number(segment);
  if (at > parent.length + MAX_PADDING) throw badValue(`can't backfill an array to index ${at}`);
  while (parent.length < at) parent.push(null);
  parent[at] = value;
}

export interface ArrayFilters {
  test(identifier: string): Predicate;
  /** Throws code 9 when a filter was given that no path used. */
  requireAllUsed(): void;
}

/** Compiles `arrayFilters`; the conditions of one identifier belong together. */
export function compileArrayFilters(filters: Doc[] | undefined): ArrayFilters {
  const tests = new Map<string, Predicate>();
  const used = new Set<string>();
  for (const filter of filters ?? []) {
    const identifier = identifierOf(filter);
    if (tests.has(identifier)) {
      throw new CommandError(
        "FailedToParse",
        `Found multiple array filters with the same top-level field name ${identifier}`,
      );
    }
    tests.set(identifier, compileFilter(filter));
  }
  return {
    test(identifier) {
      const test = tests.get(identifier);
      if (!test) throw badValue(`No array filter found for identifier '${identifier}'`);
      used.add(identifier);
      return test;
    },
    requireAllUsed() {
      for (const identifier of tests.keys()) {
        if (used.has(identifier)) continue;
        throw new CommandError(
          "FailedToParse",
          `The array filter for identifier '${identifier}' was not used in the update`,
        );
      }
    },
  };
}

function identifierOf(filter: Doc): string {
  for (const [key, value] of Object.entries(filter)) {
    if (!key.startsWith("$")) return key.split(".")[0]!;
    if (Array.isArray(value) && isDocument(value[0])) return identifierOf(value[0]);
  }
  throw new CommandError("FailedToParse", "Cannot use an expression without a top-level field name in arrayFilters");
}

/** The concrete places a path with `$`, `$[]` or `$[identifier]` means in this document. */
export function targets(doc: Doc, path: string, filter: Doc, filters: ArrayFilters): Target[] {
  const segments = path.split(".");
  if (segments.length > MAX_SEGMENTS) throw badValue("the update path is too long");
  for (const [i, segment] of segments.entries()) checkSegment(path, segment, i);
  return expand(doc, segments, filter, filters).map((concrete) => new Target(doc, concrete));
}

function checkSegment(path: string, segment: string, at: number): void {
  if (segment === "") throw new CommandError("FailedToParse", `The update path '${path}' contains an empty field name`);
  if (INHERITED.has(segment)) throw badValue(`the field name '${segment}' cannot be updated by path`);
  const positional = segment === "$" || /^\$\[\w*\]$/.test(segment);
  if (segment.startsWith("$") && (!positional || at === 0)) {
    throw new CommandError(
      "DollarPrefixedFieldName",
      `The dollar ($) prefixed field '${segment}' in '${path}' is not allowed`,
    );
  }
}

function expand(doc: Doc, segments: string[], filter: Doc, filters: ArrayFilters): string[][] {
  const at = segments.findIndex((segment) => segment.startsWith("$"));
  if (at < 0) return [segments];
  const before = segments.slice(0, at);
  const after = segments.slice(at + 1);
  const items = valueAt(doc, before);
  if (segments[at] === "$") {
    return expand(doc, [...before, String(positionOf(items, before.join("."), filter)), ...after], filter, filters);
  }
  if (!Array.isArray(items)) throw badValue(`The path '${before.join(".")}' must hold an array to apply array updates`);
  const identifier = segments[at]!.slice(2, -1);
  const test = identifier === "" ? null : filters.test(identifier);
  return items.flatMap((item, i) =>
    test === null || test({ [identifier]: item }) ? expand(doc, [...before, String(i), ...after], filter, filters) : [],
  );
}

function valueAt(doc: Doc, segments: string[]): unknown {
  let value: unknown = doc;
  for (const segment of segments) {
    if (!isContainer(value) || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Doc)[segment];
  }
  return value;
}

/** The index of the array element that made the document match. */
function positionOf(items: unknown, field: string, filter: Doc): number {
  const conditions: Doc[] = [];
  conditionsOn(field, filter, conditions);
  if (conditions.length > 0 && Array.isArray(items)) {
    const tests = conditions.map((condition) => compileFilter(condition));
    const wrapped = items.map((item) => wrap(field, item));
    const all = wrapped.findIndex((doc) => tests.every((test) => test(doc)));
    if (all >= 0) return all;
    // Conditions may have been met by different elements; MongoDB then takes one of them.
    for (const test of tests) {
      const one = wrapped.findIndex((doc) => test(doc));
      if (one >= 0) return one;
    }
  }
  throw badValue("The positional operator did not find the match needed from the query.");
}

function conditionsOn(field: string, filter: Doc, out: Doc[]): void {
  for (const [key, condition] of Object.entries(filter)) {
    if (key === "$and" && Array.isArray(condition)) {
      for (const branch of condition) if (isDocument(branch)) conditionsOn(field, branch, out);
    } else if (key === field || key.startsWith(`${field}.`)) {
      const whole = Array.isArray(condition) || (isOperatorDocument(condition) && "$size" in condition);
      if (!whole) out.push({ [key]: condition });
    }
  }
}

function wrap(field: string, item: unknown): Doc {
  return field.split(".").reduceRight<unknown>((inner, segment) => ({ [segment]: inner }), [item]) as Doc;
}
