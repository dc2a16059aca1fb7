import { byId, make, redraw, setText } from "../../dom.ts";
import { copyLink } from "../../views/toasts.ts";
import type { PartyView } from "../lobby-link.ts";
import { type Invite, inviteIn, inviteLink } from "../page-place.ts";

export interface PartyOrders {
  create(): void;
  join(invite: Invite): void;
  leave(party: PartyView): void;
  disband(party: PartyView): void;
  kick(party: PartyView, accountId: string, name: string): void;
  ready(party: PartyView, isReady: boolean): void;
}

type Member = PartyView["members"][number];

/** Who queues together. */
export function createPartyPanel(orders: PartyOrders) {
  const outside = byId("party-outside");
  const inside = byId("party-inside");
  const list = byId("party-members");
  const ready = byId<HTMLButtonElement>("party-ready");
  const paste = byId<HTMLInputElement>("party-link");
  const problem = byId("party-paste-problem");
  let party: PartyView | null = null;
  let me = "";

  const own = () => party?.members.find(({ accountId }) => accountId === me);
  const withParty = (act: (of: PartyView) => void) => () => {
    if (party) act(party);
  };
  const page = () => new URL(location.pathname, location.href).href;

  byId("party-create").addEventListener("click", () => orders.create());
  byId("party-leave").addEventListener("click", withParty(orders.leave));
  byId("party-disband").addEventListener("click", withParty(orders.disband));
  byId("party-copy").addEventListener(
    "click",
    withParty((of) => void copyLink(inviteLink(of, page()))),
  );
  ready.addEventListener(
    "click",
    withParty((of) => orders.ready(of, !own()?.ready)),
  );
  byId("party-paste").addEventListener("submit", (event) => {
    event.preventDefault();
    const invite = inviteIn(paste.value);
    problem.hidden = invite !== null;
    setText(problem, invite ? "" : "That is no invite link of a party.");
    if (!invite) return;
    paste.value = "";
    orders.join(invite);
  });

  function member({ accountId, name, ready: isReady }: Member, of: PartyView): HTMLElement {
    const tags = [
      ...(accountId === of.leaderId ? [make("span", { class: "tag" }, "leader")] : []),
      make("span", { class: "tag", "data-ready": String(isReady) }, isReady ? "ready" : "not ready"),
    ];
    const who = make("span", { class: "what" }, `${name}${accountId === me ? " (you)" : ""}`, ...tags);
    const mayKick = of.leaderId === me && accountId !== me;
    return make(
      "li",
      { "data-member": accountId, "data-ready": String(isReady) },
      who,
      ...(mayKick ? [kick(accountId, name)] : []),
    );
  }

  function kick(accountId: string, name: string): HTMLElement {
    const button = make(
      "button",
      { type: "button", class: "small", "aria-label": `Put ${name} out of the party` },
      "Put out",
    );
    button.addEventListener(
      "click",
      withParty((of) => orders.kick(of, accountId, name)),
    );
    return button;
  }

  return {
    render(now: PartyView | null, accountId: string): void {
      [party, me] = [now, accountId];
      outside.hidden = now !== null;
      inside.hidden = now === null;
      if (!now) return;
      setText(byId("party-size"), `${now.members.length} of ${now.maxSize}`);
      redraw(list, [now, me], () => now.members.map((one) => member(one, now)));
      const isReady = own()?.ready === true;
      ready.setAttribute("aria-pressed", String(isReady));
      setText(ready, isReady ? "Ready" : "I am ready");
      byId("party-disband").hidden = now.leaderId !== me;
      byId("party-copy").hidden = now.members.length >= now.maxSize;
    },
  };
}
