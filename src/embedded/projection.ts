import { type Doc, isDocument, isEmpty, isOperatorDocument } from "./bson.ts";
import { badValue, unsupported } from "./errors.ts";
import { elementTest } from "./matcher.ts";

export type Projector = (doc: Doc) => Doc;

type Leaf =
  | { kind: "include" }
  | { kind: "exclude" }
  | { kind: "array"; apply: (items: unknown[]) => unknown[] | null };
type Tree = Map<string, Leaf | Tree>;

/**
 * Compiles a find projection: inclusion or exclusion, nested paths, `$slice` and `$elemMatch`.
 * Computed fields and positional `a.$` are refused. Returns null when there is nothing to project.
 */
export function compileProjection(spec: Doc | undefined): Projector | null {
  if (spec === undefined || isEmpty(spec)) return null;
  const tree: Tree = new Map();
  let mode: "include" | "exclude" | null = null;
  for (const [path, value] of Object.entries(spec)) {
    const leaf = toLeaf(path, value);
    if (path !== "_id" && leaf.kind !== "array") {
      if (mode !== null && mode !== leaf.kind) throw badValue("Cannot mix inclusion and exclusion in a projection");
      mode = leaf.kind;
    }
    // An $elemMatch projects its field alone; a $slice by itself keeps the rest.
    if (leaf.kind === "array" && isDocument(value) && "$elemMatch" in value) mode ??= "include";
    addLeaf(tree, path.split("."), leaf);
  }
  const inclusive = (mode ?? modeOfId(tree)) === "include";
  if (inclusive && !tree.has("_id")) tree.set("_id", { kind: "include" });
  return (doc) => project(doc, tree, inclusive);
}

function modeOfId(tree: Tree): "include" | "exclude" {
  const id = tree.get("_id");
  return tree.size === 1 && id && !(id instanceof Map) && id.kind === "include" ? "include" : "exclude";
}

function toLeaf(path: string, value: unknown): Leaf {
  if (path.split(".").includes("$")) throw unsupported(`the positional projection ${path}`);
  if (typeof value === "boolean" || typeof value === "number") return { kind: value ? "include" : "exclude" };
  if (isOperatorDocument(value)) {
    if ("$slice" in value) return { kind: "array", apply: slicer(value.$slice) };
    if ("$elemMatch" in value) {
      const test = elementTest(value.$elemMatch);
      return { kind: "array", apply: (items) => firstMatch(items, test) };
    }
  }
  throw unsupported(`the computed projection of ${path}`);
}

function firstMatch(items: unknown[], test: (value: unknown) => boolean): unknown[] | null {
  const found = items.find((item) => test([item]));
  return found === undefined ? null : [found];
}

function slicer(operand: unknown): (items: unknown[]) => unknown[] {
  if (typeof operand === "number") return (items) => (operand < 0 ? items.slice(operand) : items.slice(0, operand));
  if (!Array.isArray(operand) || operand.length !== 2 || !(Number(operand[1]) > 0)) {
    throw badValue("$slice needs a number, or [skip, limit] with a positive limit");
  }
  const [skip, limit] = operand.map(Number) as [number, number];
  return (items) => {
    const from = skip < 0 ? Math.max(0, items.length + skip) : skip;
    return items.slice(from, from + limit);
  };
}

function addLeaf(tree: Tree, path: string[], leaf: Leaf): void {
  let node = tree;
  for (const segment of path.slice(0, -1)) {
    const next = node.get(segment) ?? new Map();
    if (!(next instanceof Map)) throw badValue(`Path collision at ${path.join(".")}`);
    node.set(segment, next);
    node = next;
  }
  const last = path.at(-1)!;
  if (node.has(last)) throw badValue(`Path collision at ${path.join(".")}`);
  node.set(last, leaf);
}

function project(doc: Doc, tree: Tree, inclusive: boolean): Doc {
  const out: Doc = {};
  for (const key in doc) {
    const node = tree.get(key);
    const value = doc[key];
    if (node === undefined) {
      if (!inclusive) out[key] = value;
    } else if (node instanceof Map) {
      const inner = projectValue(value, node, inclusive);
      if (inner !== undefined) out[key] = inner;
    } else if (node.kind === "include") {
      out[key] = value;
    } else if (node.kind === "array") {
      const items = Array.isArray(value) ? node.apply(value) : value;
      if (items !== null) out[key] = items;
    }
  }
  return out;
}

/** Inclusion drops scalars below a projected path; exclusion keeps them. */
function projectValue(value: unknown, tree: Tree, inclusive: boolean): unknown {
  if (isDocument(value)) return project(value, tree, inclusive);
  if (!Array.isArray(value)) return inclusive ? undefined : value;
  return value.map((item) => projectValue(item, tree, inclusive)).filter((item) => item !== undefined);
}
