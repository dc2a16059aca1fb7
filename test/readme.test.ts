import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { arena } from "../src/arena/arena.rules.ts";
import { combat } from "../src/combat/combat.rules.ts";
import { loadConfig } from "../src/config.ts";
import { dice } from "../src/dice/dice.rules.ts";
import { ERRORS } from "../src/errors.ts";
import { createMetrics } from "../src/ops/metrics.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** The rows of the table between two markers of the README, as cells. */
function rows(marker: string): string[][] {
  const [, body] = new RegExp(`<!-- ${marker} -->\n([\\s\\S]*?)<!-- /${marker} -->`).exec(readme) ?? [];
  assert.ok(body, `README has no ${marker}`);
  return body
    .trim()
    .split("\n")
    .slice(2)
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

describe("README", () => {
  it("lists every error code with its status, close code and message, and no other", () => {
    const expected = Object.entries(ERRORS).map(([code, { status, socket, retryable, message }]) => [
      `\`${code}\``,
      String(status),
      typeof socket === "number" ? String(socket) : "",
      retryable ? "yes" : "",
      message,
    ]);
    assert.deepEqual(rows("errors"), expected);
  });

  it("lists every refusal of the bundled games, and no other", () => {
    const expected = [dice, arena, combat].flatMap(({ id, refusals }) =>
      Object.entries(refusals).map(([code, message]) => [`\`${code}\``, id, message]),
    );
    assert.deepEqual(rows("refusals"), expected);
  });

  it("lists every metric of ours with its help, and no other", async () => {
    const metrics = createMetrics();
    metrics.observe({
      sessions: () => 0,
      rooms: () => 0,
      clients: () => 0,
      journalBacklog: () => 0,
      redisUp: () => 0,
      tunnels: () => 1,
      processes: () => 1,
      databaseAway: () => false,
    });
    const known = await metrics.registry.getMetricsAsJSON();
    metrics.close();
    const ours = known.filter(({ name }) => !/^hypogeum_(process|nodejs)_/.test(name));
    assert.deepEqual(
      rows("metrics"),
      ours.map(({ name, help }) => [`\`${name}\``, help]),
    );
  });

  it("names every variable that the configuration reads", () => {
    const source = readFileSync(new URL("../src/config.ts", import.meta.url), "utf8");
    const [, schema] = /const Environment = z\.object\(\{([\s\S]*?)\n\}\);/.exec(source)!;
    const variables = [...schema!.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name!);
    assert.ok(variables.length > 10);
    const internal = new Set(["HYPOGEUM_DEV"]);
    const missing = variables.filter((name) => !internal.has(name) && !readme.includes(`\`${name}\``));
    assert.deepEqual(missing, []);
  });

  it("tells the defaults that the configuration has", () => {
    const { port, host, dataDir, journalFlushMs, journalTickMs, drainSeconds, accessTokenTtl } = loadConfig({});
    assert.ok(readme.includes(`\`PORT\`, \`HOST\` | ${port}, ${host}`));
    assert.ok(readme.includes(`\`DATA_DIR\` | \`${dataDir}\``));
    assert.ok(readme.includes(`\`JOURNAL_TICK_MS\` | ${journalFlushMs}, ${journalTickMs}`));
    assert.ok(readme.includes(`\`DRAIN_SECONDS\` | ${drainSeconds}`));
    assert.ok(readme.includes(`\`ACCESS_TOKEN_TTL\` | ${accessTokenTtl}`));
  });
});
