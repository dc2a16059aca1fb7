import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { buildPage } from "../../web/build.ts";
import { ServerProcess } from "../support/server.ts";
import { describeInBrowser, launchBrowser } from "./chromium.ts";
import { Visitor } from "./visitor.ts";

const PHONE = { viewport: { width: 375, height: 740 }, isMobile: true, hasTouch: true };

/** By then a search reaches regions that are 180 ms away. */
const WIDENED_MS = 30_000;

/** Somebody who looks for a match. */
class Seeker extends Visitor {
  async open(place = ""): Promise<void> {
    await this.page.goto(new URL(`/play.html${place}`, this.page.url()).href);
    // From one place of a page to another the browser loads nothing.
    await this.page.reload();
    await this.until("play-page", "known");
    await this.until("connection", "connected");
  }

  async find(queue: string): Promise<void> {
    await this.at(`find-${queue}`).click();
  }

  async lands(game: string): Promise<string> {
    await this.page.waitForURL(new RegExp(`/${game}\\.html`));
    await this.until("connection", "connected");
    return (await this.at("session-id").textContent()) ?? "";
  }

  async assertFits(): Promise<void> {
    const overflow = await this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overflow <= 0, `${overflow} px too wide`);
  }

  full(name: string): Promise<Buffer> {
    return this.page.screenshot({ path: `test-artifacts/${name}.png`, fullPage: true });
  }
}

describeInBrowser("the page that finds matches", function () {
  this.timeout(90_000);
  let server: ServerProcess;
  let browser: Browser;
  let ann: Seeker;
  let bob: Seeker;
  let duel: string;

  const all = () => [ann, bob];

  before(async () => {
    await buildPage();
    // With the limits on: a page that needs them off would not work for its users.
    server = await ServerProcess.create({ env: { RATE_LIMIT: "on" } });
    [browser] = await Promise.all([launchBrowser(), server.start()]);
    const options = { permissions: ["clipboard-read", "clipboard-write"] };
    ann = await Seeker.open(browser, server.url, options);
    bob = await Seeker.open(browser, `${server.url}/play.html`, PHONE);
  });

  after(async () => {
    await browser?.close();
    await server?.dispose();
  });

  it("is offered by the front page, and tells the rules of the queues", async () => {
    await ann.at("to-play").click();
    for (const one of all()) await one.until("connection", "connected");
    const queues = ann.at("queues").locator("li.queue");
    assert.equal(await queues.count(), 5);
    assert.match(await queues.first().innerText(), /Arena duel[\s\S]*One against one/);
    await ann.full("play-queues");
    await bob.full("play-phone-queues");
    await bob.assertFits();
  });

  it("shows a search: the time, the window, why it waits; over a reload, until it is cancelled", async () => {
    await bob.find("arena-duel");
    await bob.at("search").waitFor();
    await bob.at("search-window").getByText("rating points").waitFor();
    // A browser that is starved of time measures that it is far away, until the window has widened.
    await bob.at("search-sentence").getByText("Nobody else waits; a match needs 2").waitFor({ timeout: WIDENED_MS });
    assert.match(await bob.text("search-time"), /^0:\d\d$/);
    assert.equal(await bob.at("find-arena-ffa").isDisabled(), true);
    await bob.page.reload();
    await bob.at("search").waitFor();
    await bob.page.waitForTimeout(1200);
    await bob.full("play-phone-search");
    await bob.assertFits();
    await bob.at("cancel").click();
    await bob.at("search").waitFor({ state: "hidden" });
    assert.equal(await bob.at("search-end").isVisible(), false, "who cancels knows why");
    assert.equal(await bob.at("find-arena-ffa").isDisabled(), false);
  });

  it("shows who is near, nameless", async () => {
    for (const one of all()) await one.find("arena-2v2");
    for (const one of all())
      await one.at("search-nearest").getByText("0.0 points away: fits").waitFor({ timeout: WIDENED_MS });
    await ann.shot("play-nearest");
    await bob.shot("play-phone-nearest");
    for (const one of all()) await one.at("cancel").click();
    for (const one of all()) await one.at("search").waitFor({ state: "hidden" });
  });

  it("keeps the search and its time over `kill -9`", async () => {
    await bob.find("arena-duel");
    await bob.at("search-window").getByText("rating points").waitFor();
    const mark = await bob.mark();
    await server.stop("SIGKILL");
    await bob.until("connection", "connecting");
    await server.start();
    for (const one of all()) await one.until("connection", "connected");
    await bob.assertNotReloaded(mark);
    await bob.page.waitForFunction(() => document.querySelector("#search-time")!.textContent! > "0:02");
    await bob.at("cancel").click();
    await bob.at("search").waitFor({ state: "hidden" });
  });

  it("takes two who queue for a duel into one match", async () => {
    await ann.at("find-arena-duel").focus();
    await ann.page.keyboard.press("Enter");
    await ann.at("search-window").getByText("rating points").waitFor();
    await ann.shot("play-search");
    await bob.find("arena-duel");
    const [hers, his] = await Promise.all(all().map((one) => one.lands("arena")));
    assert.equal(hers, his);
    duel = hers!;
  });

  it("shows the match and a changed rating in both profiles once one has left", async () => {
    await ann.page.waitForSelector('[data-testid="phase"][data-phase="playing"]', { state: "attached" });
    await bob.page.waitForSelector('[data-testid="phase"][data-phase="playing"]', { state: "attached" });
    await bob.page.evaluate(() => document.querySelector<HTMLElement>("#leave")!.click());
    await ann.page.waitForSelector('[data-testid="phase"][data-phase="over"]', { state: "attached" });
    const changes: string[] = [];
    for (const one of all()) {
      await one.open("#player");
      const match = one.page.locator(`[data-match="${duel}"]`);
      const rated = one.page.locator('[data-ladder="arena:duel"]');
      const chart = rated.locator("svg.chart");
      // The ranker is told a moment after the end, and writes the match before the rating.
      for (let tries = 0; tries < 60 && !((await match.isVisible()) && (await chart.isVisible())); tries++) {
        await one.at("player-again").click();
        await one.page.waitForTimeout(500);
      }
      await match.waitFor();
      changes.push(`${await match.getAttribute("data-outcome")} ${await match.getByTestId("change").innerText()}`);
      await chart.waitFor();
      assert.notEqual(await rated.getByTestId("rating").innerText(), "0.0");
    }
    assert.match(changes[0]!, /^win \+\d/);
    assert.match(changes[1]!, /^loss \u2212\d/);
    await ann.full("play-profile");
    await bob.full("play-phone-profile");
    await bob.assertFits();
  });

  it("leads from a match to the opponent's profile", async () => {
    await ann.page.locator(`[data-match="${duel}"] .note a`).click();
    await ann.page.waitForURL(/#player\/./);
    await ann.page.locator(`[data-match="${duel}"][data-outcome="loss"]`).waitFor();
    assert.equal(await ann.page.locator("#player-you").isVisible(), false);
  });

  it("shows the leaderboard, and the place around the player", async () => {
    for (const one of all()) await one.open("#boards/arena-duel-rating");
    const rows = (one: Seeker) => one.at("records").locator("tr");
    await rows(ann).first().waitFor();
    assert.equal(await rows(ann).count(), 2);
    assert.equal(await rows(ann).first().getAttribute("data-own"), "");
    await bob.at("around").click();
    await bob.page.waitForSelector('#around[aria-pressed="true"]');
    assert.equal(await rows(bob).nth(1).getAttribute("data-own"), "");
    await ann.full("play-board");
    await bob.full("play-phone-board");
    await bob.assertFits();
  });

  it("brings friends together by a link, and lets only the leader search, once all are ready", async () => {
    for (const one of all()) await one.open();
    await ann.at("party-create").click();
    await ann.at("party-copy").click();
    const link = await ann.page.evaluate(() => navigator.clipboard.readText());
    await bob.page.goto("about:blank");
    await bob.page.goto(link);
    await bob.at("invited").getByRole("button", { name: "Join" }).click();
    await ann.at("party-members").locator("li").nth(1).waitFor();
    assert.equal(await bob.at("find-arena-2v2").isDisabled(), true);
    assert.equal(await ann.at("find-arena-2v2").isDisabled(), true, "he is not ready");
    await bob.at("party-ready").click();
    await ann.page.waitForSelector('[data-testid="find-arena-2v2"]:enabled');
    assert.equal(await ann.at("find-arena-duel").isDisabled(), true, "not for parties");
    await ann.full("play-party");
    await bob.full("play-phone-party");
    await bob.assertFits();
    await ann.find("arena-2v2");
    await bob.at("search").waitFor();
    await ann.at("cancel").click();
    for (const one of all()) await one.at("search").waitFor({ state: "hidden" });
    await ann.at("party-members").getByRole("button").click();
    await ann.at("confirm-yes").click();
    await bob.at("party-create").waitFor();
    await ann.at("party-leave").click();
    await ann.at("party-create").waitFor();
  });

  it("asks for acceptance with its countdown, and takes those who accept into the fight", async () => {
    for (const one of all()) await one.find("combat-duel");
    for (const one of all()) await one.at("acceptance").waitFor();
    assert.match(await ann.text("accept-left"), /^\d+ s$/);
    assert.match(await ann.page.title(), /^Match found!/);
    await ann.page.keyboard.press("Escape");
    assert.equal(await ann.at("acceptance").isVisible(), true, "Escape declines nothing");
    await ann.shot("play-accept");
    await bob.shot("play-phone-accept");
    await ann.page.keyboard.press("Enter");
    await bob.at("accept-count").getByText("1 of 2").waitFor();
    await bob.at("accept").tap();
    const [hers, his] = await Promise.all(all().map((one) => one.lands("combat")));
    assert.equal(hers, his);
  });

  it("is nobody's once its account is signed out elsewhere, and makes no stranger of whoever sits there", async () => {
    const account = await Seeker.open(browser, `${server.url}/account.html`);
    for (const [name, value] of Object.entries({ username: "cara", password: "correct horse battery staple" }))
      await account.at("sign-up").locator(`[name="${name}"]`).fill(value);
    await account.at("sign-up").locator("[type=submit]").click();
    await account.until("account", "signed-in");
    const cara = await Seeker.beside(account, `${server.url}/play.html`);
    cara.expectsRefusals = true;
    await cara.until("connection", "connected");
    assert.equal(await cara.text("who"), "You are cara");
    await cara.find("arena-duel");
    await cara.at("search").waitFor();
    await account.at("sign-out-everywhere").click();
    await account.at("confirm-yes").click();
    const door = cara.page.locator("#loading");
    await door.getByText(/signed out/).waitFor();
    await cara.page.waitForTimeout(1500);
    assert.equal(await cara.page.locator("#rooms").isVisible(), false);
    assert.equal(await cara.at("who").isVisible(), false);
    await door.getByRole("button").click();
    await cara.until("connection", "connected");
    assert.match(await cara.text("who"), /^You are Guest/);
    assert.equal(await cara.at("search").isVisible(), false);
    assert.deepEqual(cara.complaints, []);
    await account.context.close();
  });

  it("stays within its content security policy and throws nothing", () => {
    assert.deepEqual([...ann.complaints, ...bob.complaints], []);
  });
});
