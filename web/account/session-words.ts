/** A session as the lists of this page need it. */
export interface SessionItem {
  readonly id: string;
  readonly type: string;
  readonly status: "waiting" | "active" | "paused" | "ended";
  readonly hostId: string | null;
  readonly players: readonly { readonly seat: number; readonly playerId: string; readonly name: string }[];
  /** `winner` is a seat; where sides win it is a side, and `seats` are its players'. */
  readonly result?: { readonly reason?: string; readonly winner?: number; readonly seats?: readonly number[] };
  readonly createdAt: string;
  readonly endedAt?: string;
  readonly lastUpdated: string;
}

const GAMES: Readonly<Record<string, string>> = {
  arena: "Arena",
  combat: "Encounter",
  dice: "Liar's dice",
  custom: "Custom session",
  player: "Player session",
};

const STATUS: Readonly<Record<SessionItem["status"], string>> = {
  waiting: "waiting for players",
  active: "running",
  paused: "paused",
  ended: "ended",
};

const REASONS: Readonly<Record<string, string>> = {
  abandoned: "Abandoned",
  ended_by_host: "Ended by the host",
  never_started: "Never started",
};

export function gameName(type: string): string {
  return GAMES[type] ?? type;
}

export function statusWords({ status }: SessionItem): string {
  return STATUS[status];
}

/** Who else plays. */
export function company({ players }: SessionItem, accountId: string): string {
  const others = players.filter(({ playerId }) => playerId !== accountId).map(({ name }) => name);
  return others.length === 0 ? "nobody else" : `with ${others.join(", ")}`;
}

/** How a session ended, seen from one of its seats. */
export function outcome({ result, players }: Pick<SessionItem, "result" | "players">, accountId: string): string {
  const { reason = "", winner, seats } = result ?? {};
  if (seats && winner !== -1)
    return sideOutcome(
      players.filter(({ seat }) => seats.includes(seat)),
      accountId,
    );
  const first = players.find(({ seat }) => seat === winner);
  if (first) return first.playerId === accountId ? "You won" : `${first.name} won`;
  return REASONS[reason] ?? (winner === -1 ? "A draw" : "Ended");
}

function sideOutcome(winners: SessionItem["players"], accountId: string): string {
  if (winners.some(({ playerId }) => playerId === accountId)) return "You won";
  return winners.length > 0 ? `${winners.map(({ name }) => name).join(" and ")} won` : "The other side won";
}
