import { StateView } from "@colyseus/schema";
import type { Viewer } from "../src/journal/game.ts";
import type { LedgerClient } from "./table.ts";

/** Adds to a view what this viewer may see beyond what everybody sees; called again it must add nothing twice. */
export type Reveal = (view: StateView, viewer: Viewer) => void;

/** The private views of a room's clients. Spectators share one, so that what they see is encoded once. */
export class Views {
  readonly #reveal: Reveal;
  #shared: StateView | null = null;

  constructor(reveal: Reveal) {
    this.#reveal = reveal;
  }

  give(client: LedgerClient): void {
    const { viewer } = client.userData!;
    client.view = viewer.kind === "spectator" ? this.#spectators() : new StateView();
    this.#reveal(client.view, viewer);
  }

  take(client: LedgerClient): void {
    if (client.view !== this.#shared) client.view?.dispose();
    delete client.view;
  }

  /** Somebody sat down or left: there may be more to see. */
  refresh(clients: Iterable<LedgerClient>): void {
    for (const { view, userData } of clients) if (view) this.#reveal(view, userData!.viewer);
  }

  #spectators(): StateView {
    this.#shared ??= new StateView();
    return this.#shared;
  }
}
