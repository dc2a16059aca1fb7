import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUT = join(ROOT, "dist/web");
const HASH_FILE = ".build-hash";
/** Pages measure and move by the very rules of the server; every page talks to it by the client helper. */
const SOURCES = ["web", "schema", "src/arena", "src/combat", "src/client", "src/lib"];
/** Everything that ends up in the bundle, or makes it. */
const PACKAGES = ["vite", "@colyseus/sdk", "@colyseus/schema", "zod"];

/**
 * Builds the pages into `dist/web` unless it is already there, made from the same sources by the same packages.
 *
 * @throws what Vite throws; the former build stays in place then
 */
export async function buildPage(): Promise<"built" | "fresh"> {
  const hash = sourceHash();
  if (builtHash() === hash) return "fresh";
  // Not a static import: loading Vite takes longer than finding out that there is nothing to do.
  const [{ build }, { default: config }] = await Promise.all([import("vite"), import("./vite.config.ts")]);
  // Built beside its place and moved: a server that starts meanwhile must not find half a page.
  const draft = `${OUT}.${process.pid}`;
  try {
    await build({ ...config, build: { ...config.build, outDir: draft } });
    writeFileSync(join(draft, HASH_FILE), hash);
    moveIntoPlace(draft, hash);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return "built";
}

function moveIntoPlace(draft: string, hash: string): void {
  mkdirSync(join(OUT, ".."), { recursive: true });
  rmSync(OUT, { recursive: true, force: true });
  try {
    renameSync(draft, OUT);
  } catch (error) {
    // Another build of the same sources was quicker: its result is as good.
    if (builtHash() !== hash) throw error;
  }
}

function sourceHash(): string {
  const hash = createHash("sha256");
  for (const file of SOURCES.flatMap(filesIn).sort()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update("\0");
  }
  for (const name of PACKAGES) hash.update(`${name}@${versionOf(name)}\0`);
  return hash.digest("hex");
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(ROOT, join(parentPath, name)));
}

function versionOf(name: string): string {
  // Not through the resolver: some packages do not export their manifest.
  const manifest = join(ROOT, "node_modules", name, "package.json");
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}

function builtHash(): string | undefined {
  try {
    return readFileSync(join(OUT, HASH_FILE), "utf8");
  } catch {
    return undefined;
  }
}

async function main(): Promise<void> {
  const startedAt = performance.now();
  const outcome = await buildPage();
  if (outcome === "fresh") return;
  console.log(`pages built into ${relative(ROOT, OUT)} in ${Math.round(performance.now() - startedAt)} ms`);
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    console.error("The pages could not be built:", error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
