import { z } from "zod";
import { CORE, type Draft, type Game, type Refused, type Viewer } from "../journal/game.ts";
import type { Json } from "../lib/canonical.ts";
import { mergePatch } from "./merge-patch.rules.ts";
import { faultOf, orderedText } from "./safe-json.rules.ts";

type JsonObject = { readonly [key: string]: Json };
type Lists = { readonly [name: string]: readonly Json[] };

/**
 * The state is kept as text: a hundred thousand of these are held at a time, and an object graph weighs several times
 * what its text does. Its members keep no order.
 */
interface Owned {
  text: string;
}

/** So much a client may keep, in characters of JSON: what an entry of the journal can hold, less its frame. */
export const STATE_MAX = 15 * 1024;

/** Seats of a `custom` session. */
const COMPANY_MAX = 64;

const jsonObject = z.custom<JsonObject>().superRefine((value, ctx) => {
  const fault = faultOf(value);
  if (fault) ctx.addIssue({ code: "custom", path: [...fault.path], message: fault.message });
});
const lists = jsonObject.refine((value) => Object.values(value).every(Array.isArray), "Must hold lists only.");
const critical = { durability: "critical" } as const;

/** What a `player` or `custom` session is told to do; anybody seated may. */
const commands = {
  replace: { ...critical, data: z.strictObject({ value: jsonObject }) },
  "merge-patch": { ...critical, data: z.strictObject({ patch: jsonObject }) },
  append: { ...critical, data: z.strictObject({ lists }) },
};

/** One player's own state: nobody else sees it. */
export const player = clientOwned("player", 1, (viewer) => viewer.kind !== "spectator");

/** A state that several players share, open to all who may see the session. */
export const custom = clientOwned("custom", COMPANY_MAX, () => true);

/** Whether clients, and no rules, decide what the state is. */
export function isClientOwned(type: string): boolean {
  return type === player.id || type === custom.id;
}

/** Whether a session of this type is one player's alone. */
export function isPersonal(type: string): boolean {
  return type === player.id;
}

function clientOwned(id: string, max: number, sees: (viewer: Viewer) => boolean): Game<Owned, Json> {
  return {
    ...{ id, version: 1, seats: { min: 1, max }, commands, roomless: true, rewindable: true },
    refusals: { not_a_list: "There is something else than a list under that name." },

    init: () => ({ text: "{}" }),

    decide({ text }, { type, data }) {
      const state = JSON.parse(text);
      const draft = draftOf(state, type, data);
      if ("refused" in draft) return draft;
      return JSON.stringify(applied(state, draft)).length > STATE_MAX ? { refused: "payload_too_large" } : [draft];
    },

    /** It is being played from the moment its owner has a seat. */
    onSeat: (_, { kind, seat }) => (kind === "taken" && seat === 0 ? [{ type: CORE.started, data: {} }] : []),
    admits: () => true,

    evolve(state, entry) {
      if (entry.type.startsWith("state.")) state.text = orderedText(applied(JSON.parse(state.text), entry));
    },

    view: ({ text }, viewer) => (sees(viewer) ? JSON.parse(text) : null),
    redact: ({ type, data }, viewer) => (sees(viewer) ? { type, data } : null),
  };
}

function draftOf(state: JsonObject, type: string, data: Draft["data"]): Draft | Refused {
  if (type === "replace") return { type: "state.replaced", data: { value: data.value! } };
  if (type === "merge-patch") return { type: "state.patched", data: { patch: data.patch! } };
  const names = Object.keys(data.lists as JsonObject);
  const taken = names.some((name) => Object.hasOwn(state, name) && !Array.isArray(state[name]));
  return taken ? { refused: "not_a_list" } : { type: "state.appended", data: { lists: data.lists! } };
}

function applied(state: JsonObject, { type, data }: Draft): Json {
  if (type === "state.replaced") return data.value!;
  if (type === "state.patched") return mergePatch(state, data.patch!);
  const longer = Object.entries(data.lists as Lists).map(([name, items]) => {
    // What every object inherits, such as `toString`, is no list of this one.
    const before = Object.hasOwn(state, name) ? (state as Lists)[name]! : [];
    return [name, [...before, ...items]] as const;
  });
  return { ...state, ...Object.fromEntries(longer) };
}
