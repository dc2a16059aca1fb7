import { Api } from "../support/api.ts";

describe("a room that closes", () => {
  it("does not wait for those who have a place there and never came", async function () {
    // A reservation lapses after 15 s by itself.
    this.timeout(10_000);
    const api = await Api.start();
    const [host, guest] = await api.players(2);
    const room = await host!.client.joinOrCreate("dice");
    room.reconnection.enabled = false;
    room.onMessage("*", () => undefined);
    await api.call(`POST /v1/sessions/${room.roomId}/join`, guest, {});
    await api.call(`POST /v1/sessions/${room.roomId}/spectate`, guest);
    await api.close();
  });
});
