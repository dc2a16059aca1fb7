import express, { type Request, type Response } from "express";
import { refusal } from "../errors.ts";
import type { AnyEndpoint } from "./endpoint.ts";

const MAX_BODY_BYTES = 64 * 1024;
/** Deeper than any schema of ours; what reads a body may then recurse. */
const MAX_DEPTH = 32;

export type ReadBody = (req: Request, res: Response) => Promise<unknown>;

/**
 * Reads the JSON body of an endpoint's requests; undefined where there is none. Refuses as `payload_too_large` over
 * 64 KiB, as `malformed_json`, and as `validation_failed` for another media type, a `__proto__` member or deep nesting.
 */
export function bodyReader(endpoint: AnyEndpoint): ReadBody {
  if (endpoint.body === undefined && endpoint.method !== "post") return async () => undefined;
  const types = ["application/json", ...(endpoint.bodyType === undefined ? [] : [endpoint.bodyType])];
  // Not strict: a bare `5` is valid JSON of the wrong shape, and the schemas say so better.
  const parse = express.json({ limit: MAX_BODY_BYTES, strict: false, type: types });
  return async (req, res) => {
    if (endpoint.body !== undefined && sendsOther(req, types)) {
      throw refusal("validation_failed", undefined, [
        { path: "Content-Type", message: `must be ${types.join(" or ")}` },
      ]);
    }
    await new Promise<void>((done, fail) => parse(req, res, (error?: unknown) => (error ? fail(error) : done())));
    // The parser passes over a request whose connection is gone, and nothing is not what its sender wished for.
    if (endpoint.body !== undefined && req.body === undefined && announcesBody(req)) throw refusal("malformed_json");
    refuseHostile(req.body, 0);
    return req.body;
  };
}

function sendsOther(req: Request, types: readonly string[]): boolean {
  return req.get("Content-Length") !== "0" && req.is([...types]) === false;
}

function announcesBody(req: Request): boolean {
  return req.get("Transfer-Encoding") !== undefined || (req.get("Content-Length") ?? "0") !== "0";
}

/** Copying such a member with `=` would set a prototype instead, in our code or in a library's. */
function refuseHostile(value: unknown, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  if (depth === MAX_DEPTH) throw refusal("validation_failed", `The body is nested deeper than ${MAX_DEPTH} levels.`);
  if (Object.hasOwn(value, "__proto__")) throw refusal("validation_failed", "No member may be named __proto__.");
  for (const member of Object.values(value)) refuseHostile(member, depth + 1);
}
