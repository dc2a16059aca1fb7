import type { IncomingHttpHeaders } from "node:http";
import type { ZodType } from "zod";
import type { Permission } from "../accounts/roles.rules.ts";
import type { Principal } from "../accounts/tokens.ts";
import type { ErrorCode } from "../errors.ts";

/** Who may call: anyone, everyone who is signed in (`account`), or those whose role grants a permission. */
export type Access = "anyone" | "account" | Permission;

/** A limit of its own, beside those that hold for every route: so many calls in so many seconds by one address or account. */
export interface CallLimit {
  readonly by: "address" | "account";
  readonly points: number;
  readonly seconds: number;
}

/** One answer an endpoint gives when all is well. */
export interface AnswerSpec {
  readonly description: string;
  /** The JSON body; without it the answer has none. */
  readonly body?: ZodType;
  /** Another media type than JSON: the body is text. */
  readonly mediaType?: string;
  /** Headers besides those that every answer carries, and what they say. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a handler is given: everything is parsed, and whoever calls may call. */
export interface Call<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** Undefined only where the access is `anyone` and no valid token was sent. */
  readonly principal: Principal | undefined;
  /** The version that If-Match names; undefined when the header is absent or `*`, and where `ifMatch` is not declared. */
  readonly ifMatch: number | undefined;
  /** Whether If-None-Match names this version. */
  readonly noneMatch: (version: number) => boolean;
  readonly requestId: string;
  /**
   * Names what a call with an Idempotency-Key makes: the same whenever it is made again, also after the process died
   * in the middle of it. Undefined without such a key.
   */
  readonly effectId: string | undefined;
  /** The caller's address, as far as proxies are trusted. */
  readonly address: string;
  /** For the few endpoints that read cookies or the origin. */
  readonly headers: IncomingHttpHeaders;
  /** True when the caller used TLS, as far as proxies are trusted. */
  readonly secure: boolean;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  /** The body as JSON that is written already, instead of `body`. */
  readonly text?: string;
  /** Becomes the ETag. */
  readonly version?: number;
  /** Unless they say otherwise, no cache keeps the answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** One operation of the API: what validates it is what documents it. */
export interface Endpoint<Params = unknown, Query = unknown, Body = unknown> {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  /** As OpenAPI writes it: `/v1/sessions/{id}`. */
  readonly path: string;
  /** Unique; a generated client's method has this name. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  readonly params?: ZodType<Params>;
  readonly query?: ZodType<Query>;
  readonly body?: ZodType<Body>;
  /** Another media type than JSON that the body may come as, such as `application/merge-patch+json`. */
  readonly bodyType?: string;
  readonly answers: Readonly<Record<number, AnswerSpec>>;
  /** The refusals of its own; those of validation, access and limits are known from the rest. */
  readonly errors?: readonly ErrorCode[];
  /** `required`: 428 without If-Match. */
  readonly ifMatch?: "required" | "optional";
  /**
   * A creating POST: an Idempotency-Key replays the first answer, which is stored: no secret may be in it. What it makes
   * has the call's `effectId`, and whatever has it already is its answer.
   */
  readonly idempotent?: boolean;
  /** Asked by machines at fixed intervals: its calls are limited apart from all others. */
  readonly probe?: boolean;
  readonly limits?: readonly CallLimit[];
  /** Values for which a call by the documentation's reader makes sense; a test calls every operation with them. */
  readonly examples?: { readonly params?: Params; readonly query?: Partial<Query>; readonly body?: unknown };
  handle(call: Call<Params, Query, Body>): Promise<Answer>;
}

/** An endpoint of any shape, for those who mount and document them. */
// biome-ignore lint/suspicious/noExplicitAny: the shapes are known to the endpoint's own handler alone
export type AnyEndpoint = Endpoint<any, any, any>;

/** Gives the handler the types of its own schemas. */
export function defineEndpoint<Params = unknown, Query = unknown, Body = unknown>(
  endpoint: Endpoint<Params, Query, Body>,
): AnyEndpoint {
  return endpoint;
}
