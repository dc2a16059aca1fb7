import { Protocol } from "@colyseus/core";
import { encode } from "@colyseus/schema";

/** A `room.send` frame with a payload of the caller's own bytes. */
export function dataFrame(type: string, payload: Iterable<number> = [], code: number = Protocol.ROOM_DATA): Uint8Array {
  const head = Buffer.alloc(64);
  head[0] = code;
  const at = { offset: 1 };
  encode.string(head, type, at);
  return Uint8Array.from([...head.subarray(0, at.offset), ...payload]);
}

/** MessagePack of an action whose `data` is nested `depth` deep. */
export function deepAction(depth: number): number[] {
  const text = (value: string) => [0xa0 + value.length, ...Buffer.from(value)];
  const nested = Array.from({ length: depth }, () => [0x81, ...text("a")]).flat();
  return [0x83, ...text("id"), ...text("x"), ...text("type"), ...text("bid"), ...text("data"), ...nested, 0x01];
}
