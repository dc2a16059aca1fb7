import { isDeepStrictEqual } from "node:util";
import { HZ } from "../../src/arena/world.rules.ts";
import { judgeWitness } from "./arena-judge.ts";
import type { Stored, StoredSession } from "./arena-stored.ts";
import { type Result, type Timeline, timelineOf } from "./arena-timeline.ts";
import type { ArenaWitness, Life } from "./arena-witness.ts";
import { getJson, sdkComplaints } from "./bots.ts";

/** The most play that a death may undo, in ms: what JOURNAL_TICK_MS is by default. */
export const WINDOW_MS = 250;
const TICK_MS = 1000 / HZ;

/** What the oracle found; every list of texts is empty when the server kept its promises. */
export interface ArenaVerdict {
  readonly patches: number;
  readonly events: number;
  readonly matches: number;
  /** How many matches ended, by the reason. */
  readonly endings: Readonly<Record<string, number>>;
  /** Results that were compared with the journal: in documents, answers of the API, events and final states. */
  readonly results: number;
  /** What each death cost each match that ran. */
  readonly losses: readonly Loss[];
  /** More than the window was lost, or anything at all by a drain. */
  readonly tooOld: readonly string[];
  /** Journals that are no unbroken chains, or that do not play again as they were played. */
  readonly broken: readonly string[];
  /** Shown to a client, told by the API or projected, although the journal says something else. */
  readonly contradicted: readonly string[];
  /** What a client still believes after its `resumed`, and what the journal does not hold. */
  readonly phantoms: readonly string[];
  /** Health, hits and pick-ups that somebody else could read. */
  readonly leaks: readonly string[];
  /** Clients that did not come back, or not as the ones they were. */
  readonly stranded: readonly string[];
}

/** What one death cost one match that ran; all in ms. */
export interface Loss {
  /** From the last durable tick to the death. A busy machine, on which nothing is played meanwhile, makes it longer. */
  readonly window: number;
  /** Play that clients had been shown, and that was taken back. */
  readonly undone: number;
  /** What to say when that is too much. */
  readonly fault: readonly string[];
}

/** One death of the server, as the matches met it. */
interface Strike {
  /** When the (first) signal was sent, in ms since the epoch. */
  readonly at: number;
  /** The process was let to settle everything. */
  readonly drained: boolean;
  /** Who met it; undefined: all. */
  readonly affected: ReadonlySet<string> | undefined;
  /** By session: whose word was shown there, and since when the match's clock ran; null when it stood. */
  readonly tables: ReadonlyMap<string, { readonly epoch: number; readonly playedSince: number | null }>;
}

interface Answer {
  readonly at: number;
  readonly result: Result | null;
  readonly seat: number | undefined;
  readonly connected: boolean;
}

/**
 * Compares what clients of arenas were shown with what the data directory holds, and how far the one was behind the
 * other at each death. It stands outside the server: of its code it uses the rules, to play journals again.
 */
export class ArenaOracle {
  readonly #witnesses: ArenaWitness[] = [];
  readonly #strikes: Strike[] = [];
  readonly #stranded: string[] = [];
  readonly #answers = new Map<ArenaWitness, Answer>();

  add(witness: ArenaWitness): void {
    this.#witnesses.push(witness);
  }

  /**
   * To be called with the signal: what was on screen in that instant.
   *
   * @param at in ms since the epoch
   * @param affected sessions that lost their owner; looked at when it is judged
   */
  struck(at: number, drained: boolean, affected?: ReadonlySet<string>): void {
    const tables = Map.groupBy(this.#witnesses, ({ sessionId }) => sessionId);
    this.#strikes.push({
      at,
      drained,
      affected,
      tables: new Map([...tables].map(([id, there]) => [id, standingOf(there)])),
    });
  }

  /** Clients that the stock SDK must bring back by itself if the server dies now. */
  expectReturn(): ArenaWitness[] {
    return this.#witnesses.filter(({ comesBack }) => comesBack);
  }

  /** Notes who has not come back by now. Who was told that the session is gone is judged by the journal, later. */
  missed(expected: readonly ArenaWitness[]): void {
    const missing = expected.filter(({ connected, left }) => !connected && left === null);
    this.#stranded.push(...missing.map(({ name }) => `${name} did not come back`));
  }

  /** Asks the API, as every player, what it says of the session. The server must be up. */
  async readApi(): Promise<void> {
    for (const witness of this.#witnesses) {
      const { player, sessionId, seat, connected, isDismissed } = witness;
      if (seat === null || isDismissed) continue;
      const at = Date.now();
      const { result = null, players } = await getJson(player, `/v1/sessions/${sessionId}`);
      const own = (players as { seat: number; playerId: string }[]).find(
        ({ playerId }) => playerId === player.accountId,
      );
      this.#answers.set(witness, { at, connected, result: result as Result | null, seat: own?.seat });
    }
  }

  /** All clients there were, by session. */
  witnesses(): Map<string, ArenaWitness[]> {
    return Map.groupBy(this.#witnesses, ({ sessionId }) => sessionId);
  }

  judge(stored: ReadonlyMap<string, Stored>): ArenaVerdict {
    const judged = [...Map.groupBy(this.#witnesses, ({ sessionId }) => sessionId)].map(([sessionId, there]) =>
      this.#judgeMatch(sessionId, there, stored.get(sessionId)),
    );
    const lives = this.#witnesses.flatMap((witness) => witness.lives);
    const losses = judged.flatMap((match) => match.losses);
    return {
      patches: lives.reduce((sum, { patches }) => sum + patches.length, 0),
      events: lives.reduce((sum, { events }) => sum + events.length, 0),
      matches: judged.length,
      endings: countOf(judged.map(({ ending }) => ending).filter((reason) => reason !== undefined)),
      results: judged.reduce((sum, { results }) => sum + results, 0),
      losses,
      tooOld: losses.flatMap(({ fault }) => fault),
      broken: judged.flatMap(({ broken }) => broken),
      contradicted: [...judged.flatMap(({ contradicted }) => contradicted), ...sdkComplaints],
      phantoms: judged.flatMap(({ phantoms }) => phantoms),
      leaks: judged.flatMap(({ leaks }) => leaks),
      stranded: [...judged.flatMap(({ stranded }) => stranded), ...this.#stranded],
    };
  }

  #judgeMatch(sessionId: string, there: readonly ArenaWitness[], stored: Stored | undefined) {
    const timeline = timelineOf(stored?.journal ?? { entries: [], faults: ["there is no journal"] }, stored?.snapshot);
    const faults = there.map((witness) => judgeWitness(witness, timeline));
    const answers = there.filter((witness) => this.#answers.has(witness));
    return {
      ending: timeline.result?.reason as string | undefined,
      broken: timeline.faults.map((fault) => `${sessionId}: ${fault}`),
      contradicted: [
        ...faults.flatMap(({ contradicted }) => contradicted),
        ...answers.flatMap((witness) => wrongAnswer(witness, this.#answers.get(witness)!, timeline)),
        ...wrongDocument(sessionId, stored?.document, timeline),
      ],
      phantoms: faults.flatMap(({ phantoms }) => phantoms),
      leaks: faults.flatMap(({ leaks }) => leaks),
      stranded: faults.flatMap(({ stranded }) => stranded),
      results: timeline.result ? 1 + answers.length + there.flatMap(resultsShown).length : 0,
      losses: this.#strikes.flatMap((strike) => lossOf(strike, sessionId, there, timeline)),
    };
  }
}

function wrongAnswer({ name, seat, lastPatch }: ArenaWitness, answer: Answer, { result, moments }: Timeline): string[] {
  const faults: string[] = [];
  const said = JSON.stringify(answer.result);
  const endedLater = result !== null && moments.at(-1)!.entry.at > answer.at;
  const right = isDeepStrictEqual(answer.result, result) || (endedLater && answer.result === null);
  if (!right) faults.push(`${name} reads the result ${said}, which is ${JSON.stringify(result)}`);
  if (answer.seat !== seat) faults.push(`${name} reads that its seat is ${answer.seat}`);
  if (answer.result && answer.connected && lastPatch?.phase !== "over")
    faults.push(`${name} reads the result ${said} and sees ${lastPatch?.line}`);
  return faults;
}

/** Ends that a client was told of, and that its last state shows. */
function resultsShown({ lives, lastPatch }: ArenaWitness): unknown[] {
  const told = lives.flatMap(({ events }) => events).filter(({ type }) => type === "session.ended");
  return [...told, ...(lastPatch?.phase === "over" ? [lastPatch] : [])];
}

/** L7: a projection of the journal, and nothing else. */
function wrongDocument(sessionId: string, document: StoredSession | undefined, { result }: Timeline): string[] {
  const shown = document?.status === "ended" ? document.result : null;
  const said = JSON.stringify(document);
  const right = isDeepStrictEqual(shown, result);
  return right ? [] : [`${sessionId}: the document is ${said}, the result ${JSON.stringify(result)}`];
}

function standingOf(everybody: readonly ArenaWitness[]) {
  const there = everybody.filter(({ connected }) => connected);
  const epoch = Math.max(0, ...there.map(({ life }) => life.epoch ?? 0));
  const current = there.map(({ life }) => life).filter((life) => life.epoch === epoch);
  const since = current.map(({ playedSince }) => playedSince).filter((at) => at !== null);
  const runs = there.some(({ seat }) => seat !== null) && there.every(({ lastPatch }) => isRunning(lastPatch?.phase));
  return { epoch, playedSince: runs && since.length > 0 ? Math.min(...since) : null };
}

function isRunning(phase: string | undefined): boolean {
  return phase === "playing" || phase === "countdown";
}

/** How much of a running match a death cost; nothing when it did not run. One tick may have been on its way. */
function lossOf(strike: Strike, sessionId: string, there: readonly ArenaWitness[], timeline: Timeline): Loss[] {
  const { at, drained, affected } = strike;
  if (affected && !affected.has(sessionId)) return [];
  const { epoch, playedSince } = strike.tables.get(sessionId) ?? { epoch: 0, playedSince: null };
  const last = timeline.lastOf(epoch);
  if (playedSince === null || !last || last.phase === "over") return [];
  const lives = there.flatMap((witness) => witness.lives).filter((life) => life.epoch === epoch);
  const window = at - Math.max(timeline.lastTickAt(epoch) ?? 0, playedSince);
  const undone = Math.max(0, lastTickShown(lives) - last.tick) * TICK_MS;
  const tooOld = undone > (drained ? 0 : WINDOW_MS + TICK_MS);
  const figures = `${undone.toFixed(0)} ms of shown play were undone, the last durable tick was ${window} ms old`;
  return [{ window, undone, fault: tooOld ? [`${sessionId} in epoch ${epoch}: ${figures}`] : [] }];
}

function countOf(reasons: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

function lastTickShown(lives: readonly Life[]): number {
  return Math.max(0, ...lives.map(({ patches }) => patches.at(-1)?.tick ?? 0));
}
