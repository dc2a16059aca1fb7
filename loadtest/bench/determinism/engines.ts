import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

const run = promisify(execFile);
const ENTRY = fileURLToPath(new URL("replay.ts", import.meta.url));
const CHILD = fileURLToPath(new URL("replay-child.mjs", import.meta.url));
const CHROMIUM = ["chromium", "chromium-browser", "google-chrome"];
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
/** Web Crypto is there for secure origins only, and this one counts as such although nobody serves it. */
const ORIGIN = "http://localhost";

/** Something that runs JavaScript, and what recorded matches come to in it. */
export interface Engine {
  readonly name: string;
  /** One outcome per journal: see `replay`. */
  replay(journals: readonly (readonly string[])[]): Promise<string[]>;
  close(): Promise<void>;
}

/** The rules and the replay as one plain module, the same bytes for every engine. */
export async function bundleReplay(): Promise<string> {
  const { build } = await import("vite"); // takes longer to load than all the rest
  const lib = { entry: ENTRY, formats: ["es" as const] };
  const options = { write: false, minify: false, target: "es2022", lib };
  const built = await build({ configFile: false, logLevel: "silent", build: options });
  const [output] = [built].flat();
  if (!output || !("output" in output)) throw new Error("nothing was built");
  return output.output[0].code;
}

export async function nodeEngine(execPath: string, bundle: string): Promise<Engine> {
  const { stdout: version } = await run(execPath, ["--version"]);
  const dir = mkdtempSync(join(tmpdir(), "hypogeum-replay-"));
  const file = join(dir, "replay.mjs");
  writeFileSync(file, bundle);
  const child = spawn(execPath, [CHILD, pathToFileURL(file).href], { stdio: ["pipe", "pipe", "inherit"] });
  const closed = once(child, "close");
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    name: `Node ${version.trim()}`,
    async replay(journals) {
      const outcomes: string[] = [];
      for (const journal of journals) {
        child.stdin.write(`${JSON.stringify(journal)}\n`);
        const { value } = await answers.next();
        outcomes.push(value ?? `${execPath} ended early`);
      }
      return outcomes;
    },
    async close() {
      child.stdin.end();
      await closed;
      rmSync(dir, { recursive: true });
    },
  };
}

export async function chromiumEngine(executablePath: string, bundle: string): Promise<Engine> {
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  const page = await browser.newPage();
  await page.route("**", (route) =>
    route.request().url().endsWith(".js")
      ? route.fulfill({ contentType: "text/javascript", body: bundle })
      : route.fulfill({ contentType: "text/html", body: "<!doctype html>" }),
  );
  await page.goto(ORIGIN);
  // As text: a compiler would look for this module here.
  const module = await page.evaluateHandle<typeof import("./replay.ts")>(`import("${ORIGIN}/replay.js")`);
  return {
    name: `Chromium ${browser.version()}`,
    async replay(journals) {
      const outcomes: string[] = [];
      for (const journal of journals) outcomes.push(await module.evaluate((it, bodies) => it.replay(bodies), journal));
      return outcomes;
    },
    close: () => browser.close(),
  };
}

/** Another version of Node by its npm package, which npx fetches once. @throws when it cannot be had */
export async function nodeOfNpm(version: number): Promise<string> {
  const { stdout } = await run("npx", ["-y", `node@${version}`, "-p", "process.execPath"]);
  return stdout.trim();
}

/** The machine's own Node, when that is another one than this process. */
export function otherNode(): string | undefined {
  const own = realpathSync(process.execPath);
  return onPath(["node"]).find((path) => !path.includes("node_modules") && realpathSync(path) !== own);
}

export function findChromium(): string | undefined {
  return onPath(CHROMIUM)[0];
}

function onPath(names: readonly string[]): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).filter(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
