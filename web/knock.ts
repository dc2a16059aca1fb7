import { Client, type Room } from "@colyseus/sdk";
import type { Identity } from "./identity.ts";
import { joinFailureOf } from "./join-failure.ts";

/** How a room is asked for. */
export type Knock<State> = (client: Client) => Promise<Room<unknown, State>>;

/**
 * Asks for a room as whoever this tab is. A stored token may have expired or belong to a former server: then once more
 * with a new one.
 *
 * @throws what the SDK throws, and ApiError; see `joinFailureOf`
 */
export async function knockAt<State>(identity: Identity, knock: Knock<State>): Promise<Room<unknown, State>> {
  try {
    return await knock(await clientOf(identity));
  } catch (error) {
    if (joinFailureOf(error).kind !== "unauthorised") throw error;
    await identity.renew();
    return knock(await clientOf(identity));
  }
}

async function clientOf(identity: Identity): Promise<Client> {
  const { accessToken } = await identity.ensure();
  const client = new Client(location.origin);
  client.auth.token = accessToken;
  return client;
}
