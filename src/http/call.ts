import type { Request } from "express";
import type { ZodType } from "zod";
import type { Principal } from "../accounts/tokens.ts";
import { refusal } from "../errors.ts";
import type { AnyEndpoint, Call } from "./endpoint.ts";
import { requestIdOf } from "./request-id.ts";

/** Enough to fix a form with; a hostile body could have thousands. */
const MAX_ERRORS = 20;
const VERSION_TAG = /^(?:W\/)?"(\d{1,15})"$/;

/** What the endpoint's handler is given; refuses as `validation_failed` or `precondition_required`. */
export function readCall(
  req: Request,
  endpoint: AnyEndpoint,
  body: unknown,
  principal: Principal | undefined,
): Call<unknown, unknown, unknown> {
  return {
    params: parse(endpoint.params, req.params),
    query: parse(endpoint.query, req.query),
    // The schemas tell "a field is missing" better than "there is no body".
    body: parse(endpoint.body, body ?? {}),
    principal,
    ifMatch: endpoint.ifMatch === undefined ? undefined : readIfMatch(req, endpoint.ifMatch === "required"),
    noneMatch: (version) => names(req.get("If-None-Match"), version),
    requestId: requestIdOf(req),
    effectId: undefined,
    address: req.ip ?? "",
    headers: req.headers,
    secure: req.secure,
  };
}

function parse<T>(schema: ZodType<T> | undefined, value: unknown): T | undefined {
  const parsed = schema?.safeParse(value);
  if (parsed === undefined || parsed.success) return parsed?.data;
  const errors = parsed.error.issues.slice(0, MAX_ERRORS).map((issue) => ({
    path: issue.path.join("."),
    message: issue.message,
  }));
  throw refusal("validation_failed", undefined, errors);
}

function readIfMatch(req: Request, required: boolean): number | undefined {
  const header = req.get("If-Match")?.trim();
  if (header === undefined && required) throw refusal("precondition_required");
  if (header === undefined || header === "*") return undefined;
  const [, version] = VERSION_TAG.exec(header) ?? [];
  if (version === undefined) {
    throw refusal("validation_failed", undefined, [{ path: "If-Match", message: 'must be one version, such as "7"' }]);
  }
  return Number(version);
}

/**
 * Whether an If-None-Match header names the version. Express's own `req.fresh` also looks at Cache-Control, and `fetch`
 * sends `no-cache` with every conditional request.
 */
function names(header: string | undefined, version: number): boolean {
  const tags = (header ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(`"${version}"`) || tags.includes("*");
}
