import { Protocol } from "@colyseus/core";
import { InputEncoder } from "@colyseus/schema/input";
import { ArenaInput } from "../../schema/arena.ts";
import type { Steering } from "./net-player.ts";

/** The bit by which a frame says that a stamp precedes its body. */
const TIMED = 0x80;

/** Writes input frames as the stock SDK does, with the stamps a test likes. */
export class InputFrames {
  readonly #input = new ArenaInput();
  readonly #encoder = new InputEncoder(this.#input, { mode: "reliable" });

  /** @param stamp bytes of the number to add to the last stamp; without any the frame carries no stamp */
  next(steering: Steering, stamp?: Uint8Array): Uint8Array {
    const held = { up: false, down: false, left: false, right: false, fire: false, aim: 0 };
    Object.assign(this.#input, held, steering);
    return inputFrame(this.#encoder.encode(), stamp);
  }
}

export function inputFrame(body: Uint8Array, stamp?: Uint8Array): Uint8Array {
  const code = Protocol.ROOM_INPUT_RELIABLE | (stamp ? TIMED : 0);
  return Uint8Array.from([code, ...(stamp ?? []), ...body]);
}

/** A frame of the channel that the SDK uses where datagrams may be lost; see Colyseus's InputDecoder. */
export function lossyFrame(bytes: readonly number[], timed = false): Uint8Array {
  return Uint8Array.from([Protocol.ROOM_INPUT_UNRELIABLE | (timed ? TIMED : 0), ...bytes]);
}

/** A number as the wire knows it, whatever number it is. */
export function float64(value: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(9));
  bytes.setUint8(0, 0xcb);
  bytes.setFloat64(1, value, true);
  return new Uint8Array(bytes.buffer);
}

/** What tells the decoder that a field is gone: 0x40 and the field's place. */
export function deletionOf(field: number): Uint8Array {
  return Uint8Array.of(0x40 | field);
}
