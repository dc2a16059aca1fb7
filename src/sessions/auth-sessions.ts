import type { Principal } from "../accounts/tokens.ts";
import type { SessionResource } from "./session-resource.ts";

/** One sign-in of an account that is good; the families of refresh tokens are such. */
export interface SignIn {
  readonly _id: string;
  readonly device: "mobile" | "desktop" | "console" | null;
  readonly createdAt: Date;
  readonly rotatedAt: Date;
}

/** The sign-ins of an account, which are few. */
export type ListSignIns = (accountId: string) => Promise<readonly SignIn[]>;

/** The caller's own sign-ins in the shape of sessions, newest first, after `cursor` (an id). */
export async function signInsAsSessions(
  list: ListSignIns,
  { accountId, name }: Principal,
  { status, limit, cursor }: { status: string | undefined; limit: number; cursor: string | undefined },
) {
  const all = status === undefined || status === "active" ? await list(accountId) : [];
  const after = [...all]
    .sort((a, b) => (a._id < b._id ? 1 : -1))
    .filter(({ _id }) => cursor === undefined || _id < cursor);
  const page = after.slice(0, limit);
  const items = page.map((signIn) => toResource(signIn, accountId, name));
  return { items, nextCursor: after.length > limit ? page.at(-1)!._id : null };
}

function toResource({ _id: id, device, createdAt, rotatedAt }: SignIn, accountId: string, name: string) {
  return {
    ...{ id, type: "auth", gameId: "auth", mode: "default", region: "", private: true, unranked: true },
    ...{ status: "active", hostId: accountId, version: 1, seq: 0, epoch: 0 },
    players: [{ seat: 0, playerId: accountId, name, device: device ?? "desktop", connected: true, role: "player" }],
    metadata: {},
    createdAt: createdAt.toISOString(),
    startedAt: createdAt.toISOString(),
    lastUpdated: rotatedAt.toISOString(),
  } satisfies SessionResource;
}
