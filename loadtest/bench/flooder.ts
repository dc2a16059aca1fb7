import { Client } from "@colyseus/sdk";

/*
 * One hostile client in a process of its own: told to attack, it sends 10,000 messages a second until it is thrown out,
 * comes back as a new guest, and starts again. argv: the server's address.
 */
const [, , url] = process.argv as [string, string, string];
const PER_SECOND = 10_000;
/** The server's own limit lets an account join once a second; the benchmark switches that limit off for its players. */
const COME_BACK_MS = 1000;
const MESSAGES = [
  ["act", { id: "x", type: "bid", data: { count: Number.NaN, face: Number.POSITIVE_INFINITY } }],
  ["act", { __proto__: null, constructor: { prototype: { polluted: true } } }],
  ["nonsense", "y".repeat(512)],
] as const;

let attacking = false;
let thrownOut = 0;
process.on("message", (message) => {
  if (message === "report") process.send!(thrownOut);
  else attacking = message === "attack";
});
for (const method of ["log", "info", "warn"] as const) console[method] = () => undefined;

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function attackOnce(): Promise<void> {
  const headers = { "content-type": "application/json" };
  const guest = await fetch(`${url}/v1/auth/guest`, { method: "POST", headers, body: '{"deviceId":"flood"}' });
  const client = new Client(url);
  client.auth.token = ((await guest.json()) as { accessToken: string }).accessToken;
  const room = await client.joinOrCreate("dice", { private: true });
  room.onMessage("*", () => undefined);
  let open = true;
  room.onLeave(() => {
    open = false;
    thrownOut += 1;
  });
  const began = performance.now();
  for (let sent = 0; open && attacking; await wait(1)) {
    const due = ((performance.now() - began) / 1000) * PER_SECOND;
    for (; sent < due && open; sent++) {
      const [type, payload] = MESSAGES[sent % MESSAGES.length]!;
      room.send(type, payload);
    }
  }
  if (open) await room.leave();
  await wait(Math.max(0, began + COME_BACK_MS - performance.now()));
}

while (process.connected) {
  if (attacking) await attackOnce().catch(() => wait(50));
  else await wait(10);
}
