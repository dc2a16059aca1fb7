import { STATUS_CODES } from "node:http";
import type { ErrorRequestHandler, Request, Response } from "express";
import { ERRORS, type FieldError, Refusal, refusal } from "../errors.ts";
import { isUnreachable } from "../infra/mongo.ts";
import type { Logger } from "../log.ts";
import { requestIdOf } from "./request-id.ts";

/** An error as every route answers it (RFC 9457). */
interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly requestId: string;
  readonly retryable: boolean;
  readonly errors?: readonly FieldError[];
  /** What else the refusal tells, such as the current version. */
  readonly [extension: string]: unknown;
}

/** The last middleware: turns whatever was thrown into a problem, and logs what is our fault. */
export function errorHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    const refused = toRefusal(error);
    // A refusal that was meant (starting, draining, overloaded) is no error of ours, and probes ask every second.
    if (refused.status >= 500 && !(error instanceof Refusal)) {
      const about = { requestId: requestIdOf(req), code: refused.code };
      // Nor is a database that is away, of which every request would tell with a stack.
      if (refused.code === "unavailable") log.warn({ ...about, error: String(error) }, "request failed");
      else log.error({ ...about, err: error }, "request failed");
    }
    if (res.headersSent) {
      // The status is out already; cutting the connection is the only way left to say that the body is not whole.
      res.destroy();
      return;
    }
    sendProblem(req, res, refused);
  };
}

/** Answers with `application/problem+json`. */
function sendProblem(req: Request, res: Response, refused: Refusal): void {
  const { status, code } = refused;
  const retryAfter = refused.retryAfter ?? (status === 429 || status === 503 || refused.retryable ? 1 : undefined);
  if (retryAfter !== undefined && !res.hasHeader("Retry-After")) res.setHeader("Retry-After", retryAfter);
  if (status === 401) res.setHeader("WWW-Authenticate", "Bearer");
  res.setHeader("Cache-Control", "no-store");
  const problem: Problem = {
    ...refused.extra,
    type: `urn:hypogeum:error:${code}`,
    title: titleOf(refused),
    status,
    code,
    detail: refused.message,
    requestId: requestIdOf(req),
    retryable: refused.retryable,
    ...(refused.errors.length > 0 ? { errors: refused.errors } : {}),
  };
  res.status(status).type("application/problem+json").send(JSON.stringify(problem));
}

/** The table's sentence; a game's own codes are not in the table. */
function titleOf({ code, status }: Refusal): string {
  return Object.hasOwn(ERRORS, code)
    ? ERRORS[code as keyof typeof ERRORS].message
    : (STATUS_CODES[status] ?? "Refused");
}

/** What to tell the caller about an error: nothing of its text unless it was written for callers. */
function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (isUnreachable(error)) return refusal("unavailable");
  const { status, type } = error as { status?: unknown; type?: unknown };
  if (type === "entity.parse.failed") return refusal("malformed_json");
  if (type === "entity.too.large") return refusal("payload_too_large");
  if (status === 404) return refusal("not_found");
  if (typeof status === "number" && status >= 400 && status < 500) return refusal("validation_failed");
  return refusal("internal_error");
}
