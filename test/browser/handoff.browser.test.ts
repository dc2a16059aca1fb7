import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { buildPage } from "../../web/build.ts";
import { ServerProcess } from "../support/server.ts";
import { describeInBrowser, launchBrowser } from "./chromium.ts";
import { Fighter } from "./fighter.ts";
import { Owner, PHONE } from "./owner.ts";

const PASSWORD = "correct horse battery staple";

describeInBrowser("handing a running game to another device", function () {
  this.timeout(30_000);
  let server: ServerProcess;
  let browser: Browser;
  let phone: Owner;
  let desktop: Owner;
  let opponent: Owner;
  let seat: number;
  let dice: string;

  before(async () => {
    await buildPage();
    server = await ServerProcess.create({ env: { RATE_LIMIT: "on" } });
    [browser] = await Promise.all([launchBrowser(), server.start()]);
    const url = `${server.url}/account.html`;
    [phone, desktop, opponent] = await Promise.all([
      Owner.open(browser, url, PHONE),
      Owner.open(browser, url),
      Owner.open(browser, `${server.url}/dice.html`),
    ]);
    await phone.signUp("ada", PASSWORD);
    await desktop.signIn("ada", PASSWORD);
  });

  after(async () => {
    await browser?.close();
    await server?.dispose();
  });

  it("shows a code on the phone, with the time it is good for", async () => {
    await phone.open("dice");
    await phone.quickPlay();
    await opponent.quickPlay();
    await phone.at("roll").click();
    await phone.until("phase", "bidding");
    [seat, dice] = [await phone.seat(), await phone.ownDice()];
    assert.match(await phone.offerSeat(), /^[0-9A-Z]{4}(-[0-9A-Z]{4}){2}$/);
    assert.match(await phone.text("handoff-time"), /^Good once, for (60|5\d) s\.$/);
    await phone.shot("handoff-phone");
    await phone.assertFits();
  });

  it("goes on on the desktop in the same seat with the same dice, and the opponent sees nobody leave", async () => {
    await opponent.page.evaluate(noteAbsence);
    const code = await phone.text("handoff-code");
    await desktop.send("take-code", { code: "0000-0000-0000" });
    assert.equal(await desktop.problem("take-code"), "That code is wrong, used or too old. Ask for a new one.");
    await desktop.send("take-code", { code: code.toLowerCase() });
    await desktop.page.waitForURL(/dice\.html$/);
    await desktop.until("connection", "connected");
    await desktop.until("phase", "bidding");
    assert.deepEqual([await desktop.seat(), await desktop.ownDice()], [seat, dice]);
    assert.equal(await desktop.text("session-id"), await opponent.text("session-id"));

    await phone.until("connection", "moved");
    assert.match(await phone.page.locator("#interrupted-text").innerText(), /moved to your other device/);
    await phone.shot("handoff-moved");
    await desktop.shot("handoff-desktop");
  });

  it("plays on there", async () => {
    if (!(await desktop.isMyTurn())) await opponent.bid(1, 2);
    await desktop.page.locator('#own[data-turn="true"]').waitFor();
    await desktop.bid(2, 3);
    await opponent.logged("bid 2 threes", 1);
    assert.deepEqual(await opponent.page.evaluate(() => (window as unknown as { absences: string[] }).absences), []);
  });

  it("does not take the seat back when the phone's page is loaded again", async () => {
    await phone.page.reload();
    await phone.at("quick-play").waitFor();
    await phone.until("connection", "idle");
    assert.equal(await desktop.at("connection").getAttribute("data-state"), "connected");
  });

  it("moves between two tabs of one browser too, by the link", async () => {
    const code = await desktop.offerSeat();
    const tab = await Owner.beside(desktop, `${server.url}/account.html#code=${code}`);
    await tab.is("signed-in");
    assert.equal(await tab.page.locator("#code").inputValue(), code);
    await tab.send("take-code");
    await tab.until("connection", "connected");
    await desktop.until("connection", "moved");
    assert.deepEqual([await tab.seat(), await tab.ownDice()], [seat, dice]);
    await tab.page.close();
  });

  it("comes back when the former device asks for it", async () => {
    await desktop.at("return").click();
    await desktop.until("connection", "connected");
    assert.equal(await desktop.seat(), seat);
  });

  it("is paused and resumed by its host from the account's page", async () => {
    const tab = await Owner.beside(desktop, `${server.url}/account.html`);
    const game = tab.at("games").locator("[data-session]");
    await game.getByTestId("pause").click();
    await tab.at("games").locator('[data-session][data-status="paused"]').waitFor();
    await tab.shot("account-paused");
    await opponent.page.locator("#phase", { hasText: "Paused by the host" }).waitFor();
    assert.equal(await opponent.at("challenge").isDisabled(), true);
    await game.getByTestId("resume").click();
    await tab.at("games").locator('[data-session][data-status="active"]').waitFor();
    await opponent.at("challenge").click();
    await desktop.until("phase", "reveal");
    await tab.page.close();
  });

  it("moves a running match of the arena, from its menu", async () => {
    const [mobile, screen] = [await Fighter.open(browser, server.url, PHONE), await Fighter.open(browser, server.url)];
    const rival = await Fighter.open(browser, `${server.url}/arena.html`);
    for (const { page } of [mobile, screen]) {
      await page.goto(`${server.url}/account.html`);
      await page.locator("#sign-in-login").fill("ada");
      await page.locator("#sign-in-password").fill(PASSWORD);
      await page.locator("#sign-in [type=submit]").click();
      await page.locator("#rooms").waitFor();
    }
    await mobile.page.goto(`${server.url}/arena.html`);
    await mobile.enter("quick-play");
    await rival.enter("quick-play");
    await mobile.phase("countdown", "playing");
    const [was, session] = [await mobile.seat(), await mobile.page.getByTestId("session-id").textContent()];
    await mobile.at("open-menu").click();
    await mobile.at("open-handoff").click();
    await mobile.at("handoff-code").waitFor();
    await mobile.shot("handoff-arena");
    await screen.page.locator("#code").fill(await mobile.text("handoff-code"));
    await screen.page.locator("#take-code [type=submit]").click();
    await screen.phase("countdown", "playing");
    await mobile.until("connection", "moved");
    await mobile.shot("handoff-arena-moved");
    assert.deepEqual([await screen.seat(), await screen.page.getByTestId("session-id").textContent()], [was, session]);
    assert.deepEqual(
      [mobile, screen, rival].flatMap(({ complaints }) => complaints),
      [],
    );
  });

  it("stays within its content security policy and throws nothing", () => {
    assert.deepEqual(
      [phone, desktop, opponent].flatMap(({ complaints }) => complaints),
      [],
    );
  });
});

/** Runs in the page: keeps what it ever shows of a seat without its player. */
function noteAbsence(): void {
  const absences: string[] = [];
  Object.assign(window, { absences });
  new MutationObserver(() => {
    for (const seat of document.querySelectorAll('[data-testid^="seat-"][data-connected="false"]')) {
      absences.push(seat.outerHTML);
    }
    if (document.querySelectorAll('[data-testid^="seat-"]').length < 2) absences.push("an empty seat");
  }).observe(document.body, { subtree: true, childList: true, attributes: true });
}
