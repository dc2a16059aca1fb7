import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { buildPage } from "../../web/build.ts";
import { ServerProcess } from "../support/server.ts";
import { describeInBrowser, launchBrowser } from "./chromium.ts";
import { Owner } from "./owner.ts";

describeInBrowser("a page that outlasts its access token", function () {
  this.timeout(30_000);
  let server: ServerProcess;
  let browser: Browser;

  before(async () => {
    await buildPage();
    server = await ServerProcess.create({ env: { RATE_LIMIT: "on", ACCESS_TOKEN_TTL: "2" } });
    [browser] = await Promise.all([launchBrowser(), server.start()]);
  });

  after(async () => {
    await browser?.close();
    await server?.dispose();
  });

  /** Waits until the page has got its next token. */
  async function renewed(owner: Owner): Promise<void> {
    const answer = await owner.page.waitForResponse(/\/v1\/auth\/refresh$/);
    assert.equal(answer.status(), 200);
  }

  it("stays the same guest at the same table, over reloads too", async () => {
    const guest = await Owner.open(browser, `${server.url}/dice.html`);
    await guest.quickPlay();
    const name = await guest.page.locator("#who").innerText();
    for (let token = 0; token < 3; token++) await renewed(guest);
    assert.equal(await guest.at("connection").getAttribute("data-state"), "connected");
    await guest.page.reload();
    await guest.until("connection", "connected");
    assert.equal(await guest.page.locator("#who").innerText(), name);
    assert.deepEqual(guest.complaints, []);
    await guest.context.close();
  });

  it("moves its game to another device with a token that is good", async () => {
    const owner = await Owner.open(browser, `${server.url}/account.html`);
    await owner.signUp("ada", "correct horse battery staple");
    await owner.open("dice");
    await owner.quickPlay();
    for (let token = 0; token < 3; token++) await renewed(owner);
    assert.match(await owner.offerSeat(), /^\w{4}-\w{4}-\w{4}$/);
    assert.deepEqual(owner.complaints, []);
  });

  it("keeps every tab of the browser signed in, however many refresh together", async () => {
    const first = await Owner.open(browser, `${server.url}/account.html`);
    await first.signUp("grace", "correct horse battery staple");
    const tabs = await Promise.all(Array.from({ length: 4 }, () => Owner.beside(first, `${server.url}/account.html`)));
    for (let round = 0; round < 3; round++) {
      await Promise.all([first, ...tabs].map(({ page }) => page.reload()));
      for (const tab of [first, ...tabs]) await tab.is("signed-in");
    }
    assert.deepEqual(
      [first, ...tabs].flatMap(({ complaints }) => complaints),
      [],
    );
  });

  it("leaves a guest its seat, and the account its cookie, when both are in one browser", async () => {
    const guest = await Owner.open(browser, `${server.url}/dice.html`);
    await guest.quickPlay();
    const [name, session] = [await guest.page.locator("#who").innerText(), await guest.text("session-id")];
    const owner = await Owner.beside(guest, `${server.url}/account.html`);
    await owner.signUp("linus", "correct horse battery staple");
    await renewed(guest);
    await guest.page.reload();
    await guest.until("connection", "connected");
    assert.deepEqual([await guest.page.locator("#who").innerText(), await guest.text("session-id")], [name, session]);
    await owner.page.reload();
    await owner.is("signed-in");
    assert.equal(await owner.text("username"), "linus");
  });
});
