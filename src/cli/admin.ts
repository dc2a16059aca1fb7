import { accountStore } from "../accounts/accounts.store.ts";
import { createAdmin, newPassword } from "../accounts/first-admin.ts";
import { loginStore } from "../accounts/logins.store.ts";
import { createLogins } from "../accounts/logins.ts";
import { NewPassword, Username } from "../accounts/names.rules.ts";
import { createPasswords } from "../accounts/passwords.ts";
import type { Config } from "../config.ts";
import { Refusal } from "../errors.ts";
import { systemClock } from "../lib/clock.ts";
import { CommandError, EXIT } from "./command-error.ts";
import { withConnection } from "./data.ts";

/**
 * `hypogeum admin create <username>`: an account with the admin role.
 *
 * @param given the password; empty to have one made, which is then printed, once
 * @returns the line to print
 * @throws CommandError when the name is taken, or name or password break the rules
 */
export async function createAdminAccount(config: Config, username: string, given: string): Promise<string> {
  const name = Username.safeParse(username);
  if (!name.success) throw new CommandError(EXIT.usage, `the user name ${name.error.issues[0]!.message}`);
  const password = given === "" ? newPassword() : given;
  if (!NewPassword.safeParse(password).success) {
    throw new CommandError(EXIT.usage, "the password must be 8 to 128 characters long");
  }
  await withConnection(config, async (connection) => {
    const [accounts, store, clock] = [accountStore(connection), loginStore(connection), systemClock];
    const logins = createLogins({ store, accounts, clock });
    await createAdmin({ accounts, logins, passwords: createPasswords(), clock }, name.data, password).catch(refuse);
  });
  return given === ""
    ? `${name.data} is an administrator; the password is ${password}`
    : `${name.data} is an administrator`;
}

function refuse(reason: unknown): never {
  if (reason instanceof Refusal) throw new CommandError(EXIT.broken, reason.message);
  throw reason;
}
