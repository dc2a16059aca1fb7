import assert from "node:assert/strict";
import type { ConnectionState, GameRoom } from "../../src/client/client.ts";
import { HypogeumError } from "../../src/client/client.ts";
import { act, newPlayer } from "../support/bots.ts";
import { NetProxy } from "../support/net-proxy.ts";
import { eventually, ServerProcess } from "../support/server.ts";
import { closeAll, entered, newClient, quietSdk, reaches } from "./support.ts";

const NO_SESSION = "01890000-0000-7000-8000-000000000000";
const PASSWORD = "correct horse battery staple";

interface Table {
  readonly seats: ReadonlyMap<string, { readonly seat: number }>;
  readonly phase: string;
}

function history(room: GameRoom<Table>): ConnectionState[] {
  const states: ConnectionState[] = [];
  room.connection.subscribe((state) => states.at(-1) !== state && states.push(state));
  return states;
}

describe("the client helper's connection", function () {
  this.timeout(60_000);
  let server: ServerProcess;

  before(async () => {
    quietSdk();
    server = await ServerProcess.started();
  });
  afterEach(closeAll);
  after(() => server.dispose());

  async function table(url = server.url, reconnectTries?: number): Promise<[GameRoom<Table>, GameRoom<Table>]> {
    const options = { url, ...(reconnectTries === undefined ? {} : { reconnectTries }) };
    const [one, two] = [newClient(options), newClient(options)];
    const first = await entered(one.joinOrCreate<Table>("dice", { private: true }));
    const second = await entered(two.joinById<Table>(first.id));
    await eventually("both are seated", () => first.state.seats?.size === 2 && second.state.seats?.size === 2);
    return [first, second];
  }

  it("comes back within the first five seconds too, and plays on in the same seat", async () => {
    const [first, second] = await table();
    const states = history(second);
    const { sdk } = second;
    await server.stop("SIGKILL");
    await server.start();
    await reaches(second, "connected");
    await reaches(first, "connected");
    assert.deepEqual(states, ["reconnecting", "connected"]);
    assert.equal(second.sdk, sdk, "by the stock reconnection");
    assert.equal((await first.act("roll")).status, "acknowledged");
    assert.ok(second.position!.epoch > 1, "it was told of the new owner");
  });

  it("finds another way when the stock reconnection has given up", async () => {
    const [first, second] = await table(server.url, 1);
    await first.act("roll");
    await server.stop("SIGKILL");
    await reaches(second, "rerouting");
    const { sdk } = second;
    await server.start();
    await reaches(second, "connected");
    assert.notEqual(second.sdk, sdk);
    await reaches(first, "connected");
    await eventually("the state is shown", () => second.state.seats?.size === 2);
    const bid = { count: 1, face: 2 };
    const outcomes = [await first.act("bid", bid), await second.act("bid", { count: 2, face: 2 })];
    assert.ok(outcomes.filter(({ status }) => status === "acknowledged").length === 1 || outcomes.length === 2);
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    assert.ok(refused.every((outcome) => outcome.status === "rejected" && outcome.code === "not_your_turn"));
    await first.catchUp();
    assert.deepEqual(
      first.events.map(({ seq }) => seq),
      [...new Set(first.events.map(({ seq }) => seq))].sort((a, b) => a - b),
    );
    assert.ok(first.events.some(({ type }) => type === "rolled"));
  });

  it("looks for another way in what the server says now, not in what the browser kept of it", async () => {
    const kept: (string | undefined)[] = [];
    const spy: typeof fetch = (url, init) => {
      if (String(url).includes("/v1/sessions/")) kept.push(init?.cache);
      return fetch(url, init);
    };
    const client = newClient({ url: server.url, reconnectTries: 0, fetch: spy });
    const room = await entered(client.joinOrCreate<Table>("dice", { private: true }));
    const { sdk } = room;
    sdk.connection.close();
    await eventually("it has another connection", () => room.sdk !== sdk && room.connection.value === "connected");
    assert.ok(kept.length >= 2, "it asked for the session and for the seat");
    assert.deepEqual(new Set(kept), new Set(["no-store"]));
  });

  it("notices a network that swallows everything, and loses no action to it", async () => {
    const proxy = await NetProxy.to(server.port);
    const [first, second] = await table(proxy.url);
    proxy.stall(true);
    const roll = first.act("roll");
    await reaches(first, "reconnecting");
    await reaches(second, "reconnecting");
    proxy.stall(false);
    assert.equal((await roll).status, "acknowledged");
    await reaches(second, "connected");
    await first.catchUp();
    assert.equal(first.events.filter(({ type }) => type === "rolled").length, 1);
    await proxy.close();
  });

  it("moves to another device by a code, and the former one knows", async () => {
    const [phone, desktop] = [newClient({ url: server.url, deviceId: "phone" }), newClient({ url: server.url })];
    await phone.auth.register({ username: "ada", password: PASSWORD });
    await desktop.auth.login({ username: "ada", password: PASSWORD });
    const there = await entered(phone.joinOrCreate<Table>("dice", { private: true }));
    const { code } = await there.offerHandoff();
    await assert.rejects(desktop.takeHandoff("0000-0000-0000"), { code: "code_invalid" });
    const here = await entered(desktop.takeHandoff<Table>(code));
    await reaches(there, "moved");
    assert.equal(there.reason, "moved_to_other_device");
    await eventually("the state is shown", () => here.state.seats?.size === 1);
    assert.deepEqual(
      (await desktop.seats()).map(({ sessionId, seat }) => [sessionId, seat]),
      [[there.id, 0]],
    );
    await there.comeBack();
    assert.equal(there.connection.value, "connected");
    await reaches(here, "moved");
  });

  it("does not take a seat back from the device that took it meanwhile", async () => {
    const proxy = await NetProxy.to(server.port);
    const [phone, desktop] = [newClient({ url: proxy.url, deviceId: "phone" }), newClient({ url: server.url })];
    await phone.auth.register({ username: "grace", password: PASSWORD });
    await desktop.auth.login({ username: "grace", password: PASSWORD });
    const away = await entered(phone.joinOrCreate<Table>("dice", { private: true }));
    proxy.stall(true);
    const here = await entered(desktop.joinById<Table>(away.id));
    const states = history(here);
    proxy.cut();
    proxy.stall(false);
    await reaches(away, "moved");
    assert.equal(here.connection.value, "connected");
    assert.deepEqual(states, []);
    await proxy.close();
  });

  it("says why there is nothing to come back to", async () => {
    const [first, second] = await table();
    await first.act("roll");
    second.leave();
    await eventually("the game is over", () => first.state.phase === "over");
    await server.stop("SIGKILL");
    await server.start();
    await reaches(first, "ended");
    assert.equal(first.reason, "session_ended");
    const late = await first.act("roll");
    assert.ok(late.status === "rejected" && late.code === "session_ended", JSON.stringify(late));
  });

  it("throws the server's codes when a room cannot be had", async () => {
    const client = newClient({ url: server.url });
    const isRefused = (code: string) => (error: unknown) => error instanceof HypogeumError && error.code === code;
    await assert.rejects(client.joinById(NO_SESSION), isRefused("session_not_found"));
    await assert.rejects(client.join(NO_SESSION), isRefused("session_not_found"));
    const nobody = newClient({ url: "http://127.0.0.1:9" });
    await assert.rejects(
      nobody.joinOrCreate("dice"),
      (error) => isRefused("unreachable")(error) && (error as HypogeumError).retryable,
    );
  });

  it("shares a table with clients of the stock SDK alone", async () => {
    const [first] = await table();
    const player = await newPlayer(server.url);
    const stock = await player.client.joinById<Table>(first.id);
    await eventually("three are seated", () => first.state.seats.size === 3);
    stock.onMessage("*", () => undefined);
    assert.ok((await act(stock, "roll")).seq > 0);
    await eventually("the helper sees it", () => first.state.phase === "bidding");
    await stock.leave();
  });

  it("watches without a seat, and finds back by the matchmaker", async () => {
    const [first] = await table(server.url, 1);
    const watcher = newClient({ url: server.url, reconnectTries: 0 });
    const seat = await entered(watcher.join<Table>(first.id, { role: "spectator" }).catch(() => joinHidden()));
    function joinHidden(): Promise<GameRoom<Table>> {
      return watcher.joinById<Table>(first.id, { role: "spectator" });
    }
    const { sdk } = seat;
    sdk.connection.close();
    await eventually("it has another connection", () => seat.sdk !== sdk && seat.connection.value === "connected");
    await eventually("it sees the table", () => seat.state.seats?.size === 2);
    const refused = await seat.act("roll");
    assert.ok(refused.status === "rejected" && refused.code === "not_seated");
  });
});
