import { arena } from "../arena/arena.rules.ts";
import { combat } from "../combat/combat.rules.ts";
import type { Config } from "../config.ts";
import { custom, player } from "../custom/custom.rules.ts";
import { dice } from "../dice/dice.rules.ts";
import type { Connection } from "../infra/mongo.ts";
import type { AnyGame } from "../journal/game.ts";
import { journalStore } from "../journal/journal.store.ts";
import { snapshotStore } from "../journal/snapshots.store.ts";
import { type DrawCheck, type VerifyReport, verifySession } from "../journal/verify.ts";
import { sessionStore } from "../sessions/sessions.store.ts";
import { arenaDraws } from "./arena-draws.ts";
import { combatDraws } from "./combat-draws.ts";
import { CommandError, EXIT } from "./command-error.ts";
import { withConnection } from "./data.ts";
import { diceDraws } from "./dice-draws.ts";

const GAMES: ReadonlyMap<string, { game: AnyGame; draws?: () => DrawCheck }> = new Map([
  [dice.id, { game: dice as AnyGame, draws: diceDraws }],
  [arena.id, { game: arena as AnyGame, draws: arenaDraws }],
  [combat.id, { game: combat as AnyGame, draws: combatDraws }],
  [player.id, { game: player as AnyGame }],
  [custom.id, { game: custom as AnyGame }],
]);

/**
 * `hypogeum verify <sessionId>`: walks the journal of a session.
 *
 * @returns the line to print
 * @throws CommandError when the journal was altered, naming the first entry
 */
export async function verify(config: Config, sessionId: string): Promise<string> {
  const report = await withConnection(config, (connection) => verifyIn(connection, sessionId));
  if (report.firstBad) {
    const { seq, reason } = report.firstBad;
    throw new CommandError(EXIT.broken, `session ${sessionId} is broken at entry ${seq}: ${reason}`);
  }
  const { entries, batches, ended, checked, head } = report;
  const also = checked.length > 0 ? `; ${checked.join(", ")} checked` : "";
  return `session ${sessionId} is intact: ${entries} entries in ${batches} batches, ${ended ? "ended" : "open"}${also}; head ${head}`;
}

async function verifyIn(connection: Connection, sessionId: string): Promise<VerifyReport> {
  const document = await sessionStore(connection).find(sessionId);
  if (!document) throw new CommandError(EXIT.broken, `there is no session ${sessionId}`);
  const snapshot = await snapshotStore(connection).latest(sessionId);
  const known = GAMES.get(document.type);
  const parts = { game: known?.game, draws: known?.draws, seed: document.seed };
  return verifySession({ sessionId, journalStore: journalStore(connection), snapshot, ...parts });
}
