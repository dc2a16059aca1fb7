import { type Doc, firstKey, isDocument, isEmpty, isOperatorDocument } from "./bson.ts";
import { badValue, CommandError, unsupported } from "./errors.ts";
import { guarded, mentionedFields, mingo, refuseDecimals, refuseScripts } from "./expressions.ts";
import { compareValues } from "./keystring.ts";
import { isPattern } from "./matcher.ts";
import { OPERATORS } from "./update-operators.ts";
import { type ArrayFilters, compileArrayFilters, type Target, targets } from "./update-paths.ts";

export interface UpdateContext {
  /** The filter that found the document; positional `$` takes its array index from it. */
  filter: Doc;
  arrayFilters?: Doc[] | undefined;
  /** The document is about to be inserted by an upsert. */
  inserting: boolean;
  /** Milliseconds since the epoch, for $currentDate. */
  now: number;
}

const PIPELINE_STAGES = new Set(["$set", "$addFields", "$unset", "$project", "$replaceRoot", "$replaceWith"]);

/**
 * Applies an update to a decoded document and returns the result. The document given may be changed in place,
 * so callers that still need the old one decode it twice. Throws MongoDB's codes: 9, 14, 28, 40, 52, 66, 2.
 */
export function applyUpdate(doc: Doc, update: unknown, context: UpdateContext): Doc {
  if (Array.isArray(update)) return applyPipeline(doc, update);
  if (!isDocument(update)) throw new CommandError("FailedToParse", "an update is a document or a pipeline");
  if (!isOperatorDocument(update)) return replacement(doc, update);
  return applyOperators(doc, update, context);
}

/** Replacements and updates with operators are told apart by the first key, as MongoDB does. */
export function isReplacement(update: unknown): boolean {
  return isDocument(update) && !firstKey(update).startsWith("$");
}

function replacement(doc: Doc, update: Doc): Doc {
  const operator = Object.keys(update).find((key) => key.startsWith("$"));
  if (operator) {
    throw new CommandError(
      "DollarPrefixedFieldName",
      `The dollar ($) prefixed field '${operator}' is not allowed here`,
    );
  }
  if (!("_id" in doc)) return { ...update };
  if ("_id" in update) requireSameId(doc, update._id);
  const { _id, ...rest } = update;
  return { _id: doc._id, ...rest };
}

function requireSameId(doc: Doc, id: unknown): void {
  if (compareValues(doc._id, id) === 0) return;
  const message = "Performing an update on the path '_id' would modify the immutable field '_id'";
  throw new CommandError("ImmutableField", message);
}

function applyPipeline(doc: Doc, pipeline: unknown[]): Doc {
  refuseScripts(pipeline);
  for (const stage of pipeline) {
    const name = isDocument(stage) ? firstKey(stage) : "";
    if (!PIPELINE_STAGES.has(name)) throw unsupported(`the update stage ${name}`);
  }
  refuseDecimals(doc, mentionedFields(pipeline));
  const aggregator = new (mingo().Aggregator)(pipeline as Doc[], { scriptEnabled: false });
  const [result] = guarded(() => aggregator.run<Doc>([doc]));
  if (!isDocument(result)) throw badValue("the update pipeline did not produce a document");
  if (!("_id" in doc)) return result;
  if ("_id" in result) requireSameId(doc, result._id);
  const { _id, ...rest } = result;
  return { _id: doc._id, ...rest };
}

function applyOperators(doc: Doc, update: Doc, context: UpdateContext): Doc {
  const filters = compileArrayFilters(context.arrayFilters);
  const touched = new TouchedPaths();
  const work: { apply: (target: Target) => void; target: Target }[] = [];
  const renames: [string, string][] = [];
  for (const [name, fields] of Object.entries(update)) {
    if (!isDocument(fields))
      throw new CommandError("FailedToParse", `Modifiers operate on fields: ${name} needs a document`);
    for (const [path, operand] of Object.entries(fields)) {
      touched.add(path);
      if (name === "$rename") {
        if (typeof operand !== "string") throw badValue("The 'to' field for $rename must be a string");
        touched.add(operand);
        renames.push([path, operand]);
      } else if (name !== "$setOnInsert" || context.inserting) {
        collectWork(doc, name, path, operand, context, filters, work);
      }
    }
  }
  for (const { apply, target } of work) apply(target);
  for (const [from, to] of renames) rename(doc, from, to);
  filters.requireAllUsed();
  return doc;
}

function collectWork(
  doc: Doc,
  name: string,
  path: string,
  operand: unknown,
  context: UpdateContext,
  filters: ArrayFilters,
  work: { apply: (target: Target) => void; target: Target }[],
): void {
  const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (!operator) throw new CommandError("FailedToParse", `Unknown modifier: ${name}`);
  const apply = operator(operand, { path, now: context.now });
  for (const target of targets(doc, path, context.filter, filters)) {
    if (target.path === "_id" || target.path.startsWith("_id.")) guardId(doc, name, operand, target, context);
    work.push({ apply, target });
  }
}

function guardId(doc: Doc, name: string, operand: unknown, target: Target, context: UpdateContext): void {
  if (target.path === "_id" && (name === "$set" || name === "$setOnInsert")) {
    if (!("_id" in doc) && context.inserting) return;
    requireSameId(doc, operand);
    return;
  }
  throw new CommandError("ImmutableField", `the update on '${target.path}' would modify the immutable field '_id'`);
}

function rename(doc: Doc, from: string, to: string): void {
  if (from === "_id" || to === "_id") throw new CommandError("ImmutableField", "_id cannot be renamed");
  if (from.includes("$") || to.includes("$")) throw badValue("The source and target of $rename may not be positional");
  const none = compileArrayFilters(undefined);
  for (const source of targets(doc, from, {}, none)) {
    if (Array.isArray(source.container())) throw badValue("The source field of $rename cannot be an array element");
    if (source.get() === undefined) continue;
    const value = source.get();
    source.remove();
    for (const destination of targets(doc, to, {}, none)) destination.set(value);
  }
}

/** Refuses two modifiers whose paths are equal or one inside the other (code 40). */
class TouchedPaths {
  readonly #paths = new Set<string>();
  readonly #parents = new Set<string>();

  add(path: string): void {
    const parents: string[] = [];
    for (let dot = path.indexOf("."); dot >= 0; dot = path.indexOf(".", dot + 1)) parents.push(path.slice(0, dot));
    const clash = this.#paths.has(path) || this.#parents.has(path) ? path : parents.find((p) => this.#paths.has(p));
    if (clash !== undefined) {
      const message = `Updating the path '${path}' would create a conflict at '${clash}'`;
      throw new CommandError("ConflictingUpdateOperators", message);
    }
    this.#paths.add(path);
    for (const parent of parents) this.#parents.add(parent);
  }
}

/** The document an upsert starts from: the filter's equality conditions. */
export function upsertBase(filter: Doc): Doc {
  const base: Doc = {};
  const none = compileArrayFilters(undefined);
  for (const [path, value] of equalities(filter)) {
    for (const target of targets(base, path, {}, none)) target.set(value);
  }
  return base;
}

function* equalities(filter: Doc): Iterable<[string, unknown]> {
  for (const [key, condition] of Object.entries(filter)) {
    if (key === "$and" && Array.isArray(condition)) {
      for (const branch of condition) if (isDocument(branch)) yield* equalities(branch);
    } else if (key.startsWith("$") || isPattern(condition)) {
      // Other operators and patterns say nothing about the value to insert.
    } else if (!isOperatorDocument(condition) || isEmpty(condition)) {
      yield [key, condition];
    } else if ("$eq" in condition) {
      yield [key, condition.$eq];
    } else if (Array.isArray(condition.$in) && condition.$in.length === 1 && !isPattern(condition.$in[0])) {
      yield [key, condition.$in[0]];
    }
  }
}
