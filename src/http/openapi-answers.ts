import { z } from "zod";
import { ERRORS, type ErrorCode } from "../errors.ts";
import type { AnswerSpec, AnyEndpoint } from "./endpoint.ts";
import type { Components, Part } from "./openapi-schemas.ts";

/** An error as every route answers it. */
const Problem = z
  .looseObject({
    type: z.string().describe("A URN that ends in the code."),
    title: z.string(),
    status: z.int(),
    code: z.string().describe("Stable; a game's own refusals have codes of their own."),
    detail: z.string(),
    requestId: z.string().describe("The X-Request-Id of the answer; logs have it too."),
    retryable: z.boolean().describe("Whether the very same request may succeed later."),
    errors: z
      .array(z.strictObject({ path: z.string(), message: z.string() }))
      .optional()
      .describe("The fields that failed."),
    version: z.int().optional().describe("With `version_conflict`: the current version."),
  })
  .meta({ id: "Error", description: "A problem (RFC 9457)." });

/** Every answer of an endpoint by its status, the refusals included. */
export function answersOf(endpoint: AnyEndpoint, components: Components): Part {
  const answers: Part = {};
  for (const [status, spec] of Object.entries(endpoint.answers)) answers[status] = answerOf(endpoint, spec, components);
  for (const [status, codes] of Map.groupBy(refusalsOf(endpoint), (code) => ERRORS[code].status)) {
    answers[status] = withProblem(answers[status] as Part | undefined, codes, components);
  }
  return answers;
}

function answerOf(endpoint: AnyEndpoint, spec: AnswerSpec, components: Components): Part {
  const { description, body, mediaType, headers } = spec;
  const told = { ...headers, ...(endpoint.idempotent ? { "Idempotency-Replayed": "`true` for a replay." } : {}) };
  const named = Object.entries(told).map(([name, text]) => [name, { description: text, schema: { type: "string" } }]);
  const schema = body === undefined ? { type: "string" } : components.of(body, "output");
  const hasContent = body !== undefined || mediaType !== undefined;
  return {
    description,
    ...(named.length > 0 ? { headers: Object.fromEntries(named) } : {}),
    ...(hasContent ? { content: { [mediaType ?? "application/json"]: { schema } } } : {}),
  };
}

/** The refusals of a status, beside the answer that has the same status, if any. */
function withProblem(answer: Part | undefined, codes: readonly ErrorCode[], components: Components): Part {
  const told = codes.map((code) => `\`${code}\`: ${ERRORS[code].message}`).join(" ");
  const retry = codes.some((code) => ERRORS[code].retryable);
  return {
    description: answer === undefined ? told : `${answer.description} Or ${told}`,
    ...(retry ? { headers: { "Retry-After": { description: "Seconds.", schema: { type: "integer" } } } } : {}),
    content: {
      ...(answer?.content as Part | undefined),
      "application/problem+json": { schema: components.of(Problem, "output") },
    },
  };
}

/** What an endpoint may refuse: its own reasons, and those that follow from what it demands. */
function refusalsOf(endpoint: AnyEndpoint): readonly ErrorCode[] {
  const { params, query, body, access, ifMatch, idempotent, errors = [], method } = endpoint;
  const codes = new Set<ErrorCode>(errors);
  const add = (when: unknown, ...more: ErrorCode[]) => {
    if (when) for (const code of more) codes.add(code);
  };
  const readsBody = body !== undefined || method === "post";
  add(readsBody, "malformed_json", "payload_too_large");
  add(params ?? query ?? ifMatch ?? (readsBody || idempotent), "validation_failed");
  add(access !== "anyone", "unauthorized", "token_expired", "token_revoked", "banned");
  add(access !== "anyone" && access !== "account", "forbidden");
  add(ifMatch === "required", "precondition_required");
  add(ifMatch, "version_conflict");
  add(idempotent, "idempotency_in_progress", "idempotency_conflict");
  add(true, "rate_limited", "internal_error", "unavailable");
  return [...codes];
}
