import { gameName } from "../account/session-words.ts";

/** A queue as the API lists it. */
export interface QueueItem {
  readonly id: string;
  readonly type: string;
  readonly mode: string;
  readonly teams: number;
  readonly teamSize: number;
  readonly minPlayers?: number;
  readonly partyMax: number;
  readonly roles?: readonly string[];
  readonly acceptanceSeconds: number | null;
  readonly timeoutSeconds: number;
  /** How many tickets wait. */
  readonly tickets: number;
  readonly estimatedWaitSeconds: number | null;
}

const NAMES: Readonly<Record<string, string>> = {
  "arena-duel": "Arena duel",
  "arena-ffa": "Arena free-for-all",
  "arena-2v2": "Arena two against two",
  "combat-duel": "Encounter duel",
  "combat-coop": "Encounter expedition",
};

/** Queues of operators are called what they called them. */
export function queueName(id: string): string {
  return NAMES[id] ?? id.replaceAll(/[-_]+/g, " ").replace(/^./, (first) => first.toUpperCase());
}

/** The game a queue leads to, where its name does not say so already. */
export function queueGame({ id, type }: Pick<QueueItem, "id" | "type">): string | null {
  return id in NAMES ? null : gameName(type);
}

/** What a queue asks for and gives, sentence by sentence. */
export function rulesInWords(queue: QueueItem): string[] {
  const { partyMax, acceptanceSeconds, timeoutSeconds } = queue;
  return [
    sidesInWords(queue),
    partyMax > 1 ? `Alone, or as a party of up to ${partyMax} that stays together.` : "For single players.",
    acceptanceSeconds === null
      ? "The match begins as soon as it is found."
      : `Everybody has ${acceptanceSeconds} seconds to accept the match.`,
    `Gives up after ${spanInWords(timeoutSeconds)}.`,
  ];
}

function sidesInWords({ teams, teamSize, minPlayers }: QueueItem): string {
  const most = teams * teamSize;
  const players = minPlayers === undefined || minPlayers === most ? `${most}` : `${minPlayers} to ${most}`;
  if (teams === 1) return `${players} players on one side.`;
  if (most === 2) return "One against one.";
  return teamSize === 1 ? `${players} players, everyone for themselves.` : `${teams} teams of ${teamSize}.`;
}

/** How busy a queue is. */
export function crowdInWords({ tickets, estimatedWaitSeconds }: Pick<QueueItem, "tickets" | "estimatedWaitSeconds">) {
  const crowd = tickets === 0 ? "Nobody waits" : `${tickets} waiting`;
  return estimatedWaitSeconds === null ? crowd : `${crowd} · lately ${spanInWords(estimatedWaitSeconds)} to a match`;
}

/** A time to wait. @param seconds rounded to what matters to somebody who waits */
export function spanInWords(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole === 1) return "a second";
  if (whole < 90) return `${whole} seconds`;
  return `${Math.round(whole / 60)} minutes`;
}

/** The people who queue together, as far as a queue cares. */
export interface Company {
  readonly leaderId: string;
  readonly members: readonly { readonly accountId: string; readonly ready: boolean }[];
}

/** Why the search cannot begin; null when it can. */
export function barred(queue: Pick<QueueItem, "partyMax">, party: Company | null, me: string): string | null {
  if (!party || party.members.length === 1) return null;
  if (queue.partyMax === 1) return "Not for parties.";
  if (party.members.length > queue.partyMax) return `Your party is too large: ${queue.partyMax} at most.`;
  if (party.leaderId !== me) return "The leader of your party begins the search.";
  return party.members.some(({ ready }) => !ready) ? "Somebody in your party is not ready." : null;
}
