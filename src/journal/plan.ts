import { Refusal, refusal, versionConflict } from "../errors.ts";
import type { Draw } from "../lib/rng.ts";
import type { ActionAnswer, ActionWindow } from "./action-window.ts";
import type { CoreState } from "./core.rules.ts";
import type { AnyGame, Draft } from "./game.ts";
import type { Order } from "./orders.ts";

/** What an order comes to, before anything has changed. */
export type Plan =
  | {
      readonly kind: "write";
      readonly drafts: readonly Draft[];
      readonly seat: number | null;
      readonly actionId?: string;
    }
  | { readonly kind: "repeat"; readonly answer: ActionAnswer }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** What a plan may look at; it changes none of it. */
export interface Situation {
  readonly game: AnyGame;
  readonly core: CoreState;
  readonly state: unknown;
  readonly actions: ActionWindow;
  readonly rng: Draw;
  readonly wakeAt: number | null;
  readonly seq: number;
  readonly at: number;
}

export function write(drafts: readonly Draft[], seat: number | null = null, actionId?: string): Plan {
  return { kind: "write", drafts, seat, ...(actionId === undefined ? {} : { actionId }) };
}

export function refuse(reason: Refusal | Parameters<typeof refusal>[0]): Plan {
  return { kind: "refused", refusal: reason instanceof Refusal ? reason : refusal(reason) };
}

/** What an order made for another version is told: decided here, so that of many such orders one at most is carried out. */
export function staleness({ ifVersion }: Order, { core }: Situation): Plan | undefined {
  if (ifVersion === undefined || ifVersion === core.version) return undefined;
  return refuse(versionConflict(core.version));
}
