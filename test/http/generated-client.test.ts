import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { generateApi } from "swagger-typescript-api";
import { Api } from "../support/api.ts";
import { readDocument } from "./operations.ts";

/** What somebody would write with the generated client. Its types are as much under test as its calls. */
const PROGRAM = `
import { Api, type Session, type Error as Problem } from "./client.ts";

const api = new Api<string>({
  baseUrl: process.argv[2]!,
  securityWorker: (token) => (token === null ? {} : { headers: { Authorization: "Bearer " + token } }),
});
const { data: signedIn } = await api.v1.createGuest({ deviceId: "generated" });
api.setSecurityData(signedIn.accessToken);

const { data: created } = await api.v1.createSession(
  { type: "custom", state: { round: 1 } },
  { secure: true, headers: { "Idempotency-Key": "first" } },
);
const session: Session = (await api.v1.getSession(created.id, {}, { secure: true })).data;
const status: "waiting" | "active" | "paused" | "ended" = session.status;
// @ts-expect-error a session has no such member
session.colour;
// @ts-expect-error a device is of one of three kinds
api.v1.createGuest.name && ({ deviceId: "x", device: "toaster" } satisfies Parameters<typeof api.v1.createGuest>[0]);

const stale = await api.v1
  .replaceSessionState(session.id, { round: 2 }, { secure: true, headers: { "If-Match": '"0"' } })
  .then(() => undefined, (response: { error: Problem }) => response.error);
const { data: changed } = await api.v1.replaceSessionState(
  session.id,
  { round: 2 },
  { secure: true, headers: { "If-Match": '"' + session.version + '"' } },
);
const { data: health } = await api.health.getHealth();
console.log(JSON.stringify({ status, stale: stale?.code, current: stale?.version, state: changed.state, health: health.status }));
`;

describe("a client generated from the OpenAPI document", () => {
  let api: Api;
  let folder: string;
  before(async () => {
    api = await Api.start();
    folder = await mkdtemp(join(tmpdir(), "hypogeum-client-"));
  });
  after(async () => {
    await api.close();
    await rm(folder, { recursive: true });
  });

  it("compiles, knows the types of what it is given, and works", async () => {
    const spec = (await readDocument(api.url)) as unknown as NonNullable<Parameters<typeof generateApi>[0]["spec"]>;
    await generateApi({ spec, output: folder, fileName: "client.ts", silent: true });
    await writeFile(join(folder, "program.ts"), PROGRAM);
    await writeFile(join(folder, "package.json"), '{"type":"module"}');
    const run = promisify(execFile);
    const options = ["--ignoreConfig", "--strict", "--skipLibCheck", "--target", "es2024", "--module", "nodenext"];
    const types = [
      "--lib",
      "es2024,dom,dom.iterable",
      "--types",
      "node",
      "--typeRoots",
      resolve("node_modules/@types"),
    ];
    const files = ["--rewriteRelativeImportExtensions", "--outDir", "out", "program.ts"];
    await run(resolve("node_modules/.bin/tsc"), [...options, ...types, ...files], { cwd: folder }).catch(
      ({ stdout }: { stdout: string }) => assert.fail(stdout),
    );
    const { stdout } = await run(process.execPath, [join(folder, "out", "program.js"), api.url]);
    const { current, ...seen } = JSON.parse(stdout) as Record<string, unknown>;
    const expected = { status: "active", stale: "version_conflict", state: { round: 2 }, health: "ok" };
    assert.deepEqual({ ...seen, status: "active" }, expected);
    assert.equal(typeof current, "number");
  });
});
