import { isClientOwned } from "../custom/custom.rules.ts";
import { faultOf } from "../custom/safe-json.rules.ts";
import { type FieldError, Refusal, refusal } from "../errors.ts";
import type { AnyGame, Command, Draft, Entry, SeatRole } from "../journal/game.ts";
import { canonical } from "../lib/canonical.ts";

/** What a caller may wish for in a new session. */
export interface SessionWish {
  readonly type: string;
  readonly gameId?: string | undefined;
  readonly mode?: string | undefined;
  readonly region?: string | undefined;
  /** Client-owned sessions (`player`, `custom`) only. */
  readonly state?: Readonly<Record<string, unknown>> | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly maxPlayers?: number | undefined;
  readonly private?: boolean | undefined;
  readonly campaignId?: string | undefined;
  /** 64 hex digits; with the permission `sessions.seed` only, and the session is unranked then. */
  readonly seed?: string | undefined;
}

/** How a game begins that its host makes by the API: with a seat of the host's, and what is done from it at once. */
export interface Opening {
  readonly role: SeatRole;
  readonly commands: readonly Command[];
}

export interface SessionEdit {
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly mode?: string | undefined;
  readonly maxPlayers?: number | undefined;
}

export interface ActionWish {
  /** UUIDv7, the client's own (L4). */
  readonly id: string;
  readonly type: string;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

/** A change that is durable: read the resource for the rest. */
export interface Changed {
  readonly sessionId: string;
  readonly version: number;
  readonly seq: number;
}

/** `events` as the caller may see them. */
export interface Acted extends Changed {
  readonly events: readonly Entry[];
}

export interface SnapshotInfo {
  readonly seq: number;
  readonly epoch: number;
  readonly stateHash: string;
}

/** So much metadata a session may carry, in characters of JSON. */
const METADATA_MAX = 4096;
const SEED = /^[0-9a-f]{64}$/;

/** @throws Refusal `validation_failed` when the game cannot be had like this, `payload_too_large` */
export function checkWish(game: AnyGame, { type, state, seed, maxPlayers, metadata }: SessionWish): void {
  const { min, max } = game.seats;
  if (state && !isClientOwned(type)) throw invalid("state", "Only sessions that clients own begin with a state.");
  if (seed !== undefined && !SEED.test(seed)) throw invalid("seed", "Must be 64 hex digits.");
  if (maxPlayers !== undefined && (maxPlayers < min || maxPlayers > max)) {
    throw invalid("maxPlayers", `Must be from ${min} to ${max}.`);
  }
  if (metadata) checkMetadata(metadata);
}

/** @throws Refusal `validation_failed`, `payload_too_large` */
export function checkMetadata(metadata: Readonly<Record<string, unknown>>): void {
  const fault = faultOf(metadata);
  if (fault) throw invalid(["metadata", ...fault.path].join("."), fault.message);
  if (canonical(metadata).length > METADATA_MAX) throw refusal("payload_too_large");
}

/** The command by which a client-owned session begins with a state. */
export function replacing(value: unknown): Command {
  return { type: "replace", data: { value } as Draft["data"] };
}

/** A refusal of what a command carried, with the path as the caller of the API knows it. */
export function renamed(reason: unknown, inside: string, outside: string): unknown {
  if (!(reason instanceof Refusal) || reason.code !== "validation_failed") return reason;
  const errors = reason.errors.map(({ path, message }) => ({ path: path.replace(inside, outside), message }));
  return refusal("validation_failed", undefined, errors);
}

function invalid(path: string, message: string): Refusal {
  const errors: FieldError[] = [{ path, message }];
  return refusal("validation_failed", undefined, errors);
}
