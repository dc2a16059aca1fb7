import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["src", "rooms", "schema", "web", "loadtest"];
const HARD_LIMIT = 400;
const ROOM_LIMIT = 160;

interface Source {
  readonly file: string;
  readonly lines: number;
  readonly text: string;
  /** What it imports: packages by name, own files by their path from the root. */
  readonly imports: readonly { readonly target: string; readonly typeOnly: boolean }[];
}

const IMPORT = /^\s*(?:import|export)\s+(type\s)?[^"';]*?from\s+"([^"]+)"|^\s*import\s+"([^"]+)"|import\("([^"]+)"\)/gm;

function readSource(file: string): Source {
  const text = readFileSync(join(ROOT, file), "utf8");
  const imports = [...text.matchAll(IMPORT)].map(([, typeOnly, from, bare, dynamic]) => {
    const target = (from ?? bare ?? dynamic)!;
    return { target: target.startsWith(".") ? normalize(join(dirname(file), target)) : target, typeOnly: !!typeOnly };
  });
  return { file, text, imports, lines: text.split("\n").length - 1 };
}

const sources = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readSource(join(folder, file))),
);

type Edge = { readonly file: string; readonly target: string; readonly typeOnly: boolean };
const edges: Edge[] = sources.flatMap(({ file, imports }) => imports.map((edge) => ({ file, ...edge })));

function forbid(rule: string, isBroken: (edge: Edge) => boolean): void {
  it(rule, () => {
    const broken = edges.filter(isBroken).map(({ file, target }) => `${file} -> ${target}`);
    assert.deepEqual(broken, []);
  });
}

const isPackage = (target: string, name: string) => target === name || target.startsWith(`${name}/`);
const isColyseus = (target: string) => /^(@colyseus\/|colyseus($|\/))/.test(target);

describe("architecture", () => {
  it("sees the sources it is there to judge", () => {
    assert.ok(sources.length > 100, `only ${sources.length} files`);
    assert.ok(edges.length > 400, `only ${edges.length} imports`);
    for (const folder of FOLDERS)
      assert.ok(
        sources.some(({ file }) => file.startsWith(`${folder}/`)),
        folder,
      );
  });

  forbid(
    "rules import other rules, the game interface, zod for shapes, and nothing else",
    ({ file, target, typeOnly }) =>
      file.endsWith(".rules.ts") &&
      !target.endsWith(".rules.ts") &&
      target !== "zod" &&
      target !== "src/journal/game.ts" &&
      !typeOnly,
  );
  forbid(
    "only stores and infra/mongo import mongoose",
    ({ file, target }) =>
      isPackage(target, "mongoose") &&
      !file.endsWith(".store.ts") &&
      file !== "src/infra/mongo.ts" &&
      !file.startsWith("loadtest/"),
  );
  forbid(
    "only rooms, infra, ops and the composition root import colyseus on the server",
    ({ file, target }) =>
      file.startsWith("src/") &&
      isColyseus(target) &&
      !/^src\/(infra|ops|client)\//.test(file) &&
      file !== "src/app.ts",
  );
  forbid(
    "the client helper, which runs in browsers, knows the stock SDK, the ids of actions, and nothing of the server",
    ({ file, target }) =>
      file.startsWith("src/client/") &&
      !target.startsWith("src/client/") &&
      target !== "@colyseus/sdk" &&
      target !== "src/lib/uuid7.ts",
  );
  forbid(
    "nothing on the server imports the client helper",
    ({ file, target }) =>
      /^(src|rooms|schema)\//.test(file) && !file.startsWith("src/client/") && target.startsWith("src/client/"),
  );
  forbid(
    "schemas import @colyseus/schema only",
    ({ file, target }) => file.startsWith("schema/") && target !== "@colyseus/schema",
  );
  forbid(
    "the embedded database knows nothing of the product",
    ({ file, target }) =>
      file.startsWith("src/embedded/") &&
      /^(src|rooms|schema|web)\//.test(target) &&
      !target.startsWith("src/embedded/"),
  );
  forbid(
    "only the composition root, the operator's tools and benchmarks open the embedded database",
    ({ file, target }) =>
      target.startsWith("src/embedded/") && !/^(src\/embedded\/|src\/app\.ts|src\/cli|loadtest\/)/.test(file),
  );
  forbid(
    "nothing in src imports rooms but the composition root",
    ({ file, target }) => file.startsWith("src/") && target.startsWith("rooms/") && file !== "src/app.ts",
  );
  forbid(
    "adapters are picked by the composition root, and by benchmarks",
    ({ file, target }) =>
      /\.(memory|redis)\.ts$/.test(target) && file !== "src/app.ts" && !file.startsWith("loadtest/"),
  );
  forbid(
    "the journal knows no sessions, rooms or routes",
    ({ file, target }) => file.startsWith("src/journal/") && /^(src\/(sessions|http|accounts)|rooms)\//.test(target),
  );
  forbid("services know other services by type, unless they are of their own subject", ({ file, target, typeOnly }) => {
    const subject = (path: string) => /^src\/(accounts|sessions)\//.exec(path)?.[1];
    const from = subject(file);
    const isOther = from !== undefined && subject(target) !== undefined && subject(target) !== from;
    return isOther && !typeOnly && !target.endsWith(".rules.ts");
  });

  it("reads the environment in config, for main and the operator's tool only", () => {
    const readers = sources.filter(({ text }) => text.includes("process.env")).map(({ file }) => file);
    const allowed = /^(src\/(main|dev|cli)\.ts|src\/cli\/.*|loadtest\/.*)$/;
    assert.deepEqual(
      readers.filter((file) => !allowed.test(file)),
      [],
    );
  });

  it("keeps rules free of clocks, randomness and transcendental functions [L5] [L6]", () => {
    const impure = /\bDate\b|Math\.(?!sqrt|abs|min|max|floor|imul)\w+|performance\.|setTimeout|process\./;
    const broken = sources.filter(({ file, text }) => file.endsWith(".rules.ts") && impure.test(text));
    assert.deepEqual(
      broken.map(({ file }) => file),
      [],
    );
  });

  it("has no barrels", () => {
    const barrels = sources.filter(({ text }) => /^export \* from/m.test(text) || /\/index\.ts$/.test(text));
    assert.deepEqual(
      barrels.map(({ file }) => file),
      [],
    );
  });

  it(`keeps files under ${HARD_LIMIT} lines, rooms under ${ROOM_LIMIT + 1}, and most of them small`, () => {
    const limit = (file: string) => (file.startsWith("rooms/") ? ROOM_LIMIT : HARD_LIMIT);
    assert.deepEqual(
      sources.filter(({ file, lines }) => lines > limit(file)).map(({ file }) => file),
      [],
    );
    const sorted = sources.map(({ lines }) => lines).sort((a, b) => a - b);
    assert.ok(sorted[Math.floor(sorted.length / 2)]! <= 110, "the median file has grown");
    assert.ok(sorted.filter((lines) => lines > 250).length <= sources.length * 0.03, "too many large files");
  });

  it("keeps a bundled game within 150 lines of rules and room", () => {
    const game = sources.filter(({ file }) => ["src/dice/dice.rules.ts", "rooms/DiceRoom.ts"].includes(file));
    assert.equal(game.length, 2);
    assert.ok(game.reduce((sum, { lines }) => sum + lines, 0) < 150);
  });

  it("has no import cycles", () => {
    const graph = new Map(sources.map(({ file, imports }) => [file, imports.filter(({ typeOnly }) => !typeOnly)]));
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      assert.ok(!path.includes(file), `cycle: ${[...path, file].join(" -> ")}`);
      if (done.has(file)) return;
      for (const { target } of graph.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of graph.keys()) visit(file, []);
  });
});
