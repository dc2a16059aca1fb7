import { Decimal128, MaxKey, MinKey } from "bson";
import { type Doc, firstKey, isDocument, isOperatorDocument } from "./bson.ts";
import { isPattern } from "./matcher.ts";

export interface Bound {
  value: unknown;
  inclusive: boolean;
}

/** What a filter demands of one field, as far as an index can use it. */
export interface FieldDemand {
  equals?: { value: unknown };
  anyOf?: unknown[];
  low?: Bound;
  high?: Bound;
}

export interface Demands {
  fields: Map<string, FieldDemand>;
  /** Every top-level and `$and` condition, for the question whether a partial index applies. */
  conditions: [field: string, condition: unknown][];
  /** The demands are the whole filter: documents that meet them need no further test. */
  complete: boolean;
}

const MAX_ANY_OF = 1000;

/** Reads the equality, `$in` and range conditions that every matching document must meet. */
export function collectDemands(filter: Doc): Demands {
  const demands: Demands = { fields: new Map(), conditions: [], complete: true };
  collect(filter, demands);
  return demands;
}

function collect(filter: Doc, demands: Demands): void {
  for (const [key, condition] of Object.entries(filter)) {
    if (key === "$and" && Array.isArray(condition)) {
      for (const branch of condition) if (isDocument(branch)) collect(branch, demands);
    } else if (key.startsWith("$")) {
      if (key !== "$comment") demands.complete = false;
    } else {
      demands.conditions.push([key, condition]);
      collectField(key, condition, demands);
    }
  }
}

function collectField(field: string, condition: unknown, demands: Demands): void {
  const demand = demands.fields.get(field) ?? {};
  if (isOperatorDocument(condition) && firstKey(condition) !== "$ref") {
    for (const [op, operand] of Object.entries(condition)) {
      if (!collectOperator(demand, op, operand)) demands.complete = false;
    }
  } else if (!collectOperator(demand, "$eq", condition)) {
    demands.complete = false;
  }
  if (demand.equals || demand.anyOf || demand.low || demand.high) demands.fields.set(field, demand);
}

/** True when the demand says everything that the operator says. */
function collectOperator(demand: FieldDemand, op: string, operand: unknown): boolean {
  if (op === "$in") {
    if (demand.anyOf || !Array.isArray(operand) || operand.length > MAX_ANY_OF) return false;
    if (operand.every(isIndexable)) demand.anyOf = operand;
    return false;
  }
  if (!isIndexable(operand)) return false;
  if (op === "$eq") {
    if (demand.equals) return false;
    demand.equals = { value: operand };
    return operand !== null && !isDocument(operand);
  }
  if (operand === null) return false;
  if ((op === "$gt" || op === "$gte") && !demand.low) demand.low = { value: operand, inclusive: op === "$gte" };
  if ((op === "$lt" || op === "$lte") && !demand.high) demand.high = { value: operand, inclusive: op === "$lte" };
  return false;
}

/** Arrays match element-wise and as a whole, patterns match text, NaN and MinKey/MaxKey compare by rules of their own. */
function isIndexable(value: unknown): boolean {
  if (value === undefined || Array.isArray(value) || isPattern(value)) return false;
  if (value instanceof Decimal128 || value instanceof MinKey || value instanceof MaxKey) return false;
  return !(typeof value === "number" && Number.isNaN(value));
}

/** No document without this field can meet the demand. */
export function excludesMissing(demand: FieldDemand): boolean {
  if (demand.low || demand.high) return true;
  if (demand.equals) return demand.equals.value !== null;
  return demand.anyOf !== undefined && !demand.anyOf.includes(null);
}
