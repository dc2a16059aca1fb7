import { combat } from "../combat/combat.rules.ts";
import type { CombatState } from "../combat/combat-state.rules.ts";
import { CREATURES } from "../combat/content/creatures.rules.ts";
import { USUAL_PARTY } from "../combat/content/map-schema.rules.ts";
import { foesAgainst, MAPS } from "../combat/content/maps.rules.ts";
import { FOES } from "../combat/gm.rules.ts";
import { GM_SEAT } from "../combat/lookup.rules.ts";
import { type AnyGame, type Draft, SYSTEM } from "../journal/game.ts";
import { Ledger } from "../journal/ledger.ts";
import type { Order } from "../journal/orders.ts";
import { sha256 } from "../lib/sha256.ts";

/** Any instant: a journal holds times, and must hold the same ones everywhere. */
const BEGINNING = 1_800_000_000_000;
const PARTY = 0;

/** What one fight of autopilots came to. */
export interface FightResult {
  readonly map: string;
  /** Against the creatures of the map, or a second party. */
  readonly against: "foes" | "party";
  /** 0 for the party, 1 for the others, -1 for nobody. */
  readonly winner: number;
  readonly rounds: number;
  readonly entries: number;
  /** Of the journal's last batch, and so of all of it. */
  readonly hash: string;
}

/**
 * One fight, played by the ledger as a session would be, without anything else of it: no database, no clock. Number
 * `index` of a seed is the same everywhere, whatever was played before it.
 *
 * @param heroes of the party, and of the party it meets in every second fight
 */
export function simulateFight(seed: string, index: number, heroes = USUAL_PARTY): FightResult {
  const maps = [...MAPS.keys()];
  const map = maps[index % maps.length]!;
  const against = Math.floor(index / maps.length) % 2 === 0 ? "foes" : "party";
  const player = new Player(sha256(`${seed}/${index}`));
  player.order({ kind: "take", role: "gm" });
  player.act("setup", { mode: "skirmish", map });
  const party = partyOf(index, heroes);
  for (const creature of party) player.add(creature, PARTY);
  for (const creature of against === "foes" ? foesAgainst(MAPS.get(map)!, heroes) : party) player.add(creature, FOES);
  player.act("rollInitiative", {});
  player.playOut();
  const { winner, round: rounds } = player.view;
  return { map, against, winner, rounds, entries: player.ledger.seq, hash: player.head };
}

/** Every ready-made character comes up equally often. */
function partyOf(index: number, size: number): readonly string[] {
  const heroes = [...CREATURES.values()].filter(({ playable }) => playable).map(({ id }) => id);
  return Array.from({ length: size }, (_, place) => heroes[(index + place) % heroes.length]!);
}

class Player {
  readonly ledger: Ledger;
  head = "";

  /** @param seed 64 hex digits, of which the session's id is made as well */
  constructor(seed: string) {
    const digits = seed.slice(0, 32);
    const sessionId = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    this.ledger = Ledger.open({ sessionId, game: combat as AnyGame, seed }, BEGINNING);
    this.#seal();
  }

  get view(): Pick<CombatState, "winner" | "round"> {
    return this.ledger.view(SYSTEM) as CombatState;
  }

  add(creature: string, side: number): void {
    this.act("gm.add", { creature, side, autopilot: true });
  }

  act(type: string, data: Draft["data"]): void {
    this.order({ kind: "act", seat: GM_SEAT, command: { type, data } });
  }

  /** Nobody waits for a timer here: it is then whenever the next one is due. */
  playOut(): void {
    while (this.ledger.core.status !== "ended") this.order({ kind: "timer" }, this.ledger.wakeAt ?? BEGINNING);
  }

  order(order: Order, at = this.ledger.at): void {
    const decision = this.ledger.decide(order, at);
    if (decision.kind === "refused") throw decision.refusal;
    this.#seal();
  }

  #seal(): void {
    this.head = this.ledger.seal()?.batch.hash ?? this.head;
  }
}
