import { Client } from "@colyseus/sdk";

const TOO_MANY = 429;

/** The server refuses guests from one address that come too quickly: it must be told that this is a load test. */
export class RateLimited extends Error {
  constructor() {
    super("The server limits how many guests may come from one address. Start it with RATE_LIMIT=off for load tests.");
  }
}

/** A stock SDK client, signed in as a new guest. @param endpoint a ws or http address */
export async function signIn(endpoint: string): Promise<Client> {
  const url = endpoint.replace(/^ws/, "http").replace(/\/$/, "");
  const headers = { "content-type": "application/json" };
  const request = { method: "POST", headers, body: '{"deviceId":"loadtest"}' };
  const response = await fetch(`${url}/v1/auth/guest`, request).catch(({ cause }) => {
    throw new Error(`${url} cannot be reached: ${String(cause)}`);
  });
  if (response.status === TOO_MANY) throw new RateLimited();
  if (!response.ok) throw new Error(`no guest account: ${response.status} ${await response.text()}`);
  const client = new Client(url);
  client.auth.token = ((await response.json()) as { accessToken: string }).accessToken;
  return client;
}
