import type { Request } from "express";
import type { ZodType } from "zod";
import { refusal } from "../errors.ts";

/** Enough to fix a form with; a hostile body could have thousands. */
const MAX_ERRORS = 20;

/** The body as the schema gives it back; refuses as `validation_failed` with one error per field. */
export function readBody<T>(req: Request, schema: ZodType<T>): T {
  return read(schema, req.body ?? {});
}

/** The path parameters, likewise. */
export function readParams<T>(req: Request, schema: ZodType<T>): T {
  return read(schema, req.params);
}

/** The query string, likewise; its values arrive as strings, or as lists where a name is repeated. */
export function readQuery<T>(req: Request, schema: ZodType<T>): T {
  return read(schema, req.query);
}

function read<T>(schema: ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.slice(0, MAX_ERRORS).map((issue) => ({
    path: issue.path.join("."),
    message: issue.message,
  }));
  throw refusal("validation_failed", undefined, errors);
}
