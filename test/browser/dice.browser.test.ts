import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { buildPage } from "../../web/build.ts";
import { ServerProcess } from "../support/server.ts";
import { describeInBrowser, launchBrowser } from "./chromium.ts";
import { Player } from "./player.ts";

describeInBrowser("the page of liar's dice", function () {
  this.timeout(30_000);
  let server: ServerProcess;
  let browser: Browser;
  let ann: Player;
  let bob: Player;

  before(async () => {
    await buildPage();
    // With the limits on: a page that needs them off would not work for its users.
    server = await ServerProcess.create({ env: { RATE_LIMIT: "on" } });
    [browser] = await Promise.all([launchBrowser(), server.start()]);
    const url = `${server.url}/dice.html`;
    [ann, bob] = await Promise.all([Player.open(browser, server.url), Player.open(browser, url)]);
  });

  after(async () => {
    await browser?.close();
    await server?.dispose();
  });

  it("is offered by the front page", async () => {
    await ann.at("to-dice").click();
    await ann.page.waitForURL(/dice\.html$/);
  });

  it("seats two guests who quick-play at the same table", async () => {
    await ann.quickPlay();
    await bob.quickPlay();
    assert.equal(await ann.text("session-id"), await bob.text("session-id"));
    await ann.at("seat-1").waitFor();
    assert.deepEqual(await ann.seats(), ["seat-0", "seat-1"]);
    assert.deepEqual(await bob.seats(), ["seat-0", "seat-1"]);
  });

  it("shows each player only their own dice", async () => {
    await ann.at("roll").click();
    await Promise.all([ann.until("phase", "bidding"), bob.until("phase", "bidding")]);
    for (const [player, other] of [
      [ann, bob],
      [bob, ann],
    ] as const) {
      const own = await player.ownDice();
      assert.match(own, /^[1-6](,[1-6]){4}$/);
      assert.deepEqual((await diceSent(player, await player.seat())).join(","), own);
      const theirs = `seat-${await other.seat()}`;
      assert.equal(await player.at(theirs).locator("[data-face]").count(), 0);
      assert.equal(await player.at(theirs).getAttribute("data-left"), "5");
      assert.deepEqual(await diceSent(player, await other.seat()), []);
    }
  });

  it("passes the turn with a bid", async () => {
    const [first, second] = await inTurnOrder();
    await first.bid(1, 3);
    await second.page.locator('#own[data-turn="true"]').waitFor();
    assert.match(await first.text("current-bid"), /1 three/);
    await second.logged("bid 1 three", 1);
  });

  it("resumes by itself after `kill -9`: same page, same seats, same dice", async () => {
    const players = [ann, bob];
    await ann.shot("table");
    const before = await Promise.all(players.map(picture));
    const marks = await Promise.all(players.map((player) => player.mark()));

    await server.stop("SIGKILL");
    await Promise.all(players.map((player) => player.until("connection", "reconnecting")));
    await ann.shot("reconnecting");
    await server.start();
    await Promise.all(players.map((player) => player.until("connection", "resumed")));
    await ann.shot("resumed");
    await Promise.all(
      players.map((player) =>
        player.page.locator('[data-testid^="seat-"][data-connected="false"]').waitFor({ state: "detached" }),
      ),
    );

    assert.deepEqual(await Promise.all(players.map(picture)), before);
    await Promise.all(players.map((player, index) => player.assertNotReloaded(marks[index]!)));
  });

  it("goes on with the game after the recovery", async () => {
    const [first, second] = await inTurnOrder();
    await first.bid(2, 3);
    await second.page.locator('#own[data-turn="true"]').waitFor();
    await second.at("challenge").click();
    await Promise.all([ann.until("phase", "reveal"), bob.until("phase", "reveal")]);
    for (const player of [ann, bob]) assert.equal(await player.page.locator(".seat .die").count(), 10);
    await ann.logged("challenged", 1);
  });

  it("[L4] keeps a move that the server never answered, and it counts once", async () => {
    server.signal("SIGSTOP"); // takes bytes, answers nothing: what is sent now is lost with the kill
    await ann.at("roll").click();
    await ann.at("pending").waitFor();
    await server.stop("SIGKILL");
    await ann.until("connection", "reconnecting");
    assert.match(await ann.text("pending"), /your move is kept/);
    await server.start();
    await Promise.all([ann.until("phase", "bidding"), bob.until("phase", "bidding")]);
    await ann.at("pending").waitFor({ state: "hidden" });
    assert.equal(await ann.text("round"), "Round 2");
    await ann.logged("Everybody rolled", 2);
  });

  it("finds back to its seat after a reload of the tab", async () => {
    const before = await picture(bob);
    await bob.page.reload();
    await bob.until("connection", "connected");
    await bob.at("own-dice").locator(".die").first().waitFor();
    assert.deepEqual(await picture(bob), before);
    await bob.at("log").getByText("Everybody rolled").first().waitFor();
  });

  it("comes back right after it has joined, when the stock SDK by itself would not yet", async () => {
    const before = await picture(bob);
    const mark = await bob.mark();
    await server.stop("SIGKILL");
    await bob.until("connection", "reconnecting");
    await server.start();
    await bob.until("connection", "resumed", "connected");
    await bob.at("own-dice").locator(".die").first().waitFor();
    assert.deepEqual(await picture(bob), before);
    await bob.assertNotReloaded(mark);
  });

  it("fits a phone of 360 x 740", async () => {
    await ann.page.setViewportSize({ width: 360, height: 740 });
    await ann.shot("phone");
    const overflow = await ann.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overflow <= 0, `${overflow} px too wide`);
  });

  it("stays within its content security policy and throws nothing", () => {
    assert.deepEqual([...ann.complaints, ...bob.complaints], []);
  });

  async function inTurnOrder(): Promise<[Player, Player]> {
    await ann.page.locator('[data-testid^="seat-"][data-turn="true"]').waitFor();
    return (await ann.isMyTurn()) ? [ann, bob] : [bob, ann];
  }
});

/** What must be the same before and after. */
async function picture(player: Player) {
  return {
    seat: await player.seat(),
    seats: await player.seats(),
    dice: await player.ownDice(),
    round: await player.text("round"),
  };
}

/** The dice of a seat in the state that this page was sent. */
async function diceSent(player: Player, seat: number): Promise<number[]> {
  const state = JSON.parse(await player.state()) as { seats: Record<string, { dice?: number[]; shown?: number[] }> };
  const { dice = [], shown = [] } = state.seats[String(seat)]!;
  return [...dice, ...shown];
}
