import type { Role } from "../../src/accounts/roles.rules.ts";
import type { Caller } from "../../src/accounts/tokens.ts";
import type { AuditEvent } from "../../src/audit/audit-event.ts";
import { custom, player } from "../../src/custom/custom.rules.ts";
import { refusal } from "../../src/errors.ts";
import type { AnyGame } from "../../src/journal/game.ts";
import type { JournalStore } from "../../src/journal/journal.store.ts";
import type { Journal } from "../../src/journal/journal.ts";
import type { LiveSession } from "../../src/journal/live-session.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { aloneOwner } from "../../src/sessions/owners.ts";
import { Seats } from "../../src/sessions/seats.ts";
import { SessionCommands } from "../../src/sessions/session-commands.ts";
import { Sessions } from "../../src/sessions/sessions.ts";
import { Sweeper } from "../../src/sessions/sweeper.ts";
import type { Stores } from "../support/database.ts";
import { journalOver, silentLog, TestClock } from "../support/journal.ts";
import { toy } from "../support/toy-game.ts";

/** What one process has to hold sessions with. */
export interface House {
  readonly processId: string;
  readonly sessions: Sessions;
  readonly seats: Seats;
  readonly commands: SessionCommands;
  /** What the commands noted. */
  readonly audited: AuditEvent[];
  readonly sweeper: Sweeper;
  readonly journal: Journal;
  readonly clock: TestClock;
  readonly faults: string[];
  /** The process is gone: nothing is released, nothing is projected. */
  crash(): void;
}

const OWNED: [string, AnyGame][] = [
  ["player", player],
  ["custom", custom],
];

export function house(
  stores: Stores,
  {
    game = toy as AnyGame,
    journalStore = stores.journalStore,
    clock = new TestClock(),
    tickMs = 250,
    onHold = () => undefined,
  }: HouseOptions = {},
): House {
  const faults: string[] = [];
  const processId = uuid7(clock.now());
  const journal = journalOver(journalStore, clock);
  const { store, snapshots } = stores;
  const sessions = new Sessions({
    ...{
      games: new Map([["toy", game], [game.id, game], ...OWNED]),
      store,
      journal,
      journalStore,
      snapshots,
      clock,
      log: silentLog,
    },
    ...{
      owners: aloneOwner(processId),
      region: "local",
      flushMs: 5,
      tickMs,
      onFault: (id: string) => void faults.push(id),
    },
    onHold,
  });
  const sweeper = new Sweeper({ sessions, store, clock, log: silentLog, mayWake: async () => true });
  const crash = () => {
    for (const { live } of [...sessions.all()]) live.discard("unknown");
  };
  const audited: AuditEvent[] = [];
  const commands = new SessionCommands({
    ...{ sessions, store, journalStore, snapshots, clock, log: silentLog },
    audit: { record: (event) => void audited.push(event) },
    admitToCampaign: (_, campaignId) =>
      campaignId === CAMPAIGN ? Promise.resolve() : Promise.reject(refusal("campaign_not_found")),
  });
  const seats = new Seats(store);
  return { processId, sessions, seats, commands, audited, sweeper, journal, clock, faults, crash };
}

export interface HouseOptions {
  readonly game?: AnyGame;
  readonly journalStore?: JournalStore;
  readonly clock?: TestClock;
  readonly tickMs?: number;
  readonly onHold?: (sessionId: string) => void;
}

/** An action of a seat, as a client would send it. */
export function actOn(live: LiveSession, seat: number, type: string, data: object = {}) {
  const actionId = uuid7(Date.now());
  return live.commit({ kind: "act", seat, actionId, command: { type, data: data as never } });
}

export const guest = (name: string) => ({ accountId: `account-of-${name}`, name });

/** The only campaign there is. */
export const CAMPAIGN = "01900000-0000-7000-8000-00000000ca3e";

/** Somebody with a token, whose account is that of `guest`. */
export function caller(name: string, ...roles: Role[]): Caller {
  const principal = {
    accountId: guest(name).accountId,
    name,
    roles: ["player", ...roles] as Role[],
    deviceId: `d-${name}`,
  };
  return { principal, requestId: `request-of-${name}` };
}
