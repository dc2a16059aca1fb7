import { spawn } from "node:child_process";
import { buildPage } from "../web/build.ts";

/*
 * `npm run dev`: the page built once, then the server, restarted whenever a file it loaded changes, with Colyseus's
 * playground at /playground.
 */
await buildPage();
const server = spawn(process.execPath, ["--watch", "--watch-preserve-output", "src/main.ts"], {
  stdio: "inherit",
  env: { ...process.env, NODE_ENV: "development", HYPOGEUM_DEV: "1" },
});
server.on("exit", (code) => process.exit(code ?? 0));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => server.kill(signal));
