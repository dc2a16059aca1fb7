import { uuid7 } from "../../src/lib/uuid7.ts";
import { newName, PASSWORD } from "./authorisation-people.ts";
import type { Scene, Sent } from "./authorisation-world.ts";

type Prepare = (scene: Scene) => Sent | Promise<Sent>;

/** What somebody sends who may: everything in it is right, so that only the caller decides the answer. */
export const CALLS: Readonly<Record<string, Prepare>> = {
  "POST /v1/auth/register": to("/v1/auth/register", () => ({ ...newLogin(), deviceId: "phone" })),
  "POST /v1/auth/login": to("/v1/auth/login", ({ username }) => ({ username, password: PASSWORD, deviceId: "tablet" })),
  "POST /v1/auth/guest": to("/v1/auth/guest", () => ({ deviceId: "phone" })),
  "POST /v1/auth/link": to("/v1/auth/link", newLogin),
  "POST /v1/auth/refresh": to("/v1/auth/refresh", (scene) => ({ ...refreshToken(scene), deviceId: "phone" })),
  "POST /v1/auth/logout": to("/v1/auth/logout", refreshToken),
  "POST /v1/auth/logout-all": to("/v1/auth/logout-all"),
  "POST /v1/auth/oidc": to("/v1/auth/oidc", () => ({ issuer: "https://a.example", idToken: "x", deviceId: "phone" })),
  "POST /v1/auth/password": to("/v1/auth/password", () => ({ currentPassword: PASSWORD, newPassword: `${PASSWORD}!` })),
  "POST /v1/auth/password-reset": to("/v1/auth/password-reset", () => ({ email: "ada@example.com" })),
  "POST /v1/auth/password-reset/confirm": to("/v1/auth/password-reset/confirm", () => ({
    ...{ email: "ada@example.com", code: "ABCDEFGH23", password: PASSWORD },
  })),
  "POST /v1/auth/verify-email": to("/v1/auth/verify-email", () => ({ code: "ABCDEFGH23" })),
  "POST /auth/register": to("/auth/register", () => ({ email: `${newName()}@example.com`, password: PASSWORD })),
  "POST /auth/login": to("/auth/login", ({ username }) => ({ email: `${username}@example.com`, password: PASSWORD })),
  "POST /auth/anonymous": to("/auth/anonymous", () => ({})),
  "POST /auth/forgot-password": to("/auth/forgot-password", () => ({ email: "ada@example.com" })),
  "GET /auth/userdata": to("/auth/userdata"),

  "GET /v1/me": to("/v1/me"),
  "PATCH /v1/me": to("/v1/me", () => ({ name: "Ada" })),
  "DELETE /v1/me": to("/v1/me"),
  "GET /v1/me/export": to("/v1/me/export"),
  "GET /v1/me/devices": to("/v1/me/devices"),
  "DELETE /v1/me/devices/{id}": async (scene) => {
    const { items } = await scene.world.made("GET /v1/me/devices", await scene.world.subject(scene));
    return { path: `/v1/me/devices/${items[0].id}` };
  },
  "GET /v1/me/seats": to("/v1/me/seats"),
  "GET /v1/regions": to("/v1/regions"),
  "GET /v1/players/{id}": ({ cast }) => ({ path: `/v1/players/${cast.owner.player!.accountId}` }),

  "GET /v1/players/{id}/rating": ({ cast }) => ({ path: `/v1/players/${cast.owner.player!.accountId}/rating` }),
  "GET /v1/players/{id}/matches": ({ cast }) => ({ path: `/v1/players/${cast.owner.player!.accountId}/matches` }),
  "GET /v1/leaderboards": to("/v1/leaderboards"),
  "GET /v1/leaderboards/{id}/records": to("/v1/leaderboards/arena-wins/records"),
  "POST /v1/leaderboards/{id}/records": to("/v1/leaderboards/arena-wins/records", ({ row, cast }) =>
    row.kind === "" ? { playerId: cast.owner.player!.accountId, score: 1 } : { matchId: uuid7(Date.now()) },
  ),
  "GET /v1/matches": to("/v1/matches"),
  "GET /v1/matches/{id}": () => ({ path: `/v1/matches/${uuid7(Date.now())}` }),
  "POST /v1/matches/{id}/reverse": () => ({
    path: `/v1/matches/${uuid7(Date.now())}/reverse`,
    body: { reason: "Won by a bot" },
  }),

  "POST /v1/admin/accounts/{id}/ban": account("ban", { reason: "cheated" }),
  "POST /v1/admin/accounts/{id}/unban": account("unban"),
  "PUT /v1/admin/accounts/{id}/roles": account("roles", { roles: ["player"] }),
  "GET /v1/audit": to("/v1/audit"),

  "POST /v1/campaigns": to("/v1/campaigns", () => ({ name: "The sunken library" })),
  "GET /v1/campaigns": to("/v1/campaigns"),
  "GET /v1/campaigns/{id}": async (scene) => ({ path: `/v1/campaigns/${await scene.world.campaign(scene)}` }),

  "POST /v1/combat/sessions": async (scene) => ({
    path: "/v1/combat/sessions",
    body: { foes: [{ creature: "ditch_gnasher", hidden: true }], ...(await wish(scene)) },
  }),
  "GET /v1/combat/sessions": to("/v1/combat/sessions"),
  "GET /v1/combat/sessions/{id}/state": fight("/state"),
  "POST /v1/combat/sessions/{id}/actions": fight("/actions", () => ({
    ...{ id: uuid7(Date.now()), type: "gm.roll", data: { count: 1, sides: 20 } },
  })),

  "GET /v1/matchmaking/queues": to("/v1/matchmaking/queues"),
  "POST /v1/matchmaking/tickets": to("/v1/matchmaking/tickets", () => LONELY),
  "GET /v1/matchmaking/tickets/{id}": ticket(""),
  "DELETE /v1/matchmaking/tickets/{id}": ticket(""),
  "POST /v1/matchmaking/tickets/{id}/accept": ticket("/accept"),
  "POST /v1/matchmaking/tickets/{id}/decline": ticket("/decline"),
  "GET /v1/matchmaking/tickets/{id}/explain": ticket("/explain"),
  "POST /v1/parties": to("/v1/parties", () => ({})),
  "GET /v1/parties/{id}": party(""),
  "DELETE /v1/parties/{id}": party(""),
  "POST /v1/parties/{id}/join": party("/join", ({ code }) => ({ code })),
  "POST /v1/parties/{id}/leave": party("/leave"),
  "POST /v1/parties/{id}/kick": party("/kick", () => ({ accountId: uuid7(0) })),
  "POST /v1/parties/{id}/ready": party("/ready", () => ({ ready: true })),

  "POST /v1/sessions": async (scene) => ({ path: "/v1/sessions", body: { type: "toy", ...(await wish(scene)) } }),
  "GET /v1/sessions": to("/v1/sessions"),
  "GET /v1/sessions/{id}": session(""),
  "GET /v1/sessions/{id}/events": session("/events"),
  "PUT /v1/sessions/{id}": session("", () => ({ metadata: { title: "The second evening" } })),
  "DELETE /v1/sessions/{id}": session(""),
  "POST /v1/sessions/{id}/pause": started("/pause"),
  "POST /v1/sessions/{id}/resume": started("/resume", async (scene, id) => {
    await scene.world.made(`POST /v1/sessions/${id}/pause`, scene.world.hostOf(scene));
  }),
  "PUT /v1/sessions/{id}/state": session("/state", () => ({ round: 2 })),
  "PATCH /v1/sessions/{id}/state": session("/state", () => ({ round: 3 })),
  "POST /v1/sessions/{id}/actions": session("/actions", () => ({ id: uuid7(Date.now()), type: "nothing" })),
  "GET /v1/sessions/{id}/snapshots": session("/snapshots"),
  "POST /v1/sessions/{id}/rewind": session("/rewind", async (scene, id) => ({ toSeq: await past(scene, id) })),

  "POST /v1/sessions/{id}/join": session("/join", ({ row: { kind } }) => {
    if (/game master/.test(kind)) return { role: "gm" };
    return /coach/.test(kind) ? { role: "coach", code: "0.unknown" } : {};
  }),
  "POST /v1/sessions/{id}/leave": session("/leave"),
  "POST /v1/sessions/{id}/spectate": session("/spectate"),
  "POST /v1/sessions/{id}/handoff": session("/handoff"),
  "POST /v1/handoff": async (scene) => {
    const { world, caller } = scene;
    // An account has one code at a time, and the cells are called together.
    const host = caller.column === "gm" ? world.hostOf(scene) : await world.subject(scene);
    const { code } = await world.made(`POST /v1/sessions/${await world.session(scene, host)}/handoff`, host);
    return { path: "/v1/handoff", body: { code, deviceId: "desktop" } };
  },
  "POST /v1/sessions/{id}/invites": session("/invites", () => ({})),
  "GET /v1/sessions/{id}/invites": session("/invites"),
  "DELETE /v1/sessions/{id}/invites/{code}": async (scene) => {
    const { id, code } = await invite(scene);
    return { path: `/v1/sessions/${id}/invites/${code}` };
  },
  "POST /v1/invites/{code}/join": async (scene) => ({ path: `/v1/invites/${(await invite(scene)).code}/join` }),

  "GET /health": to("/health"),
  "GET /ready": to("/ready"),
  "GET /metrics": to("/metrics"),
  "GET /openapi.json": to("/openapi.json"),
  "GET /docs": to("/docs"),
};

/** The operations that need people with passwords. */
export const WITH_PASSWORDS: readonly string[] = ["POST /v1/auth/login", "POST /v1/auth/password", "POST /auth/login"];

/** A ticket that nobody is matched with: too far from everywhere. */
const LONELY = { queue: "combat-duel", latencies: { local: 5000 } };

/** A path below a new ticket's. */
function ticket(below: string): Prepare {
  return async (scene) => {
    const { id } = await scene.world.made("POST /v1/matchmaking/tickets", await scene.world.subject(scene), LONELY);
    return { path: `/v1/matchmaking/tickets/${id}${below}` };
  };
}

/** A path below a new party's. */
function party(below: string, body?: (made: { readonly code: string }) => unknown): Prepare {
  return async (scene) => {
    const made = await scene.world.made("POST /v1/parties", await scene.world.subject(scene), {});
    return { path: `/v1/parties/${made.id}${below}`, body: body?.(made) };
  };
}

/** Always the same path. */
function to(path: string, body?: (scene: Scene) => unknown): Prepare {
  return (scene) => ({ path, body: body?.(scene) });
}

/** A path below a new session's. */
function session(below: string, body?: (scene: Scene, id: string) => unknown): Prepare {
  return async (scene) => {
    const id = await scene.world.session(scene);
    return { path: `/v1/sessions/${id}${below}`, body: await body?.(scene, id), headers: { "If-Match": "*" } };
  };
}

/** A path below a new fight's, whose game master is the host. */
function fight(below: string, body?: () => unknown): Prepare {
  return async (scene) => {
    const { world, row } = scene;
    const wanted = { private: /private/.test(row.kind) };
    const { id } = await world.made("POST /v1/combat/sessions", world.hostOf(scene), wanted);
    return { path: `/v1/combat/sessions/${id}${below}`, body: body?.() };
  };
}

/** What the row's kind adds to a wish for a session. */
async function wish(scene: Scene): Promise<{ seed?: string; campaignId?: string }> {
  const { kind } = scene.row;
  const seed = /seeded/.test(kind) ? { seed: "5".repeat(64) } : {};
  return { ...seed, ...(/campaign/.test(kind) ? { campaignId: await scene.world.campaign(scene) } : {}) };
}

/** A path below a session's that is being played. */
function started(below: string, then: (scene: Scene, id: string) => Promise<void> = async () => undefined): Prepare {
  return session(below, async (scene, id) => {
    await acted(scene, id, "start");
    await then(scene, id);
  });
}

/** An entry of a session that the play has gone beyond. */
async function past(scene: Scene, id: string): Promise<number> {
  if (/custom/.test(scene.row.kind)) {
    const { seq } = await scene.world.made(`GET /v1/sessions/${id}`, scene.world.hostOf(scene));
    await scene.world.made(
      `PUT /v1/sessions/${id}/state`,
      scene.world.hostOf(scene),
      { round: 2 },
      { "If-Match": "*" },
    );
    return seq;
  }
  const { seq } = await acted(scene, id, "start");
  await acted(scene, id, "add", { n: 1 });
  return seq;
}

function acted(scene: Scene, id: string, type: string, data = {}): Promise<{ seq: number }> {
  const action = { id: uuid7(Date.now()), type, data };
  return scene.world.made(`POST /v1/sessions/${id}/actions`, scene.world.hostOf(scene), action);
}

/** A path below an account's. */
function account(below: string, body?: unknown): Prepare {
  return async (scene) => {
    const { world } = scene;
    const isUnban = below === "unban";
    // The owner who was banned could only be told that.
    const { accountId } = isUnban && scene.row.kind === "" ? await world.people.player() : await world.subject(scene);
    if (isUnban) await world.people.ban(accountId);
    return { path: `/v1/admin/accounts/${accountId}/${below}`, body };
  };
}

async function invite(scene: Scene): Promise<{ id: string; code: string }> {
  const id = await scene.world.session(scene);
  return { id, code: (await scene.world.made(`POST /v1/sessions/${id}/invites`, scene.world.hostOf(scene), {})).code };
}

function newLogin() {
  return { username: newName(), password: PASSWORD };
}

function refreshToken({ caller: { player } }: Scene) {
  return player ? { refreshToken: player.refreshToken } : {};
}
