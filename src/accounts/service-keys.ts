import { createHash, timingSafeEqual } from "node:crypto";
import type { ServiceKey } from "../config.ts";
import { refusal } from "../errors.ts";
import type { Principal } from "./tokens.ts";

/**
 * Who calls with a service key. Every key is compared, by its hash and in constant time, so that the time tells neither
 * which key is close nor how long it is.
 *
 * @returns a function that refuses as `unauthorized`
 */
export function createServiceKeys(keys: readonly ServiceKey[]): (key: string) => Principal {
  const known = keys.map(({ key, name, gameId }) => ({ digest: digest(key), principal: principalOf(name, gameId) }));
  return (key) => {
    const given = digest(key);
    let found: Principal | undefined;
    for (const service of known) if (timingSafeEqual(service.digest, given)) found = service.principal;
    if (found === undefined) throw refusal("unauthorized", "The service key is not valid.");
    return found;
  };
}

function principalOf(name: string, gameId: string | undefined): Principal {
  const service = { accountId: `service:${name}`, name, roles: ["service"], deviceId: "service" } as const;
  return gameId === undefined ? service : { ...service, gameId };
}

function digest(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
