import { Client, type Room } from "@colyseus/sdk";
import type { Guests } from "./identity.ts";
import { joinFailureOf } from "./join-failure.ts";

/** How a room is asked for. */
export type Knock<State> = (client: Client) => Promise<Room<unknown, State>>;

/**
 * Asks for a room as the guest of this tab. A stored token may belong to a former server: then once more as a new one.
 *
 * @throws what the SDK throws; see `joinFailureOf`
 */
export async function knockAt<State>(guests: Guests, knock: Knock<State>): Promise<Room<unknown, State>> {
  try {
    return await knock(await clientOf(guests));
  } catch (error) {
    if (joinFailureOf(error).kind !== "unauthorised") throw error;
    guests.forget();
    return knock(await clientOf(guests));
  }
}

async function clientOf(guests: Guests): Promise<Client> {
  const { accessToken } = await guests.ensure();
  const client = new Client(location.origin);
  client.auth.token = accessToken;
  return client;
}
