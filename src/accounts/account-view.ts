import { z } from "zod";
import type { AccountDoc } from "./accounts.store.ts";
import { ROLES } from "./roles.rules.ts";

/** An account as its owner sees it. */
export const Account = z
  .strictObject({
    id: z.string(),
    kind: z.enum(["guest", "full"]),
    name: z.string().describe("What others see."),
    username: z.string().nullable(),
    email: z.string().nullable(),
    emailVerified: z.boolean(),
    roles: z.array(z.enum(ROLES)),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "Account", description: "An account as its owner sees it." });

export type Account = z.infer<typeof Account>;

export function toAccount(doc: AccountDoc): Account {
  return {
    ...{ id: doc._id, kind: doc.kind, name: doc.name, username: doc.username, email: doc.email },
    ...{ emailVerified: doc.emailVerifiedAt !== null, roles: [...doc.roles], createdAt: doc.createdAt.toISOString() },
  };
}
