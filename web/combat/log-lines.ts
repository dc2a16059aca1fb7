import type { GameEvent } from "../../src/client/client.ts";
import type { LogLine, Names } from "./fight-log.ts";
import { d20Of, lastOf, number, numbers, type RollView, sumOf } from "./rolls.ts";

type Line = Omit<LogLine, "seq">;
type Data = GameEvent["data"];
type Words = (data: Data, names: Names, event: GameEvent) => Line | null;

const say = (text: string, tone: Line["tone"] = "plain", rolls: readonly RollView[] = []): Line => ({
  text,
  rolls,
  tone,
});
const about =
  (words: string, tone: Line["tone"] = "plain"): Words =>
  ({ id }, names) =>
    say(`${names.fighter(id)} ${words}.`, tone);

const DID: Readonly<Record<string, string>> = {
  dash: "dashes",
  disengage: "disengages",
  dodge: "dodges",
  help: "helps",
  interact: "handles something",
  stand: "stands up",
};
const TURN_OVER: Readonly<Record<string, string>> = {
  afk: "took too long; the turn passes",
  forced: "was moved on by the game master",
  lost: "waited too long and loses the turn",
  unable: "cannot act",
};
const LIVES: Readonly<Record<string, string>> = {
  up: "is back on its feet",
  dying: "falls and is dying",
  stable: "is stable",
  dead: "dies",
};
const ENDS: Readonly<Record<string, string>> = {
  expired: "is over",
  saved: "is shaken off",
  concentration: "ends with the concentration",
  used: "is used up",
  removed: "is lifted",
  death: "ends",
};
const TRIGGERS: Readonly<Record<string, string>> = {
  approach: "somebody comes near",
  attack: "somebody attacks",
  cast: "somebody casts",
};

/** One sentence and the rolls of an entry; null for what is not worth telling. */
export function lineOf(event: GameEvent, names: Names): Line | null {
  const words = Object.hasOwn(WORDS, event.type) ? WORDS[event.type] : undefined;
  return words ? words(event.data, names, event) : null;
}

const WORDS: Readonly<Record<string, Words>> = {
  "seat.taken": (_, names, { seat }) => say(`${names.person(seat)} sat down.`),
  "seat.left": (_, names, { seat }) => say(`${names.person(seat)} left.`),
  "session.paused": () => say("The game master paused the fight."),
  "session.resumed": () => say("The fight goes on."),
  "session.rewound": ({ toSeq, reroll }) =>
    say(`The game master went back to entry ${number(toSeq)}${reroll ? "; dice fall anew" : ""}.`, "turn"),
  "session.ended": () => say("The fight is over.", "turn"),
  joined: ({ combatant }, names) => say(`${names.fighter((combatant as { id: string }).id)} joins the fight.`),
  rollingBegan: () => say("Roll for initiative!", "turn"),
  initiativeRolled: (data, names) =>
    say(`${names.fighter(data.id)}: initiative ${number(data.total)}.`, "plain", thrown("initiative", data)),
  rolledOff: (data, names) => say(`${names.fighter(data.id)} breaks the tie.`, "plain", [lastOf("roll-off", data)]),
  roundStarted: ({ round }) => say(`Round ${number(round)}`, "turn"),
  turnStarted: about("is up", "turn"),
  turnEnded: ({ id, why }, names) =>
    TURN_OVER[String(why)] ? say(`${names.fighter(id)} ${TURN_OVER[String(why)]}.`) : null,
  turnSkipped: about("is skipped"),
  turnDelayed: about("delays"),
  turnEntering: about("comes next"),
  turnEntered: about("takes the delayed turn", "turn"),
  acted: ({ id, action }, names) => say(`${names.fighter(id)} ${DID[String(action)] ?? String(action)}.`),
  readied: (data, names) => say(readiedWords(data, names)),
  readyLost: about("lets the readied action go"),
  attacked: ({ id, target, attack }, names) =>
    say(`${names.fighter(id)} attacks ${names.fighter(target)} with ${names.way(attack, id)}.`),
  attackRolled: (data, names) => attackRolled(data, names),
  deflected: ({ id, target }, names) => say(`${names.fighter(target)} turns the blow of ${names.fighter(id)} aside.`),
  abilityUsed: (data, names) => say(abilityWords(data, names)),
  countered: ({ id, by, ability }, names) =>
    say(`${names.fighter(id)} undoes it with ${names.way(ability, id)}: ${names.fighter(by)} casts in vain.`),
  moved: ({ id, path, cost }, names) => say(`${names.fighter(id)} ${movedWords(path)}, ${number(cost)} feet.`),
  pushed: about("is thrown aside"),
  revealed: about("is discovered", "turn"),
  hid: about("hides"),
  damaged: (data, names) => damaged(data, names),
  healed: (data, names) => healed(data, names),
  tempGained: (data, names) =>
    say(
      `${names.fighter(data.target)} has ${number(data.tempHp)} temporary hit points.`,
      "plain",
      thrown("bolstered", data),
    ),
  saved: (data, names) => saved(data, names),
  deathSaved: (data, names) => deathSaved(data, names),
  deathFailed: ({ id, failures }, names) =>
    say(`${names.fighter(id)} is nearer to death: ${number(failures)} of 3 failures.`, "grave"),
  lifeChanged: ({ id, life }, names) =>
    say(`${names.fighter(id)} ${LIVES[String(life)] ?? String(life)}.`, life === "up" ? "plain" : "grave"),
  effectAdded: ({ bearer, effect }, names) =>
    say(`${names.fighter(bearer)}: ${names.effect((effect as { id: number }).id, "")} begins.`),
  effectEnded: ({ bearer, effect, key, why }, names) =>
    say(`${names.fighter(bearer)}: ${names.effect(effect, key)} ${ENDS[String(why)] ?? "ends"}.`),
  concentrationEnded: ({ id, ability }, names) =>
    say(`${names.fighter(id)} no longer holds ${names.way(ability, id)}.`),
  windowOpened: () => null,
  reacted: ({ id, take }, names) => (take ? say(`${names.fighter(id)} reacts.`) : null),
  removed: ({ id, why }, names) => say(`${names.fighter(id)} ${why === "conceded" ? "gives up" : "is gone"}.`, "grave"),
  edited: about("was changed by the game master"),
  rolledByGm: (data) => say("The game master rolls.", data.secret ? "secret" : "plain", [sumOf("roll", data)]),
};

/** Nothing for an amount without dice, such as an initiative that the game master sets. */
function thrown(label: string, data: Data): RollView[] {
  return numbers(data.rolls).length > 0 ? [sumOf(label, data)] : [];
}

/** Who runs into somebody unseen at once has paid for the step and stands where it stood. */
function movedWords(path: unknown): string {
  return Array.isArray(path) && path.length < 2 ? "gets nowhere" : "moves";
}

function readiedWords({ id, readied }: Data, names: Names): string {
  const plan = readied as { trigger?: string; action?: { id: string } } | undefined;
  if (!plan?.action) return `${names.fighter(id)} readies an action.`;
  return `${names.fighter(id)} readies ${names.way(plan.action.id, id)}: when ${TRIGGERS[plan.trigger ?? ""] ?? "it fits"}.`;
}

/** Of a secret roll players are told what came of it, and the game master the dice too. */
function attackRolled(data: Data, names: Names): Line {
  const verdict = data.critical ? "a critical hit!" : data.hit ? "a hit" : "a miss";
  const who = `${names.fighter(data.id)}, ${names.way(data.attack, data.id)} on ${names.fighter(data.target)}`;
  if (!data.rolls) return say(`${who}: ${verdict}, rolled in secret`);
  return say(`${who}: ${verdict}`, data.secret ? "secret" : "plain", [d20Of("to hit", data)]);
}

function abilityWords({ id, ability, targets }: Data, names: Names): string {
  const others = (Array.isArray(targets) ? targets : [])
    .filter((target) => target !== id)
    .map((target) => names.fighter(target));
  return `${names.fighter(id)} uses ${names.way(ability, id)}${others.length > 0 ? ` on ${[...new Set(others)].join(", ")}` : ""}.`;
}

function damaged(data: Data, names: Names): Line {
  const lost = number(data.lost) + number(data.tempLost);
  const shield = number(data.tempLost) > 0 ? `, ${number(data.tempLost)} of it temporary` : "";
  const parts = (Array.isArray(data.parts) ? data.parts : []) as readonly Data[];
  return say(`${names.fighter(data.target)} loses ${lost} hit points${shield}.`, "plain", parts.map(damageRoll));
}

/** Where resistance, vulnerability or a save changed the amount, that is said too. */
function damageRoll(part: Data): RollView {
  const changed = part.taken === part.total ? "" : `, ${number(part.taken)} taken`;
  return sumOf(String(part.type) + changed, part);
}

function healed(data: Data, names: Names): Line {
  const words = `${names.fighter(data.target)} regains ${number(data.gained)} hit points.`;
  return say(words, "plain", thrown("healing", data));
}

function saved(data: Data, names: Names): Line {
  const against =
    data.against === "concentration" ? "to keep concentrating" : `against ${names.effect(-1, data.against)}`;
  const verdict = data.success ? "saved" : "failed";
  const rolls = numbers(data.rolls).length > 0 ? [d20Of(`${String(data.attribute)} save`, data)] : [];
  return say(`${names.fighter(data.id)} ${against}, difficulty ${number(data.dc)}: ${verdict}`, "plain", rolls);
}

function deathSaved(data: Data, names: Names): Line {
  return say(
    `${names.fighter(data.id)}: ${number(data.successes)} of 3 saves, ${number(data.failures)} of 3 failures.`,
    "grave",
    thrown("death save", data),
  );
}
