import assert from "node:assert/strict";
import { createHypogeum, type GameRoom, type Hypogeum } from "../../src/client/client.ts";
import type { TicketView } from "../../src/matchmaking/ticket-view.ts";
import { quietSdk } from "../client/support.ts";
import { eventually, ServerProcess } from "../support/server.ts";

describe("the way back to the lobby, by the client helper", () => {
  let server: ServerProcess;
  let client: Hypogeum;
  let lobby: GameRoom;
  /** Method, path and status of what the client asked. */
  const asked: string[] = [];
  const tickets: TicketView[] = [];

  before(async () => {
    quietSdk();
    server = await ServerProcess.started();
    client = createHypogeum({ url: server.url, reconnectTries: 1, fetch: recorded });
    lobby = await client.joinOrCreate("lobby");
    lobby.onMessage<TicketView>("ticket", (ticket) => void tickets.push(ticket));
    lobby.onMessage("*", () => undefined);
  });
  after(async () => {
    lobby?.close();
    client?.close();
    await server.dispose();
  });

  async function recorded(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
    const response = await fetch(input, init);
    const { url } = input instanceof Request ? input : { url: String(input) };
    asked.push(`${init?.method ?? "GET"} ${new URL(url).pathname} ${response.status}`);
    return response;
  }

  const ofSessions = () => asked.filter((call) => call.includes("/v1/sessions"));

  it("asks for no session, and is told again of what waits, after a `kill -9` of its process", async () => {
    const wish = { queue: "arena-2v2" };
    const { id } = await client.auth.call<TicketView>({ method: "POST", path: "v1/matchmaking/tickets", body: wish });
    await lobby.sdk.request("watch", {});
    await eventually("the ticket is told", () => tickets.some((ticket) => ticket.id === id));
    tickets.length = 0;
    const former = lobby.sdk.roomId;

    await server.stop("SIGKILL");
    await eventually("the loss is noticed", () => lobby.connection.value !== "connected");
    await server.start();
    await eventually("the lobby is back", () => lobby.connection.value === "connected", 30_000);

    assert.notEqual(lobby.sdk.roomId, former, "another process has a lobby of its own");
    await eventually("the ticket is told again", () => tickets.some((ticket) => ticket.id === id));
    assert.deepEqual(ofSessions(), [], "a lobby is no session");
  });

  it("gives up no seat when it is left while the connection is away", async () => {
    await server.stop("SIGKILL");
    await eventually("the loss is noticed", () => lobby.connection.value !== "connected");
    await server.start();
    lobby.leave();
    await client.auth.call({ method: "GET", path: "v1/matchmaking/queues" });
    assert.deepEqual(ofSessions(), []);
  });
});
