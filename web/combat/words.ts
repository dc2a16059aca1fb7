import { MAPS } from "../../src/combat/content/maps.rules.ts";
import { type EffectView, type FighterView, type FightView, fighterOf, hasCondition, isOwn } from "./fight-view.ts";

const SIDES = ["Blue", "Red", "Green", "Gold"];
const LETTERS = 26;

/** "C4": columns are letters, as on a chess board; after Z comes AA. */
export function cellName({ x, y }: { readonly x: number; readonly y: number }): string {
  const first = x < LETTERS ? "" : String.fromCharCode(64 + Math.floor(x / LETTERS));
  return `${first}${String.fromCharCode(65 + (x % LETTERS))}${y + 1}`;
}

export function sideName(side: number): string {
  return SIDES[side] ?? `Side ${side + 1}`;
}

export function mapName(map: string): string {
  return MAPS.get(map)?.name ?? map;
}

/** At most two letters and the number, as on a token: "DG2". */
export function initialsOf(name: string): string {
  const words = name.split(" ").filter((word) => word !== "");
  const number = words.length > 1 ? (/^\d+$/.exec(words.at(-1)!)?.[0] ?? "") : "";
  const letters = words.filter((word) => !/^\d+$/.test(word)).map((word) => word[0]!.toUpperCase());
  return letters.slice(0, 2).join("") + number;
}

export function nameOf(fight: FightView, id: string): string {
  return fighterOf(fight, id)?.name ?? "Somebody";
}

/** Who plays a creature: a player's name, or how it plays itself. */
export function playerOf({ people, own }: Pick<FightView, "people" | "own">, { seat, autopilot }: FighterView): string {
  if (seat === -1) return people.some(({ gm }) => gm) && !autopilot ? "GM" : "plays itself";
  const name = seat === own?.seat ? "you" : people.find((person) => person.seat === seat)?.name || `seat ${seat + 1}`;
  return autopilot ? `${name}, plays itself` : name;
}

/** "3 of 18 hit points", or how it lies there. */
export function lifeWords({ life, hp, maxHp, tempHp, successes, failures }: FighterView): string {
  switch (life) {
    case "dying":
      return `dying: ${successes} of 3 saves, ${failures} of 3 failures`;
    case "stable":
      return "unconscious, stable";
    case "dead":
      return "dead";
    case "gone":
      return "gone";
    default:
      return `${hp} of ${maxHp} hit points${tempHp > 0 ? `, ${tempHp} temporary` : ""}`;
  }
}

/** How long an effect still lasts: "2 more rounds, until the end of Ogre's turn". */
export function remaining(fight: FightView, { unit, until, of, expireOn }: EffectView): string {
  if (until < 0 || unit === "") return "until it is removed";
  const side = expireOn === "turnStart" ? "start" : "end";
  const whose = `the ${side} of ${nameOf(fight, of)}'s turn`;
  if (unit === "turns") return until <= 1 ? `until ${whose}` : `${until} more turns, until ${whose}`;
  const rounds = until - fight.round;
  if (rounds <= 0) return `this round, until ${whose}`;
  return rounds === 1 ? `until ${whose} next round` : `${rounds} more rounds, until ${whose}`;
}

/** The same in two or three characters, for a badge. */
export function remainingShort({ round }: Pick<FightView, "round">, { unit, until }: EffectView): string {
  if (until < 0 || unit === "") return "∞";
  return unit === "turns" ? `${until}t` : `${Math.max(0, until - round)}r`;
}

/** One sentence that says where the fight stands. From the state alone, so that it is right after a reload too. */
export function bannerOf(fight: FightView): string {
  switch (fight.phase) {
    case "preparing":
      return musterBanner(fight);
    case "rolling_initiative":
      return "Roll for initiative.";
    case "active":
      return turnBanner(fight);
    case "ended":
      return resultOf(fight);
  }
}

function musterBanner({ own, fighters }: FightView): string {
  if (!own) return "The fight has not begun.";
  if (own.gm) return "Set the scene. The fight begins when initiative is rolled.";
  return fighters.some(({ seat }) => seat === own.seat)
    ? "You are ready. The fight begins when initiative is rolled."
    : "Choose whom you play.";
}

function turnBanner(fight: FightView): string {
  const { window, reactors } = fight;
  if (window && reactors.length > 0) return "You may react.";
  if (window) return "A reaction is being decided.";
  const current = fighterOf(fight, fight.current);
  if (!current) return "Between two turns.";
  if (!isOwn(fight, current) || current.autopilot) return `${current.name} is up.`;
  if (hasCondition(current, "unconscious")) return `Your turn, but ${current.name} is unconscious.`;
  return `Your turn: ${current.name}.`;
}

export function resultOf(fight: FightView): string {
  const { winner, own, fighters, mode } = fight;
  if (winner < 0) return "The fight is over: nobody won.";
  const mine = own && !own.gm ? fighters.find(({ seat }) => seat === own.seat) : undefined;
  if (mine) return mine.side === winner ? "Victory! Your side won." : "Defeat. Your side lost.";
  const alone = fighters.filter(({ side }) => side === winner);
  if (mode === "pvp" && alone.length === 1) return `${alone[0]!.name} won.`;
  return mode === "pve" ? (winner === 0 ? "The party won." : "The foes won.") : `${sideName(winner)} won.`;
}
