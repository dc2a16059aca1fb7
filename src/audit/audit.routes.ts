import { z } from "zod";
import { type AnyEndpoint, defineEndpoint } from "../http/endpoint.ts";
import type { AuditLog } from "./audit.ts";

const Query = z.strictObject({
  actor: z.string().min(1).max(64).optional().describe("The account that did it."),
  subject: z.string().min(1).max(64).optional().describe("The id of what was changed."),
  action: z
    .string()
    .regex(/^[a-z_]+\.[a-z_]+$/)
    .max(64)
    .optional()
    .describe("What happened, such as `session.paused`."),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.uuid().optional().describe("The `nextCursor` of the page before."),
});

const AuditRecord = z
  .strictObject({
    id: z.uuid(),
    at: z.iso.datetime(),
    action: z.string(),
    subject: z.strictObject({ kind: z.string(), id: z.string() }),
    actor: z.strictObject({ accountId: z.string(), deviceId: z.string() }).nullable(),
    requestId: z.string().nullable(),
    before: z.string().nullable().describe("Hash of the subject before the change, where it has a state."),
    after: z.string().nullable(),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  })
  .meta({ id: "AuditRecord", description: "Who changed what, when, on which device." });

/** Reading the audit. */
export function auditEndpoints({ audit }: { audit: AuditLog }): readonly AnyEndpoint[] {
  return [
    defineEndpoint({
      ...{ method: "get", path: "/v1/audit", id: "listAudit", tag: "Audit", access: "audit.read" },
      summary: "List changes of accounts and sessions",
      query: Query,
      answers: {
        200: {
          description: "Newest first.",
          body: z.strictObject({ items: z.array(AuditRecord), nextCursor: z.string().nullable() }),
        },
      },
      examples: { query: { action: "session.created", limit: 10 } },
      async handle({ query: { limit, cursor, ...filter } }) {
        return { status: 200, body: await audit.list(filter, limit, cursor) };
      },
    }),
  ];
}
