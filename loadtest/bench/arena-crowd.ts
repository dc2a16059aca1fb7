import { Squad } from "./arena-squad.ts";
import { answerParent } from "./pinned-process.ts";

/*
 * The players of the arena benchmark, in a process of their own: squads of bots that join a match, play it to its end
 * and go on to the next one. The same lines play on the product and on the room it is compared with.
 */

export interface JoinOrder {
  readonly do: "join";
  readonly url: string;
  /** Whether players need an account there. */
  readonly accounts: boolean;
  readonly squads: number;
  readonly size: number;
}

/** What all players together have seen so far. */
export interface CrowdCount {
  readonly players: number;
  /** At the sockets, frame headers included. */
  readonly bytes: number;
  readonly patches: number;
  readonly failures: number;
}

/** Players are driven this often, each when its own input is due: no two need to be in step. */
const DRIVE_MS = 4;

let squads: Squad[] = [];
setInterval(() => {
  const now = performance.now();
  for (const squad of squads) squad.drive(now);
}, DRIVE_MS);

answerParent({}, async (order: JoinOrder | { readonly do: "count" | "leave" }) => {
  if (order.do === "join") await join(order);
  if (order.do === "leave") await leave();
  return count();
});

async function join({ url, accounts, squads: wanted, size }: JoinOrder): Promise<void> {
  squads = await Promise.all(Array.from({ length: wanted }, (_, index) => Squad.gather(url, size, accounts, index)));
}

async function leave(): Promise<void> {
  const leaving = squads;
  squads = [];
  await Promise.all(leaving.map((squad) => squad.disband()));
}

function count(): CrowdCount {
  const sum = (of: (squad: Squad) => number) => squads.reduce((total, squad) => total + of(squad), 0);
  return {
    ...{ players: sum(({ playing }) => playing), bytes: sum(({ bytes }) => bytes) },
    ...{ patches: sum(({ patches }) => patches), failures: sum(({ failures }) => failures) },
  };
}
