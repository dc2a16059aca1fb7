import { byId, make, redraw, setText } from "../../dom.ts";
import type { PartyView } from "../lobby-link.ts";
import { barred, crowdInWords, type QueueItem, queueGame, queueName, rulesInWords } from "../queue-words.ts";
import type { Wish } from "../search.ts";

/** The queues, each with its rules and the button that enters it. */
export function createQueuesView(find: (wish: Wish) => void) {
  const list = byId("queues");

  function card(queue: QueueItem): HTMLElement {
    const { id, roles = [] } = queue;
    const game = queueGame(queue);
    const name = make(
      "h3",
      { id: `queue-${id}` },
      queueName(id),
      ...(game ? [make("span", { class: "tag" }, game)] : []),
    );
    const rules = make("ul", { class: "rules" }, ...rulesInWords(queue).map((text) => make("li", {}, text)));
    const crowd = make("p", { class: "crowd", "data-crowd": id });
    const button = make(
      "button",
      {
        class: "primary",
        type: "button",
        "data-find": id,
        "data-testid": `find-${id}`,
        "aria-describedby": `why-${id}`,
      },
      "Find a match",
    );
    // A screen reader hears five buttons of the same name otherwise.
    button.setAttribute("aria-label", `Find a match: ${queueName(id)}`);
    const role = roles.length > 0 ? roleChoice(id, roles) : null;
    button.addEventListener("click", () =>
      find({ queue: id, ...(role?.value ? { attributes: { role: role.value } } : {}) }),
    );
    const why = make("p", { class: "note", id: `why-${id}`, "data-why": id });
    const choice = role ? [make("label", { class: "role", for: role.id }, "Role ", role)] : [];
    const head = make("div", { class: "queue-head" }, name, crowd);
    return make(
      "li",
      { class: "queue card", "data-game": queue.type, "aria-labelledby": `queue-${id}` },
      head,
      rules,
      ...choice,
      button,
      why,
    );
  }

  return {
    /** @param isBusy a search is on, or somebody just clicked */
    render(queues: readonly QueueItem[], party: PartyView | null, me: string, isBusy: boolean): void {
      const rules = queues.map(({ tickets: _, estimatedWaitSeconds: __, ...rest }) => rest);
      redraw(list, rules, () => queues.map(card));
      for (const queue of queues) {
        const why = barred(queue, party, me);
        setText(part(list, `[data-crowd="${queue.id}"]`), crowdInWords(queue));
        setText(part(list, `[data-why="${queue.id}"]`), why ?? "");
        part<HTMLButtonElement>(list, `[data-find="${queue.id}"]`).disabled = isBusy || why !== null;
      }
    },
  };
}

function roleChoice(queue: string, roles: readonly string[]): HTMLSelectElement {
  const options = [make("option", { value: "" }, "any"), ...roles.map((role) => make("option", { value: role }, role))];
  return make("select", { id: `role-${queue}` }, ...options) as HTMLSelectElement;
}

function part<E extends HTMLElement = HTMLElement>(within: HTMLElement, selector: string): E {
  return within.querySelector<E>(selector)!;
}
