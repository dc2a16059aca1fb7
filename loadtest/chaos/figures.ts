import { type ArenaVerdict, type Loss, WINDOW_MS } from "../../test/support/arena-oracle.ts";
import type { Verdict } from "../../test/support/oracle.ts";
import type { RecordsVerdict } from "../../test/support/records-oracle.ts";
import { percentile } from "../bench/figures.ts";

/** Findings by their kind. */
export type Lists = Readonly<Record<string, readonly string[]>>;

/** Everything in a verdict that lists broken promises. */
export function listsOf(verdict: Verdict | ArenaVerdict | RecordsVerdict | undefined, prefix = ""): Lists {
  const lists = Object.entries(verdict ?? {}).filter((pair): pair is [string, string[]] => isTexts(pair[1]));
  return Object.fromEntries(lists.map(([kind, list]) => [prefix + kind, list]));
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

export function diceFigures({ acknowledgements, events, states, ...faults }: Verdict) {
  const { lost, twice, leaks, contradicted, broken, stranded } = faults;
  return {
    ...{ acknowledgements, lost: lost.length, twice: twice.length, leaks: leaks.length, events, states },
    ...{ contradicted: contradicted.length, broken: broken.length, stranded: stranded.length },
  };
}

/**
 * Milliseconds from the last durable tick to the death (`windowMs`; `older`: how many of them are above the promise) and
 * of shown play that was taken back (`undoneMs`; `tooOld`: how many of them are).
 */
export function arenaFigures({ matches, endings, patches, events, results, losses, ...faults }: ArenaVerdict) {
  const spread = (of: (loss: Loss) => number) => {
    const [p50, p95, max] = [50, 95, 100].map((percent) => Math.round(percentile(losses.map(of), percent)));
    return { p50, p95, max };
  };
  const older = losses.filter(({ window }) => window > WINDOW_MS).length;
  const { tooOld, broken, contradicted, phantoms, leaks, stranded } = faults;
  return {
    ...{ matches, endings, patches, events, struck: losses.length, windowMs: spread(({ window }) => window), older },
    ...{ undoneMs: spread(({ undone }) => undone), tooOld: tooOld.length },
    ...{ results, contradicted: contradicted.length, phantoms: phantoms.length, broken: broken.length },
    ...{ leaks: leaks.length, stranded: stranded.length },
  };
}

export function recordsFigures({ lost, twice, wentBack, contradicted, faults, ...figures }: RecordsVerdict) {
  return {
    ...{ ...figures, lost: lost.length, twice: twice.length, wentBack: wentBack.length },
    ...{ contradicted: contradicted.length, faults: faults.length },
  };
}
