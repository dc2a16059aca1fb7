import assert from "node:assert/strict";
import { CALLS, WITH_PASSWORDS } from "./authorisation-calls.ts";
import { newName } from "./authorisation-people.ts";
import { COLUMNS, type Column, cellOf, ROWS, type Row } from "./authorisation-table.ts";
import { World } from "./authorisation-world.ts";
import { type Operation, operationsOf, readDocument } from "./operations.ts";

describe("authorisation", () => {
  let world: World;
  let operations: ReadonlyMap<string, Operation>;
  before(async () => {
    world = await World.start();
    const all = operationsOf(await readDocument(world.api.url));
    operations = new Map(all.map((operation) => [`${operation.method} ${operation.path}`, operation]));
  });
  after(() => world.close());

  it("has a row for every operation of the document, and no other", () => {
    assert.deepEqual([...new Set(ROWS.map(({ operation }) => operation))].sort(), [...operations.keys()].sort());
  });

  for (const row of ROWS) {
    it(row.name, async () => assert.deepEqual(await answered(row), row.cells));
  }

  /** What each of the nine is answered. */
  async function answered(row: Row): Promise<Record<Column, string>> {
    const usernames = Object.fromEntries(COLUMNS.map((column) => [column, newName()])) as Record<Column, string>;
    const cast = await world.people.cast(WITH_PASSWORDS.includes(row.operation) ? usernames : undefined);
    const cells = COLUMNS.map(async (column) => {
      const caller = cast[column];
      // Who has no account of its own brings the owner's password.
      const username = usernames[caller.player ? column : "owner"];
      const { path, ...sent } = await CALLS[row.operation]!({ world, cast, caller, row, username });
      const operation = operations.get(row.operation)!;
      const reply = await world.call(`${operation.method} ${path}`, caller, sent);
      assert.ok(operation.responses[reply.status], `${row.name}: ${reply.status} is not documented`);
      return [column, cellOf(reply)] as const;
    });
    return Object.fromEntries(await Promise.all(cells)) as Record<Column, string>;
  }
});
