import type { Auth } from "../../src/client/client.ts";
import type { PartyView } from "./lobby-link.ts";
import type { Invite } from "./page-place.ts";

/** The player's party. The lobby tells its changes; what this player orders is known at once. */
export class Party {
  readonly #auth: Pick<Auth, "call">;
  readonly #changed: () => void;
  #view: PartyView | null = null;

  constructor(auth: Pick<Auth, "call">, changed: () => void) {
    this.#auth = auth;
    this.#changed = changed;
  }

  get view(): PartyView | null {
    return this.#view;
  }

  told(view: PartyView | null): void {
    this.#view = view;
    this.#changed();
  }

  /** @throws HypogeumError `in_party` */
  async create(maxSize: number): Promise<void> {
    this.told(await this.#auth.call<PartyView>({ method: "POST", path: "v1/parties", body: { maxSize } }));
  }

  /** @throws HypogeumError `code_invalid`, `party_full`, `in_party` */
  async join({ id, code }: Invite): Promise<void> {
    this.told(await this.#order<PartyView>(id, "join", { code }));
  }

  async setReady({ id }: PartyView, ready: boolean): Promise<void> {
    this.told(await this.#order<PartyView>(id, "ready", { ready }));
  }

  /** For its leader. */
  async kick({ id }: PartyView, accountId: string): Promise<void> {
    this.told(await this.#order<PartyView>(id, "kick", { accountId }));
  }

  async leave({ id }: PartyView): Promise<void> {
    await this.#order<null>(id, "leave");
    this.told(null);
  }

  /** For its leader. */
  async disband({ id }: PartyView): Promise<void> {
    await this.#auth.call<null>({ method: "DELETE", path: `v1/parties/${encodeURIComponent(id)}` });
    this.told(null);
  }

  #order<T>(id: string, verb: string, body?: object): Promise<T> {
    const path = `v1/parties/${encodeURIComponent(id)}/${verb}`;
    return this.#auth.call<T>({ method: "POST", path, ...(body ? { body } : {}) });
  }
}
