import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { buildPage } from "../../web/build.ts";
import { ServerProcess } from "../support/server.ts";
import { describeInBrowser, launchBrowser } from "./chromium.ts";
import { Fighter } from "./fighter.ts";
import { Player } from "./player.ts";
import type { Visitor } from "./visitor.ts";

describeInBrowser("a pause by the host", function () {
  this.timeout(60_000);
  let server: ServerProcess;
  let browser: Browser;

  before(async () => {
    await buildPage();
    server = await ServerProcess.create({ env: { RATE_LIMIT: "on" } });
    [browser] = await Promise.all([launchBrowser(), server.start()]);
  });
  after(async () => {
    await browser?.close();
    await server?.dispose();
  });

  /** As the host's page of the account would. */
  async function order(host: Visitor, what: "pause" | "resume"): Promise<void> {
    const status = await host.page.evaluate(async (verb) => {
      const { accessToken } = JSON.parse(sessionStorage.getItem("hypogeum.access")!);
      const id = document.querySelector("#session-id")!.textContent;
      const headers = { Authorization: `Bearer ${accessToken}` };
      return (await fetch(`v1/sessions/${id}/${verb}`, { method: "POST", headers })).status;
    }, what);
    assert.equal(status, 200);
  }

  const paused = (visitor: Visitor, isPaused: boolean) =>
    visitor.page.waitForSelector(`#phase[data-paused="${isPaused}"]`, { state: "attached" });

  it("is shown at the table of dice, also to who comes back to it, and takes nobody's time", async () => {
    const url = `${server.url}/dice.html`;
    const [ann, bob] = await Promise.all([Player.open(browser, url), Player.open(browser, url)]);
    await ann.quickPlay();
    await bob.quickPlay();
    await ann.at("seat-1").waitFor();
    await ann.at("roll").click();
    await Promise.all([ann.until("phase", "bidding"), bob.until("phase", "bidding")]);
    await order(ann, "pause");
    for (const player of [ann, bob]) {
      await paused(player, true);
      assert.match(await player.text("phase"), /^Paused by the host/);
      assert.equal(await player.at("bid").isDisabled(), true);
      assert.equal(await player.page.locator("#countdown").isVisible(), false);
    }
    await ann.logged("The host paused the game", 1);
    await ann.shot("dice-paused");
    await bob.page.reload();
    await bob.until("connection", "connected");
    await paused(bob, true);

    await order(ann, "resume");
    for (const player of [ann, bob]) {
      await paused(player, false);
      await player.page.locator("#countdown").waitFor();
    }
    const first = (await ann.isMyTurn()) ? ann : bob;
    await first.bid(1, 3);
    await first.page.locator('#own[data-turn="false"]').waitFor();
    assert.deepEqual([...ann.complaints, ...bob.complaints], []);
  });

  it("is shown in the arena, where nobody moves until it is over", async () => {
    const url = `${server.url}/arena.html`;
    const [ann, bob] = await Promise.all([Fighter.open(browser, url), Fighter.open(browser, url)]);
    await ann.enter("quick-play");
    await bob.enter("quick-play");
    for (const fighter of [ann, bob]) await fighter.phase("countdown", "playing");
    await order(ann, "pause");
    for (const fighter of [ann, bob]) {
      await paused(fighter, true);
      assert.match(await fighter.text("phase"), /^Paused by the host/);
    }
    await ann.shot("arena-paused");
    const { tick } = await ann.state();
    const before = await ann.predicted();
    await ann.page.keyboard.down("KeyD");
    await ann.page.keyboard.down("KeyS");
    await bob.page.reload();
    await bob.until("connection", "connected");
    await paused(bob, true);
    assert.equal((await ann.state()).tick, tick);
    assert.deepEqual(await ann.predicted(), before);
    await ann.page.keyboard.up("KeyD");
    await ann.page.keyboard.up("KeyS");

    await order(ann, "resume");
    for (const fighter of [ann, bob]) await paused(fighter, false);
    await ann.page.waitForFunction((then) => (window.arena.state() as { tick: number }).tick > then, tick);
    assert.deepEqual([...ann.complaints, ...bob.complaints], []);
  });
});
