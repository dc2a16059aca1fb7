import type { MessageContext } from "@colyseus/core";
import { CLOSE, Refusal, refusal } from "../src/errors.ts";
import type { HeldSession } from "../src/sessions/held-session.ts";
import type { RoomDeps } from "./room-deps.ts";
import { parseAct } from "./room-messages.ts";
import type { LedgerClient, Table } from "./table.ts";

/** A room's answer to messages: the shape first, then the ledger's one door. */
export class Acting {
  readonly #held: HeldSession;
  readonly #deps: RoomDeps;

  constructor(held: HeldSession, deps: RoomDeps) {
    this.#held = held;
    this.#deps = deps;
  }

  /** `act`: resolves with where it took effect, once that is durable for critical actions; or rejects with a code. */
  async act(client: LedgerClient, payload: unknown, ctx: MessageContext): Promise<unknown> {
    const act = parseAct(payload);
    if (act instanceof Refusal) return this.refuse(client, act, ctx);
    const { seat } = client.userData!;
    if (seat === null) return this.refuse(client, refusal("not_seated"), ctx);
    try {
      const { epoch, seq } = await this.#held.live.commit({ kind: "act", seat, ...act });
      this.#deps.metrics.actions.inc({ outcome: "ok" });
      return { epoch, seq };
    } catch (reason) {
      return this.refuse(client, reason instanceof Refusal ? reason : refusal("internal_error"), ctx);
    }
  }

  /** `coach`: a player asks for the code that lets somebody watch with their eyes. */
  inviteCoach(client: LedgerClient, table: Table, ctx: MessageContext): unknown {
    const member = table.memberOf(client);
    return member ? { code: table.coachCodeOf(member) } : this.refuse(client, refusal("not_seated"), ctx);
  }

  /** Any other message. Colyseus calls this with type and message, or, for a request of type "*", with its context. */
  refuseUnknown(client: LedgerClient, rest: readonly unknown[]): void {
    const ctx = rest.at(-1) as Partial<MessageContext> | undefined;
    const isContext = typeof ctx?.reject === "function";
    this.refuse(client, refusal("unknown_message"), isContext ? (ctx as MessageContext) : undefined);
  }

  /** Answers the request, or sends a notice where no answer was asked for. Too many useless messages end it. */
  refuse(client: LedgerClient, reason: Refusal, ctx?: MessageContext): void {
    const { metrics, clock } = this.#deps;
    metrics.actions.inc({ outcome: reason.code });
    if (ctx?.id === undefined) {
      client.send("notice", reason.toReply());
      metrics.notices.inc({ code: reason.code });
    } else ctx.reject(reason.toReply());
    if (reason.status !== 400 || !client.userData!.strikes.add(clock.monotonic())) return;
    client.leave(CLOSE.rateLimited, "rate_limited");
  }
}
