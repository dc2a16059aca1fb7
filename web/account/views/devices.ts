import type { Auth, DeviceKind, HypogeumError } from "../../../src/client/client.ts";
import { byId, make } from "../../dom.ts";
import { attempts } from "../attempt.ts";
import { confirmed } from "../confirm.ts";
import { agoElement, day } from "../times.ts";

interface Device {
  readonly id: string;
  readonly device: DeviceKind | null;
  readonly createdAt: string;
  readonly lastSeenAt: string;
  readonly current: boolean;
}

const KINDS: Readonly<Record<DeviceKind, string>> = {
  mobile: "Phone or tablet",
  desktop: "Computer",
  console: "Console",
};

/** The devices that are signed in, each with the way to sign it out. */
export function createDevicesView(auth: Auth, signedOut: (error: HypogeumError) => void) {
  const list = byId("devices");
  const attempt = attempts(byId("devices-problem"), signedOut);

  async function read(): Promise<void> {
    const { items } = await auth.call<{ items: Device[] }>({ method: "GET", path: "v1/me/devices" });
    list.replaceChildren(...items.map(item));
  }

  function item({ id, device, createdAt, lastSeenAt, current }: Device): HTMLElement {
    const name = device === null ? "Device" : KINDS[device];
    const since = make(
      "p",
      { class: "note" },
      `Signed in on ${day(createdAt)}, used `,
      agoElement(lastSeenAt, auth.serverNow()),
    );
    const what = make("div", {}, make("p", { class: "what" }, name, ...(current ? [here()] : [])), since);
    const row = make("li", { "data-current": String(current) }, what);
    if (!current) row.append(revokeButton(id, name));
    return row;
  }

  function revokeButton(id: string, name: string): HTMLElement {
    const button = make(
      "button",
      { type: "button", "data-testid": "revoke", "aria-label": `Sign out: ${name}` },
      "Sign out",
    );
    button.addEventListener("click", () => void revoke(id, name));
    return button;
  }

  async function revoke(id: string, name: string): Promise<void> {
    if (!(await confirmed(`Sign this device out (${name.toLowerCase()})? It keeps its seats in games.`, "Sign out")))
      return;
    await attempt(async () => {
      await auth.call({ method: "DELETE", path: `v1/me/devices/${encodeURIComponent(id)}` });
      await read();
    });
  }

  return { load: () => attempt(read) };
}

function here(): HTMLElement {
  return make("span", { class: "tag" }, "this device");
}
