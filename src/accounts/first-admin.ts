import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../config.ts";
import { Refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import { uuid7 } from "../lib/uuid7.ts";
import type { AccountStore } from "./accounts.store.ts";
import type { Logins } from "./logins.ts";
import { nameLogin } from "./names.rules.ts";
import type { Passwords } from "./passwords.ts";

const FILE = "admin-password";
/** The administrator whose password is in a file. */
export const ADMIN = "admin";

export interface AdminParts {
  readonly accounts: AccountStore;
  readonly logins: Logins;
  readonly passwords: Passwords;
  readonly clock: Clock;
}

/** An account with the admin role. @throws Refusal `username_taken` */
export async function createAdmin(parts: AdminParts, username: string, password: string): Promise<string> {
  const { accounts, logins, passwords, clock } = parts;
  const at = new Date(clock.now());
  const login = nameLogin(username);
  const id = uuid7(clock.now());
  const hash = await passwords.hash(password);
  await logins.claim([login], id);
  await accounts.insert({
    ...{ _id: id, kind: "full", name: username, username, email: null, emailVerifiedAt: null, password: hash },
    ...{ logins: [login], roles: ["admin", "player"], ban: null, standingAt: new Date(0), codes: {} },
    ...{ createdAt: at, lastSeenAt: at },
  });
  return id;
}

/**
 * Makes the first administrator, unless the name is taken: the one of the configuration; without one, on the embedded
 * database, `admin` with a password that only the file `admin-password` in the data directory knows.
 */
export async function ensureAdmin(
  config: Pick<Config, "admin" | "mode" | "dataDir">,
  parts: AdminParts,
): Promise<void> {
  const { admin, mode, dataDir } = config;
  const isFree = async (name: string) => (await parts.logins.find(nameLogin(name))) === null;
  if (admin) {
    if (await isFree(admin.username)) await createUnlessTaken(parts, admin.username, admin.password);
    return;
  }
  if (mode !== "embedded" || dataDir === ":memory:" || !(await isFree(ADMIN))) return;
  const password = newPassword();
  // First the file: a password that nobody was told could not be found again.
  await writeFile(join(dataDir, FILE), `${password}\n`, { mode: 0o600 });
  await createUnlessTaken(parts, ADMIN, password);
}

/** Once the administrator has signed in, the file that held the password is only a danger. */
export async function forgetPasswordFile(dataDir: string): Promise<void> {
  if (dataDir !== ":memory:") await rm(join(dataDir, FILE), { force: true });
}

export function newPassword(): string {
  return randomBytes(18).toString("base64url");
}

async function createUnlessTaken(parts: AdminParts, username: string, password: string): Promise<void> {
  try {
    await createAdmin(parts, username, password);
  } catch (reason) {
    if (!(reason instanceof Refusal) || reason.code !== "username_taken") throw reason;
  }
}
