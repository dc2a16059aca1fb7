import { cast } from "./cast.rules.ts";
import type { Step } from "./combat-state.rules.ts";
import { land, swing } from "./strike.rules.ts";
import { walk } from "./walk.rules.ts";
import type { Work } from "./work.rules.ts";

/** Does the steps in order, and those they lead to, until a reaction window takes over what is left. */
export function run(work: Work, steps: readonly Step[]): void {
  const queue = [...steps];
  for (let step = queue.shift(); step; step = queue.shift()) perform(work, step, queue);
}

function perform(work: Work, step: Step, queue: Step[]): void {
  if (step.do === "walk") walk(work, step, queue);
  else if (step.do === "swing") swing(work, step, queue);
  else if (step.do === "land") land(work, step);
  else cast(work, step, queue);
}
