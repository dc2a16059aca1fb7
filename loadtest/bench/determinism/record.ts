import { setImmediate as nextTurn } from "node:timers/promises";
import { type ArenaView, arena } from "../../../src/arena/arena.rules.ts";
import { type AnyGame, SPECTATOR } from "../../../src/journal/game.ts";
import { Journal } from "../../../src/journal/journal.ts";
import { systemClock as clock } from "../../../src/lib/clock.ts";
import { uuid7 } from "../../../src/lib/uuid7.ts";
import { createLogger } from "../../../src/log.ts";
import type { HeldSession } from "../../../src/sessions/held-session.ts";
import { aloneOwner } from "../../../src/sessions/owners.ts";
import { Seats } from "../../../src/sessions/seats.ts";
import { Sessions } from "../../../src/sessions/sessions.ts";
import { openDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { Bots } from "./bots.ts";
import { type Course, courseOf, type Dice, diceOf } from "./course.ts";

/** A match that was played to its end. */
export interface Recorded {
  /** The bodies of its batches. */
  readonly journal: readonly string[];
  /** Of what the live session had in memory when it was over. */
  readonly liveHash: string;
  readonly entries: number;
  readonly ticks: number;
  /** How often the session was lost and came back from its journal. */
  readonly crashes: number;
  readonly reason: string;
}

/** What a match is played on: the product's own parts, and the embedded database in memory. */
export interface Studio {
  readonly sessions: Sessions;
  readonly seats: Seats;
  readonly database: TestDatabase;
  readonly faults: string[];
}

/** Ticks stepped before others get their turn of the event loop. */
const BURST = 40;
const PARALLEL = 8;

/** Plays this many matches of bots, several side by side and as fast as the machine can, and hands over each. */
export async function record(matches: number, onRecorded: (match: Recorded) => void): Promise<void> {
  const database = await openDatabase();
  const studio = openStudio(database);
  let next = 0;
  const worker = async () => {
    while (next < matches) onRecorded(await recordMatch(next++, studio));
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  await studio.sessions.projector.stop();
  await database.close();
  if (studio.faults.length > 0) throw new Error(`the game's code threw in ${studio.faults.length} sessions`);
}

function openStudio(database: TestDatabase): Studio {
  const log = createLogger({ level: "silent", pretty: false });
  const metrics = { appended: () => undefined, flushed: () => undefined };
  const journal = new Journal({ store: database.journalStore, clock, log, metrics });
  const faults: string[] = [];
  const sessions = new Sessions({
    ...{ games: new Map([[arena.id, arena as AnyGame]]), journal, clock, log, owners: aloneOwner(uuid7(clock.now())) },
    ...{ store: database.store, journalStore: database.journalStore, snapshots: database.snapshots },
    ...{ region: "local", flushMs: 50, tickMs: 250, onFault: (id: string) => void faults.push(id) },
  });
  sessions.projector.start();
  return { sessions, seats: new Seats(database.store), database, faults };
}

/** One match; the same seed draws the same bots and the same course, though never the same instants. */
async function recordMatch(seed: number, studio: Studio): Promise<Recorded> {
  const dice = diceOf(seed);
  const match = new Match(await studio.sessions.create({ type: arena.id }), dice, courseOf(dice), studio);
  return match.play();
}

class Match {
  readonly #dice: Dice;
  readonly #studio: Studio;
  readonly #bots: Bots;
  readonly #players: number;
  readonly #arrivals: Set<number>;
  readonly #departures: Set<number>;
  readonly #crashes: Set<number>;
  #held: HeldSession;
  #guests = 0;
  #steps = 0;
  #crashed = 0;

  constructor(held: HeldSession, dice: Dice, course: Course, studio: Studio) {
    this.#held = held;
    this.#dice = dice;
    this.#studio = studio;
    this.#bots = new Bots(dice);
    this.#players = course.players;
    this.#arrivals = new Set(course.arrivals);
    this.#departures = new Set(course.departures);
    this.#crashes = new Set(course.crashes);
  }

  async play(): Promise<Recorded> {
    for (let player = 0; player < this.#players; player++) await this.#takeSeat();
    while (this.#held.live.ledger.core.status !== "ended") {
      this.#burst();
      if (this.#crashes.delete(this.#steps)) await this.#crash();
      await nextTurn();
    }
    return this.#finish();
  }

  async #finish(): Promise<Recorded> {
    const { live } = this.#held;
    const { liveHash, entries, result } = await live.settled((ledger) => ({
      ...{ liveHash: ledger.stateHash(), entries: ledger.seq, result: ledger.core.result! },
    }));
    await this.#studio.sessions.release(this.#held);
    const journal: string[] = [];
    for await (const { body } of this.#studio.database.journalStore.batches(live.id)) journal.push(body);
    const [ticks, reason] = [Number(result.ticks), String(result.reason)];
    return { journal, liveHash, entries, ticks, reason, crashes: this.#crashed };
  }

  /** Until something must be waited for. */
  #burst(): void {
    const { live } = this.#held;
    for (let step = 0; step < BURST && live.ledger.runs && !this.#crashes.has(this.#steps); step++) {
      const view = live.ledger.view(SPECTATOR) as ArenaView;
      if (live.step(this.#bots.inputs(view)) === "held") return;
      this.#steps += 1;
      this.#befall(view);
    }
  }

  /** What players ask for while the clock runs on; a refusal, as for coming too late, is an answer too. */
  #befall({ fighters }: ArenaView): void {
    if (this.#arrivals.delete(this.#steps)) void this.#takeSeat().catch(() => undefined);
    if (!this.#departures.delete(this.#steps)) return;
    const { seat } = fighters[this.#dice(fighters.length)]!;
    const member = this.#held.memberAt(seat);
    if (member) void this.#studio.seats.leave(this.#held, member).catch(() => undefined);
  }

  async #takeSeat(): Promise<void> {
    const guest = { accountId: `guest-${this.#guests++}`, name: "Bot" };
    await this.#studio.seats.take(this.#held, guest, "player", guest.accountId);
  }

  /** Memory is lost, and the session comes back as far as it is durable. */
  async #crash(): Promise<void> {
    const { sessions } = this.#studio;
    this.#held.live.discard("unknown");
    this.#held = await sessions.open(this.#held.live.id);
    this.#bots.forget();
    this.#crashed += 1;
  }
}
