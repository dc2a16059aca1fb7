/** The guest this tab plays as. */
export interface Identity {
  readonly accountId: string;
  readonly name: string;
  readonly accessToken: string;
  /** Ms since the epoch, by the server's clock. */
  readonly expiresAt: number;
  /** Server clock minus this machine's, in ms. */
  readonly clockOffset: number;
}

const IDENTITY_KEY = "hypogeum.identity";
const DEVICE_KEY = "hypogeum.device";
/** A token this close to its end is not worth starting a game with. */
const RENEW_BEFORE_MS = 60_000;
/** The Date header is cut to whole seconds, so a smaller difference says nothing. */
const OFFSET_NOISE_MS = 1500;

/**
 * Who plays in this tab. Kept in sessionStorage: a reload stays the same guest, and two tabs are two players.
 */
export class Guests {
  #identity: Identity | null = read();

  get current(): Identity | null {
    return this.#identity;
  }

  /** Ms since the epoch by the server's clock. */
  serverNow(): number {
    return Date.now() + (this.#identity?.clockOffset ?? 0);
  }

  /** @throws Error with a sentence for the player when the server cannot make a guest */
  async ensure(): Promise<Identity> {
    if (this.#identity && this.#identity.expiresAt - this.serverNow() > RENEW_BEFORE_MS) return this.#identity;
    this.#identity = await createGuest();
    sessionStorage.setItem(IDENTITY_KEY, JSON.stringify(this.#identity));
    return this.#identity;
  }

  /** After the server refused the token: the next `ensure` makes a new guest. */
  forget(): void {
    this.#identity = null;
    sessionStorage.removeItem(IDENTITY_KEY);
  }
}

async function createGuest(): Promise<Identity> {
  const sentAt = Date.now();
  const response = await fetch("v1/auth/guest", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ deviceId: deviceLabel() }),
  });
  const body = (await response.json()) as GuestResponse;
  if (!response.ok) throw new Error(body.detail ?? `The server answered ${response.status}.`);
  const clockOffset = offsetOf(response.headers.get("Date"), (sentAt + Date.now()) / 2);
  const expiresAt = Date.now() + clockOffset + body.expiresIn * 1000;
  return { accountId: body.account.id, name: body.account.name, accessToken: body.accessToken, expiresAt, clockOffset };
}

interface GuestResponse {
  account: { id: string; name: string };
  accessToken: string;
  /** Seconds. */
  expiresIn: number;
  /** Of a problem document. */
  detail?: string;
}

function offsetOf(dateHeader: string | null, localNow: number): number {
  const second = Date.parse(dateHeader ?? "");
  if (Number.isNaN(second)) return 0;
  const offset = Math.round(second + 500 - localNow);
  return Math.abs(offset) < OFFSET_NOISE_MS ? 0 : offset;
}

function deviceLabel(): string {
  const known = sessionStorage.getItem(DEVICE_KEY);
  if (known) return known;
  const label = `web-${Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16)).join("")}`;
  sessionStorage.setItem(DEVICE_KEY, label);
  return label;
}

function read(): Identity | null {
  try {
    return JSON.parse(sessionStorage.getItem(IDENTITY_KEY) ?? "null") as Identity | null;
  } catch {
    return null;
  }
}
