import { connect, createServer } from "node:net";
import { CommandError, EXIT } from "./command-error.ts";

/** How far beyond the first port free ones are looked for. */
const SEARCHED = 100;
const ASK_AGAIN_MS = 50;

/**
 * The first free ports of this machine, in ascending order.
 *
 * @throws CommandError when there are not as many among the next hundred
 */
export async function freePorts(first: number, count: number): Promise<number[]> {
  const found: number[] = [];
  for (let port = first; port < first + SEARCHED && port <= 65_535; port++) {
    if (await isFree(port)) found.push(port);
    if (found.length === count) return found;
  }
  throw new CommandError(EXIT.broken, `there are no ${count} free ports from ${first} on`);
}

/** On every address: a server that listens on one alone has the port as far as the others are concerned. */
function isFree(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const probe = createServer();
    probe.once("error", () => settle(false));
    probe.listen(port, "0.0.0.0", () => probe.close(() => settle(true)));
  });
}

/** Resolves when Redis answers on the port; the caller says when to give up. */
export async function redisAnswers(port: number, isOver: () => boolean): Promise<void> {
  while (!isOver() && !(await saysPong(port))) await new Promise((done) => setTimeout(done, ASK_AGAIN_MS));
}

function saysPong(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    const end = (answered: boolean) => {
      socket.destroy();
      settle(answered);
    };
    socket.setTimeout(1000, () => end(false));
    socket.once("error", () => end(false)).once("data", (answer) => end(answer.toString().startsWith("+PONG")));
  });
}
