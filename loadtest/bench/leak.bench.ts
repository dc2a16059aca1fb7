import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const name = "leak";

const CYCLES = 1000;
/** Until then compiled code comes and goes by megabytes; what a table leaves behind would drown in it. */
const WARM_UP = 1000;
const CHILD = fileURLToPath(new URL("../../test/rooms/leak-child.ts", import.meta.url));

/** Tables that are created, played at and left: what of them stays in the heap, after a collection. */
export async function run(): Promise<Record<string, unknown>> {
  const args = ["--expose-gc", CHILD, String(CYCLES), String(WARM_UP)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const left = JSON.parse(stdout.trim().split("\n").at(-1)!) as Record<
    "before" | "after" | "rooms" | "sessions",
    number
  >;
  const grownKb = Math.round((left.after - left.before) / 1024);
  process.stdout.write(`${CYCLES} cycles: heap ${grownKb >= 0 ? "+" : ""}${grownKb} KB after collection\n`);
  process.stdout.write(`rooms left ${left.rooms}, sessions left ${left.sessions}\n`);
  return { cycles: CYCLES, grownKb, rooms: left.rooms, sessions: left.sessions };
}
