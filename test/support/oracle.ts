import { isDeepStrictEqual } from "node:util";
import { getJson, type Player, sdkComplaints } from "./bots.ts";
import { leakedByRolls, leakedByStates, statesThatFitNowhere, timelineOf } from "./dice-timeline.ts";
import { readJournals, type StoredEntry, type StoredJournal } from "./journal-reader.ts";
import type { Acknowledgement, SeenEvent, Witness } from "./witness.ts";

/** What the oracle found; every list is empty when the server kept its promises. */
export interface Verdict {
  readonly acknowledgements: number;
  readonly events: number;
  readonly states: number;
  /** Acknowledged, and not where the server said, or not at all. */
  readonly lost: readonly string[];
  /** In the journal more than once, or although it was refused for good. */
  readonly twice: readonly string[];
  /** Journals that are no unbroken chains. */
  readonly broken: readonly string[];
  /** Shown to a client, or answered by the API, although the journal says something else. */
  readonly contradicted: readonly string[];
  /** Hidden dice that somebody could see. */
  readonly leaks: readonly string[];
  /** Clients that did not come back, or not as the ones they were. */
  readonly stranded: readonly string[];
}

/** An event, or an entry of the API, as it must have been if the journal is right. */
type Told = Pick<SeenEvent, "seq" | "type" | "data"> & { readonly seat?: number | null };

/**
 * Compares what clients were promised and shown with what the data directory holds. It stands outside the server: of
 * the server's code it uses the game's rules to replay a journal, and the database to read it.
 */
export class Oracle {
  readonly #witnesses: Witness[] = [];
  readonly #stranded: string[] = [];
  readonly #apiEntries = new Map<Witness, Told[]>();

  add(witness: Witness): void {
    this.#witnesses.push(witness);
  }

  /** Resolves in the moment the next action is acknowledged: then a server that lies has the least time to make it true. */
  nextAcknowledgement(): Promise<void> {
    return new Promise((done) => {
      for (const witness of this.#witnesses) witness.onAcknowledgement = done;
    });
  }

  /** Clients that the stock SDK must bring back by itself if the server dies now. */
  expectReturn(): Witness[] {
    return this.#witnesses.filter(({ comesBack }) => comesBack);
  }

  /** Notes who has not come back by now. Who was told that the session is gone is judged by the journal, later. */
  missed(expected: readonly Witness[]): void {
    for (const witness of expected) {
      if (!witness.connected && witness.left === null) this.#stranded.push(`${witness.name} did not come back`);
    }
  }

  /** All clients there were, by session. */
  witnesses(): Map<string, Witness[]> {
    return Map.groupBy(this.#witnesses, ({ sessionId }) => sessionId);
  }

  /** Reads every session over the API as each of its players. The server must be up. */
  async readApi(url: string): Promise<void> {
    for (const witness of this.#witnesses.filter(({ seat }) => seat !== null)) {
      const found = await readEvents({ url, accessToken: witness.accessToken }, witness.sessionId);
      this.#apiEntries.set(witness, found);
    }
  }

  /** The server must be stopped. */
  async judge(dir: string): Promise<Verdict> {
    const journals = await readJournals(dir);
    const lists = this.#witnesses.map((witness) => {
      const journal = journals.get(witness.sessionId) ?? { entries: [], faults: [] };
      return this.#judgeOne(witness, journal);
    });
    const all = <K extends keyof (typeof lists)[number]>(key: K) => lists.flatMap((list) => list[key]);
    return {
      acknowledgements: sum(this.#witnesses.map(({ acknowledged }) => acknowledged.length)),
      events: sum(this.#witnesses.map(({ events }) => events.length)),
      states: sum(this.#witnesses.map(({ states }) => states.length)),
      lost: all("lost"),
      twice: all("twice"),
      broken: [...journals].flatMap(([id, { faults }]) => faults.map((fault) => `${id}: ${fault}`)),
      contradicted: [...all("contradicted"), ...sdkComplaints],
      leaks: all("leaks"),
      stranded: [...all("stranded"), ...this.#stranded],
    };
  }

  #judgeOne(witness: Witness, { entries }: StoredJournal) {
    const { seat, states, events } = witness;
    const told = [...events, ...(this.#apiEntries.get(witness) ?? [])];
    const count = (type: string) => entries.filter((entry) => entry.seat === seat && entry.type === type).length;
    const occupants = count("seat.taken") - count("seat.left");
    const ended = entries.some(({ type }) => type === "session.ended");
    return {
      lost: witness.acknowledged.flatMap((ack) => whyLost(ack, seat, entries)).map(by(witness)),
      twice: [...appliedTwice(seat, entries), ...appliedThoughRefused(witness, entries)].map(by(witness)),
      contradicted: [
        ...told.flatMap((event) => contradiction(event, seat, entries)),
        ...events.flatMap((event) => wrongEpoch(event, entries)),
        ...backwards(witness),
        ...statesThatFitNowhere(states, seat, timelineOf(entries)).map((state) => `showed ${JSON.stringify(state)}`),
      ].map(by(witness)),
      leaks: [...leakedByStates(states, seat), ...leakedByRolls(told, seat)].map(by(witness)),
      stranded: [
        ...(witness.sameIdentity ? [] : ["came back as another connection"]),
        ...(witness.left !== null && !witness.gaveUpYoung && !ended
          ? [`was closed for good with ${witness.left}`]
          : []),
        ...(seat !== null && occupants !== 1 ? [`shares its seat: ${occupants} sit there`] : []),
      ].map(by(witness)),
    };
  }
}

/** True when nothing at all was wrong. */
export function isClean(verdict: Verdict): boolean {
  const { lost, twice, broken, contradicted, leaks, stranded } = verdict;
  return [lost, twice, broken, contradicted, leaks, stranded].every((list) => list.length === 0);
}

/** Whether the journal holds the action where the acknowledgement said, by that seat, at that epoch. */
function whyLost(
  { actionId, seq, epoch, type }: Acknowledgement,
  seat: number | null,
  entries: readonly StoredEntry[],
) {
  const entry = entries[seq - 1];
  if (!entry) return [`${type} ${actionId} was acknowledged at ${seq}, the journal ends at ${entries.length}`];
  const right = entry.actionId === actionId && entry.seat === seat && entry.fence === epoch;
  return right
    ? []
    : [`${type} ${actionId} was acknowledged at ${epoch}/${seq}, where ${JSON.stringify(entry)} stands`];
}

/** An action may write several entries, but all of them in one run. */
function appliedTwice(seat: number | null, entries: readonly StoredEntry[]): string[] {
  const own = entries.filter((entry) => entry.seat === seat && entry.actionId !== undefined);
  const lastSeq = new Map<string, number>();
  const again: string[] = [];
  for (const { actionId, seq, type } of own) {
    const before = lastSeq.get(actionId!);
    if (before !== undefined && before !== seq - 1) again.push(`${type} ${actionId} at ${before} and again at ${seq}`);
    lastSeq.set(actionId!, seq);
  }
  return again;
}

function appliedThoughRefused(witness: Witness, entries: readonly StoredEntry[]): string[] {
  const applied = new Set(entries.map(({ actionId }) => actionId));
  const wrong = witness.refused.filter(({ actionId }) => applied.has(actionId));
  return wrong.map(({ actionId, code }) => `${actionId} was refused as ${code} and is in the journal`);
}

function contradiction(
  { seq, type, seat = null, data }: Told,
  viewer: number | null,
  entries: readonly StoredEntry[],
): string[] {
  const entry = entries[seq - 1];
  const expected = entry && { type: entry.type, seat: entry.seat, data: redacted(entry, viewer) };
  const same = isDeepStrictEqual(expected, { type, seat, data });
  return same ? [] : [`was told ${type} ${JSON.stringify(data)} at ${seq}, the journal holds ${JSON.stringify(entry)}`];
}

/** What of an entry this viewer may know, by the contract. */
function redacted({ type, data }: StoredEntry, viewer: number | null): Record<string, unknown> {
  if (type === "session.owner") return { epoch: data.epoch };
  if (type !== "rolled") return data;
  return { hands: (data.hands as [number, number[]][]).filter(([owner]) => owner === viewer) };
}

function wrongEpoch({ seq, epoch }: SeenEvent, entries: readonly StoredEntry[]): string[] {
  const fence = entries[seq - 1]?.fence;
  return fence === epoch ? [] : [`was told of entry ${seq} in epoch ${epoch}, it was written in ${fence}`];
}

/** Positions only ever rise, over all recoveries: nothing a client was told may be taken back. */
function backwards(witness: Witness): string[] {
  const faults: string[] = [];
  for (const [index, { seq }] of witness.events.entries()) {
    const before = witness.events[index - 1]?.seq ?? 0;
    if (seq <= before) faults.push(`was told of entry ${seq} after ${before}`);
  }
  for (const { seq, epoch, seenBefore } of witness.resumed) {
    if (seq < seenBefore) faults.push(`resumed at ${epoch}/${seq}, having been told of ${seenBefore}`);
  }
  return faults;
}

async function readEvents(who: Pick<Player, "url" | "accessToken">, sessionId: string): Promise<Told[]> {
  const found: Told[] = [];
  for (let cursor: string | null = "0"; cursor !== null; ) {
    const page = await getJson(who, `/v1/sessions/${sessionId}/events?limit=100&cursor=${cursor}`);
    found.push(...(page.items as Told[]));
    cursor = page.nextCursor as string | null;
  }
  return found;
}

function by(witness: Witness): (text: string) => string {
  return (text) => `${witness.name} ${text}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
