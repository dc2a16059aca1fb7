import { ErrorCode, ServerError } from "@colyseus/core";
import { z } from "zod";
import { Refusal, refusal } from "../src/errors.ts";
import type { Draft } from "../src/journal/game.ts";
import { DEVICES } from "../src/sessions/sessions.store.ts";

/** What a client may ask for when it joins; anything else is refused before a room is chosen. */
export const JoinOptions = z.strictObject({
  mode: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/)
    .optional(),
  private: z.boolean().optional(),
  role: z.enum(["player", "gm", "spectator", "coach"]).optional(),
  /** What the client plays on; by default what its token says. */
  device: z.enum(DEVICES).optional(),
  /** For a coach: what the player's client was given by the `coach` message. */
  code: z.string().max(64).optional(),
});
export type JoinOptions = z.infer<typeof JoinOptions>;

/** `act`: the one message by which players change a session. */
const ActMessage = z.strictObject({
  id: z.string().max(36),
  type: z.string().min(1).max(32),
  data: z.record(z.string().max(64), z.json()).optional(),
});

export interface Act {
  readonly actionId: string;
  readonly command: Draft;
}

/** More nesting than any action needs, and far less than a validator's stack can take. */
const DEPTH_MAX = 16;

export function parseAct(payload: unknown): Act | Refusal {
  if (isDeeperThan(payload, DEPTH_MAX)) return refusal("validation_failed", "The message is nested too deeply.");
  const { success, data, error } = ActMessage.safeParse(payload);
  if (!success) {
    const errors = error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
    return refusal("validation_failed", undefined, errors);
  }
  return { actionId: data.id, command: { type: data.type, data: (data.data ?? {}) as Draft["data"] } };
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeperThan(member, levels - 1));
}

/** A refusal as Colyseus carries it to a client that wants to join: its numeric code, ours in front of the sentence. */
export function joinError(reason: unknown, code: number = ErrorCode.APPLICATION_ERROR): ServerError {
  const known = reason instanceof Refusal ? reason : refusal("internal_error");
  return new ServerError(code, `${known.code}: ${known.message}`);
}

/** Strikes of one connection: what it sends that the room cannot use. They fade, so that honest mistakes are forgiven. */
export class Strikes {
  static readonly MAX = 20;
  static readonly FADE_MS = 1000;
  #count = 0;
  #since = 0;

  /** Counts one more; true when the connection has used up the room's patience. */
  add(now: number): boolean {
    const faded = Math.floor((now - this.#since) / Strikes.FADE_MS);
    this.#count = Math.max(0, this.#count - faded) + 1;
    this.#since = now;
    return this.#count > Strikes.MAX;
  }
}
