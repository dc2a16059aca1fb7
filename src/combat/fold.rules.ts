import type { CombatState } from "./combat-state.rules.ts";
import type { Facts, FactType } from "./facts.rules.ts";
import { BODY_FOLDS } from "./fold-bodies.rules.ts";
import { EFFECT_FOLDS } from "./fold-effects.rules.ts";
import { TURN_FOLDS } from "./fold-turns.rules.ts";

type Folds = { readonly [T in FactType]: (state: CombatState, fact: Facts[T], at: number) => void };

/** What each kind of fact changes: the only code that changes a fight [L1]. It rolls nothing and decides nothing. */
export const FOLD: Folds = { ...TURN_FOLDS, ...BODY_FOLDS, ...EFFECT_FOLDS };
