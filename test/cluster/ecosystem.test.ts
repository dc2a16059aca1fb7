import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { ConfigError, loadConfig } from "../../src/config.ts";
import { freePort } from "../support/server.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CLUSTER = { MONGODB_URI: "mongodb://db.example/", REDIS_URL: "redis://cache.example" };

interface Described {
  readonly script: string;
  readonly interpreter: string;
  readonly exec_mode: string;
  readonly instances: number;
  readonly instance_var: string;
  readonly wait_ready: boolean;
  readonly kill_timeout: number;
  readonly stop_exit_codes: readonly number[];
}

let loads = 0;

/** The description as PM2 loads it under this environment: anew each time. */
async function described(env: NodeJS.ProcessEnv): Promise<Described> {
  const names = ["MONGODB_URI", "REDIS_URL", "DRAIN_SECONDS"];
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) setVariable(name, env[name]);
  try {
    const url = new URL("../../ecosystem.config.js", import.meta.url);
    url.search = String(loads++);
    const { apps } = (await import(url.href)) as { apps: Described[] };
    assert.equal(apps.length, 1);
    return apps[0]!;
  } finally {
    for (const [name, value] of before) setVariable(name, value);
  }
}

function setVariable(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

describe("the description for PM2", () => {
  it("starts the server under Node.js, as processes with ports of their own that PM2 waits for", async () => {
    const { script, interpreter, exec_mode, instance_var, wait_ready, stop_exit_codes } = await described({});
    assert.deepEqual(
      { script, interpreter, exec_mode, instance_var, wait_ready, stop_exit_codes },
      {
        ...{ script: "src/main.ts", interpreter: "node", exec_mode: "fork", instance_var: "NODE_APP_INSTANCE" },
        ...{ wait_ready: true, stop_exit_codes: [70, 78] },
      },
    );
  });

  it("kills no process before its drain is over, whatever DRAIN_SECONDS says", async () => {
    for (const env of [{}, { DRAIN_SECONDS: "" }, { DRAIN_SECONDS: "120" }, { DRAIN_SECONDS: "0" }]) {
      const { kill_timeout } = await described(env);
      assert.ok(kill_timeout > loadConfig(env).drainSeconds * 1000, JSON.stringify(env));
    }
  });

  it("starts one process per core in a cluster, and one alone where the data directory has one owner", async () => {
    assert.equal((await described(CLUSTER)).instances, availableParallelism());
    for (const env of [{}, { MONGODB_URI: CLUSTER.MONGODB_URI }, { REDIS_URL: CLUSTER.REDIS_URL }]) {
      assert.equal((await described(env)).instances, 1);
    }
  });
});

describe("a numbered process", () => {
  it("has the port that many after the first, and any when the first is 0", () => {
    assert.equal(loadConfig({ PORT: "3000", NODE_APP_INSTANCE: "2" }).port, 3002);
    assert.equal(loadConfig({ PORT: "3000", NODE_APP_INSTANCE: "" }).port, 3000);
    assert.equal(loadConfig({ PORT: "0", NODE_APP_INSTANCE: "2" }).port, 0);
    assert.throws(() => loadConfig({ PORT: "65535", NODE_APP_INSTANCE: "1" }), ConfigError);
    assert.throws(() => loadConfig({ NODE_APP_INSTANCE: "first" }), { key: "NODE_APP_INSTANCE" });
  });

  it("is reached by the others at a port that many after the one of the first", () => {
    for (const [address, expected] of [
      ["10.0.0.7:3000", "10.0.0.7:3002"],
      ["[fd00::7]:3000", "[fd00::7]:3002"],
    ]) {
      assert.equal(loadConfig({ INTERNAL_ADDRESS: address, NODE_APP_INSTANCE: "2" }).internalAddress, expected);
      assert.equal(loadConfig({ INTERNAL_ADDRESS: address }).internalAddress, address);
    }
    const tooHigh = { INTERNAL_ADDRESS: "10.0.0.7:65535", NODE_APP_INSTANCE: "1" };
    assert.throws(() => loadConfig(tooHigh), { key: "INTERNAL_ADDRESS" });
  });

  it("says ready by its channel when players may be sent there", async () => {
    const port = await freePort();
    const settings = { PORT: String(port - 1), NODE_APP_INSTANCE: "1", HOST: "127.0.0.1", DATA_DIR: ":memory:" };
    const child = spawn(process.execPath, ["src/main.ts"], {
      ...{ cwd: ROOT, stdio: ["ignore", "ignore", "inherit", "ipc"] },
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...settings },
    });
    const ended = once(child, "exit");
    try {
      // A library of Colyseus says things of its own by the channel.
      const ready = new Promise<string>((said) => {
        child.on("message", (message) => message === "ready" && said(message));
      });
      assert.equal(await Promise.race([ready, ended]), "ready");
      assert.equal((await fetch(`http://127.0.0.1:${port}/ready`)).status, 200);
      child.kill("SIGINT");
      assert.deepEqual(await ended, [0, null]);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
