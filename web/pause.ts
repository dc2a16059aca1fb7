import type { Auth, GameEvent } from "../src/client/client.ts";

/** What the server tells of a session's own life, and whether it is paused from then on. */
const TURNS: { readonly [type: string]: boolean } = {
  "session.paused": true,
  "session.resumed": false,
  "session.ended": false,
};

/** Whether the session is paused: its events say so, and the API tells a page that came later. */
export class Pause {
  readonly #api: Pick<Auth, "call">;
  readonly #changed: () => void;
  #sessionId = "";
  /** Grows with whatever is newer than a question that is on its way. */
  #news = 0;
  #isOn = false;

  constructor(api: Pick<Auth, "call">, changed: () => void) {
    this.#api = api;
    this.#changed = changed;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  note({ type }: Pick<GameEvent, "type">): void {
    const turn = TURNS[type];
    if (turn !== undefined) this.#set(turn);
  }

  /** For a page that has come to a session, or back to it. Without an answer what was known of it stays. */
  async ask(sessionId: string): Promise<void> {
    if (sessionId !== this.#sessionId) this.#set(false);
    this.#sessionId = sessionId;
    this.#news += 1;
    const asked = this.#news;
    const path = `v1/sessions/${encodeURIComponent(sessionId)}`;
    const session = await this.#api.call<{ status: string }>({ method: "GET", path }).catch(() => null);
    if (session && asked === this.#news) this.#set(session.status === "paused");
  }

  #set(isOn: boolean): void {
    this.#news += 1;
    this.#isOn = isOn;
    this.#changed();
  }
}
