import { resolve } from "node:path";

/*
 * Runs a program as a member of `npm run cluster`: `node cluster-member.ts <program> [arguments]`.
 *
 * Its standard input is a pipe that the command holds open. When it ends, so does the member, at once: a command that
 * was killed by `kill -9` can tell nobody, and members that went on would keep ports and the data directory. They lose
 * nothing by it that is durable.
 */
const die = () => process.kill(process.pid, "SIGKILL");
process.stdin.once("end", die).once("error", die).resume().unref();

// The program finds its arguments where it looks for them.
process.argv.splice(1, 1);
await import(resolve(process.argv[1]!));
