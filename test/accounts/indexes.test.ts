import assert from "node:assert/strict";
import type { Connection } from "mongoose";
import type { AccountDoc } from "../../src/accounts/accounts.store.ts";
import { identityStores } from "../../src/accounts/identity.ts";
import { ensureIndexes } from "../../src/infra/mongo.ts";
import { sessionPeopleStore } from "../../src/sessions/session-people.store.ts";
import { sessionStore } from "../../src/sessions/sessions.store.ts";
import { type AskedDatabase, askedDatabase, assertServed } from "../support/asked-queries.ts";

describe("queries of identity", () => {
  let database: AskedDatabase;

  before(async () => {
    database = await askedDatabase();
  });
  after(() => database.close());

  it("are served by an index that begins with something they name, every one of them", async () => {
    await runEveryQuery(database.connection);
    const asked = database.asked.filter(({ filter }) => Object.keys(filter).length > 0);
    assert.ok(asked.length >= 20, `only ${asked.length} queries were seen`);
    await assertServed(database.connection, asked);
  });
});

async function runEveryQuery(connection: Connection): Promise<void> {
  const { accounts, loginDocs, familyDocs } = identityStores(connection);
  sessionStore(connection);
  await ensureIndexes(connection);
  const now = new Date();
  const account: AccountDoc = {
    ...{ _id: "a", kind: "guest", name: "Ada", username: null, email: null, emailVerifiedAt: null, password: null },
    ...{ logins: [], roles: ["player"], ban: null, standingAt: now, codes: {}, createdAt: now, lastSeenAt: now },
  };
  await accounts.insert(account);
  await accounts.find("a");
  await accounts.names(["a", "b"]);
  await accounts.identify("a", account);
  await accounts.rename("a", "Ada");
  await accounts.setPassword("a", null, "phc");
  await accounts.setRoles("a", ["player"], now);
  await accounts.setBan("a", null, now);
  await accounts.setCode("a", "reset", { hash: "h", expiresAt: now, triesLeft: 5 });
  await accounts.tryCode("a", "reset", now);
  await accounts.useCode("a", "reset", "h", now);
  await accounts.seen("a", now);
  await accounts.idleGuests(now, 10);
  for await (const _ of accounts.standingsSince(now));
  await accounts.remove("a");

  await loginDocs.claim("name:ada", "a", now);
  await loginDocs.find("name:ada");
  await loginDocs.release("name:ada", "a");
  await loginDocs.releaseAll("a");

  const family = {
    ...{ _id: "f", accountId: "a", deviceId: "d", device: null, salt: "s", generation: 1, rotatedAt: now },
    ...{ createdAt: now, expiresAt: now, revokedAt: null, replaced: false },
  };
  await familyDocs.insert(family);
  await familyDocs.find("f");
  await familyDocs.rotate("f", 1, now, now);
  await familyDocs.ofAccount("a", now, 10);
  await familyDocs.revoke("f", now, now, false);
  await familyDocs.anonymise("a");
  for await (const _ of familyDocs.revokedSince(now));
  await sessionPeopleStore(connection).forget("a", "erased");
}
