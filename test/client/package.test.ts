import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ServerProcess } from "../support/server.ts";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TSC = join(ROOT, "node_modules/.bin/tsc");
const CONFIG = {
  compilerOptions: {
    ...{ module: "nodenext", target: "es2022", lib: ["es2022", "dom"], types: ["node"], strict: true },
    // The SDK's own declarations do not compile.
    ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: true },
  },
  files: ["outside.ts"],
};

/** Compiled and run where the package is installed; in this folder there would be nothing to import before a build. */
const PROGRAM = `
import { Client } from "@colyseus/sdk";
import { createHypogeum, type GameRoom, HypogeumError, type Outcome } from "hypogeum/client";

interface State {
  readonly phase: string;
}

const client = createHypogeum({ url: process.argv[2]!, deviceId: "outside", device: "desktop" });
const room: GameRoom<State> = await client.joinOrCreate<State>("dice", { private: true });
const outcome: Outcome = await room.act("roll");
// @ts-expect-error: the types are there, so a wrong one is an error
const wrong: number = outcome.status;
const refused = await client.joinById("no-such-session").catch((error: unknown) => error instanceof HypogeumError);
console.log(JSON.stringify({ ...outcome, wrong, refused, isSameSdk: client.sdk instanceof Client }));
room.leave();
client.close();
`;

describe("the package, in a folder of somebody else's", function () {
  this.timeout(60_000);
  let folder: string;
  let server: ServerProcess;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "hypogeum-package-"));
    server = await ServerProcess.started();
    await install();
  });
  after(async () => {
    await server?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  /** What `npm install` would do, without a registry: the packed files in their place, and the SDK beside them. */
  async function install(): Promise<void> {
    const packed = await run("npm", ["pack", "--pack-destination", folder], { cwd: ROOT });
    const tarball = join(folder, packed.stdout.trim().split("\n").at(-1)!);
    await mkdir(join(folder, "node_modules/hypogeum"), { recursive: true });
    await run("tar", ["-xzf", tarball, "-C", join(folder, "node_modules/hypogeum"), "--strip-components=1"]);
    for (const name of ["@colyseus", "@types"]) {
      await symlink(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
    }
    await writeFile(join(folder, "outside.ts"), PROGRAM);
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "outside", type: "module" }));
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(CONFIG));
  }

  it("brings `hypogeum/client`, built and typed, beside the one stock SDK", async () => {
    await run(TSC, ["--project", folder]).catch(({ stdout }: { stdout: string }) => assert.fail(stdout));
    const { stdout, stderr } = await run(process.execPath, ["outside.js", server.url], { cwd: folder });
    const { status, code, refused, isSameSdk } = JSON.parse(stdout.trim().split("\n").at(-1)!);
    assert.deepEqual([status, code, refused, isSameSdk], ["rejected", "not_enough_players", true, true], stderr);
  });
});
