import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Room } from "@colyseus/core";
import { CombatRoom } from "../../rooms/CombatRoom.ts";
import { createApp } from "../../src/app.ts";
import { combat } from "../../src/combat/combat.rules.ts";
import { loadConfig } from "../../src/config.ts";
import type { AnyGame } from "../../src/journal/game.ts";
import { Journal } from "../../src/journal/journal.ts";
import type { Presenter } from "../../src/journal/presenter.ts";
import { createLogger } from "../../src/log.ts";
import { percentile } from "./figures.ts";
import { answerParent } from "./pinned-process.ts";
import { residentBytes } from "./proc.ts";

/* The product as it is, but for probes around the rules of fights, and between the database's word and the sockets. */

export type CombatQuestion = "begin" | "end" | "resident";

/** In ms. */
export interface CombatFigures {
  readonly commands: number;
  /** `decide` and all `evolve` of one command. */
  readonly rulesP50: number;
  readonly rulesP95: number;
  /** From when a batch was durable until its patch, its events and its answers were with every socket of the room. */
  readonly shownP50: number;
  readonly shownP95: number;
}

const SAMPLES_MAX = 1_000_000;
const rules: number[] = [];
const shown: number[] = [];
let recording = false;
/** What the command at hand has taken so far; its entries are evolved right after it was decided. */
let command = 0;
const durableAt = new Map<string, number>();

const probedRules = {
  ...(combat as AnyGame),
  decide(...args: Parameters<AnyGame["decide"]>) {
    note(rules, command);
    const began = performance.now();
    const drafts = combat.decide(...args);
    command = performance.now() - began;
    return drafts;
  },
  evolve(...args: Parameters<AnyGame["evolve"]>) {
    const began = performance.now();
    combat.evolve(...args);
    if (command > 0) command += performance.now() - began;
  },
} as AnyGame;

class ProbedRoom extends CombatRoom {
  override async onCreate(options: Parameters<CombatRoom["onCreate"]>[0]): Promise<void> {
    await super.onCreate(options);
    const { live } = this.held;
    const presenter = live.presenter as { -readonly [Key in keyof Presenter]: Presenter[Key] };
    const release = presenter.release.bind(presenter);
    presenter.release = (entries) => {
      release(entries);
      const since = durableAt.get(live.id);
      if (since !== undefined) note(shown, performance.now() - since);
      durableAt.delete(live.id);
    };
  }
}

const append = Journal.prototype.append;
Journal.prototype.append = async function (...args) {
  const outcome = await append.apply(this, args);
  // All batches of one flush come through here before any of their sessions goes on.
  if (recording) durableAt.set(args[0].s, performance.now());
  return outcome;
};

function note(samples: number[], ms: number): void {
  if (recording && ms > 0 && samples.length < SAMPLES_MAX) samples.push(ms);
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const config = loadConfig(process.env);
const log = createLogger({ level: config.logLevel, pretty: false });
const die = (error: unknown): never => {
  log.fatal({ error: String(error) }, "the server of the benchmark died");
  process.exit(1);
};
const room = ProbedRoom as unknown as new () => Room;
const { port } = await createApp(config, log, die, [{ game: probedRules, room }]);

answerParent({ port }, async (question: CombatQuestion) => {
  if (question === "resident") return { bytes: await settledBytes() };
  const figures = question === "end" ? figuresNow() : {};
  recording = question === "begin";
  command = 0;
  for (const samples of [rules, shown]) samples.length = 0;
  durableAt.clear();
  return figures;
});

const SETTLE_MS = 2000;

async function settledBytes(): Promise<number> {
  for (let round = 0; round < 2; round++) {
    collect();
    await new Promise((done) => setTimeout(done, SETTLE_MS));
  }
  return residentBytes(process.pid);
}

function figuresNow(): CombatFigures {
  return {
    ...{ commands: rules.length, rulesP50: percentile(rules, 50), rulesP95: percentile(rules, 95) },
    ...{ shownP50: percentile(shown, 50), shownP95: percentile(shown, 95) },
  };
}
