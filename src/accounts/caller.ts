import { refusal } from "../errors.ts";
import type { Caller, Principal } from "./tokens.ts";

/** Who asks, of a call that only somebody may make; refuses as `unauthorized` where nobody does. */
export function callerOf({ principal, requestId }: { principal: Principal | undefined; requestId: string }): Caller {
  if (principal === undefined) throw refusal("unauthorized");
  return { principal, requestId };
}
