import { availableParallelism } from "node:os";

/*
 * For PM2: `pm2 start ecosystem.config.js`, and `pm2 reload ecosystem.config.js --parallel 1` to restart one process
 * after the other. It must run under the Node.js of the server: `npx pm2` does, in the directory of the server.
 */
const { MONGODB_URI, REDIS_URL, DRAIN_SECONDS } = process.env;

/** As src/config.ts has it, which the Node.js that PM2 runs in may be too old to load. */
const drainSeconds = Number(DRAIN_SECONDS || 20);

/** The built-in database has one owner, and processes that share rooms find one another by Redis. */
const isCluster = Boolean(MONGODB_URI && REDIS_URL);

export const apps = [
  {
    name: "hypogeum",
    script: "src/main.ts",
    // By the suffix .ts PM2 would choose bun.
    interpreter: "node",
    // In PM2's own cluster mode all processes share one port: no room could be reached at the process that has it.
    exec_mode: "fork",
    instances: isCluster ? availableParallelism() : 1,
    // Added to PORT by each process.
    instance_var: "NODE_APP_INSTANCE",
    // The process says so when it listens; a restart goes on to the next one then.
    wait_ready: true,
    listen_timeout: 30_000,
    // What is killed earlier than its drain ends leaves its rooms to be recovered, where it could have handed them over.
    kill_timeout: (drainSeconds + 5) * 1000,
    // Bad configuration, and a data directory in use: neither gets better by another start.
    stop_exit_codes: [70, 78],
    exp_backoff_restart_delay: 100,
  },
];
