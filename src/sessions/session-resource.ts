import type { Profile, SessionFacts } from "./session-facts.ts";
import type { Member } from "./sessions.store.ts";

/** A session as the API shows it. */
export interface SessionResource extends Pick<Profile, "type" | "gameId" | "mode" | "region" | "private"> {
  readonly id: string;
  readonly status: SessionFacts["figures"]["status"];
  readonly hostId: string | null;
  readonly campaignId?: string;
  readonly maxPlayers?: number;
  readonly unranked: boolean;
  readonly players: readonly PlayerResource[];
  readonly version: number;
  readonly seq: number;
  readonly epoch: number;
  readonly roomId?: string;
  readonly state?: unknown;
  /** Of an ended session: the reason, and whatever the game adds (winner, scores). */
  readonly result?: Readonly<Record<string, unknown>>;
  readonly metadata: Profile["metadata"];
  /** ISO 8601, like the others. */
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly lastUpdated: string;
}

export interface PlayerResource {
  readonly seat: number;
  readonly playerId: string;
  readonly name: string;
  readonly device: NonNullable<Member["device"]>;
  readonly connected: boolean;
  readonly role: Member["role"];
}

/** What is known only now, and only of a session in a room. */
export interface Presence {
  readonly inRoom: boolean;
  readonly connected: ReadonlySet<number>;
}

export const NOBODY: Presence = { inRoom: false, connected: new Set() };

/** Everything but the state, which depends on who looks. */
export function resourceOf(
  { profile, members, hostId, figures }: SessionFacts,
  names: ReadonlyMap<string, string>,
  { inRoom, connected }: Presence,
): SessionResource {
  const { id, campaignId, maxPlayers, createdAt, type, gameId, mode, region, unranked, metadata } = profile;
  const { status, version, seq, epoch, startedAt, endedAt, updatedAt, result } = figures;
  return {
    ...{ id, type, gameId, mode, region, private: profile.private, unranked, hostId, status, version, seq, epoch },
    players: members
      .map(({ seat, role, accountId, device = "desktop" }) => ({
        ...{ seat, role, playerId: accountId, name: names.get(accountId) ?? "Unknown", device },
        connected: connected.has(seat),
      }))
      .sort((a, b) => a.seat - b.seat),
    ...(campaignId === null ? {} : { campaignId }),
    ...(maxPlayers === null ? {} : { maxPlayers }),
    ...(inRoom ? { roomId: id } : {}),
    ...(result ? { result } : {}),
    metadata,
    createdAt: iso(createdAt),
    ...(startedAt === null ? {} : { startedAt: iso(startedAt) }),
    ...(endedAt === null ? {} : { endedAt: iso(endedAt) }),
    lastUpdated: iso(updatedAt),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
