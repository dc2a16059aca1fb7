import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { buildPage } from "../../web/build.ts";
import { eventually, ServerProcess } from "../support/server.ts";
import { describeInBrowser, launchBrowser } from "./chromium.ts";
import { Owner, PHONE } from "./owner.ts";

const PASSWORD = "correct horse battery staple";

describeInBrowser("the account's page", function () {
  this.timeout(30_000);
  let server: ServerProcess;
  let browser: Browser;
  let desktop: Owner;
  let phone: Owner;
  const visitors: Owner[] = [];

  const open = async (page: string, options = {}) => {
    const visitor = await Owner.open(browser, `${server.url}/${page}`, options);
    visitors.push(visitor);
    return visitor;
  };

  /** The code of the newest mail about this, once it has come. */
  async function codeMailed(subject: string): Promise<string> {
    let code: string | undefined;
    await eventually(`a mail comes about ${subject}`, () => {
      const files = globSync(`${server.dir}/**/mail-*.jsonl`);
      const lines = files.flatMap((file) => readFileSync(file, "utf8").trim().split("\n"));
      const mails = lines.filter((line) => line.includes(subject)).map((line) => JSON.parse(line) as { text: string });
      code = /\b[A-Z0-9]{10}\b/.exec(mails.at(-1)?.text ?? "")?.[0];
      return code !== undefined;
    });
    return code!;
  }

  before(async () => {
    await buildPage();
    server = await ServerProcess.create({ env: { RATE_LIMIT: "on" } });
    [browser] = await Promise.all([launchBrowser(), server.start()]);
    [desktop, phone] = await Promise.all([open(""), open("account.html", PHONE)]);
  });

  after(async () => {
    await browser?.close();
    await server?.dispose();
  });

  it("is offered by the front page and makes an account", async () => {
    await desktop.at("to-account").click();
    await desktop.is("signed-out");
    await desktop.shot("account-doors");
    await desktop.signUp("ada", PASSWORD);
    assert.equal(await desktop.text("username"), "ada");
    assert.equal(await desktop.text("who"), "You are ada");
  });

  it("stays signed in over a reload, with no token where scripts or backups find it", async () => {
    await desktop.page.reload();
    await desktop.is("signed-in");
    const kept = await desktop.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    assert.doesNotMatch(kept, /eyJ|refresh/i);
    const cookies = await desktop.context.cookies(`${server.url}/v1/auth`);
    assert.deepEqual(
      cookies.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite })),
      [{ name: "refresh_token", httpOnly: true, sameSite: "Strict" }],
    );
  });

  it("says in words what is refused", async () => {
    await phone.send("sign-up", { username: "Ada", password: PASSWORD });
    assert.equal(await phone.problem("sign-up"), "That user name is taken. Choose another one.");
    await phone.send("sign-in", { username: "ada", password: "wrong horse" });
    assert.equal(await phone.problem("sign-in"), "The name or the password is wrong.");
    await phone.shot("account-refused-phone");
  });

  it("lists both devices on either of them", async () => {
    await phone.signIn("ada", PASSWORD);
    await desktop.page.reload();
    for (const owner of [desktop, phone]) {
      await owner.devices().nth(1).waitFor();
      const lines = (await owner.devices().locator(".what").allInnerTexts()).map((line) => line.split("\n")[0]).sort();
      assert.deepEqual(lines, ["Computer", "Phone or tablet"]);
    }
    assert.match(await phone.devices().locator(".what", { hasText: "this device" }).innerText(), /^Phone/);
    await phone.assertFits();
    await phone.page.screenshot({ path: "test-artifacts/account-phone.png", fullPage: true });
    await desktop.page.screenshot({ path: "test-artifacts/account-desktop.png", fullPage: true });
  });

  it("signs another device out, which is out with its very next call", async () => {
    await desktop.at("revoke").click();
    await desktop.at("confirm-yes").click();
    await desktop.devices().nth(1).waitFor({ state: "detached" });
    await phone.send("rename", { name: "Thief" });
    await phone.page
      .getByTestId("account")
      .and(phone.page.locator('[data-state="signed-out"]'))
      .waitFor({ timeout: 1000 });
    assert.equal(await phone.text("reason"), "This device was signed out. Sign in again.");
    await phone.page.reload();
    await phone.is("signed-out");
    await desktop.page.reload();
    await desktop.is("signed-in");
    assert.equal(await desktop.text("who"), "You are ada");
  });

  it("closes the game of a device that is signed out, and the page says why", async () => {
    await phone.signIn("ada", PASSWORD);
    await phone.open("dice");
    await phone.quickPlay();
    await desktop.page.reload();
    await desktop.at("revoke").click();
    await desktop.at("confirm-yes").click();
    await phone.until("connection", "lost");
    assert.match(await phone.page.locator("#interrupted-text").innerText(), /signed out/);
    await phone.open("account");
  });

  it("tells the host's games, and lets the host end them", async () => {
    const game = desktop.at("games").locator("[data-session]");
    await game.waitFor();
    assert.match(await game.innerText(), /Liar's dice/);
    await game.getByTestId("end").click();
    await desktop.at("confirm-yes").click();
    await desktop.at("played").getByText("Ended by the host").waitFor();
    await desktop.at("games").getByText("You have no seat in any game.").waitFor();
  });

  it("renames, and exports what is held", async () => {
    await desktop.send("rename", { name: "Ada Lovelace" });
    await desktop.at("who").getByText("You are Ada Lovelace").waitFor();
    const [download] = await Promise.all([desktop.page.waitForEvent("download"), desktop.send("export")]);
    assert.equal(download.suggestedFilename(), "hypogeum-ada.json");
    const held = JSON.parse(readFileSync(await download.path(), "utf8"));
    assert.equal(held.account.username, "ada");
  });

  it("changes the password, and the other devices are out", async () => {
    await phone.signIn("ada", PASSWORD);
    await desktop.send("password", { currentPassword: "wrong horse", newPassword: "a staple, charged" });
    assert.equal(await desktop.problem("password"), "The current password is wrong.");
    await desktop.send("password", { currentPassword: PASSWORD, newPassword: "a staple, charged" });
    await desktop.at("password").locator(".done").waitFor();
    await phone.send("rename", { name: "Thief" });
    await phone.is("signed-out");
    await phone.signIn("ada", "a staple, charged");
  });

  it("signs out in every tab of the browser, and everywhere", async () => {
    const tab = await Owner.beside(desktop, `${server.url}/account.html`);
    visitors.push(tab);
    await tab.is("signed-in");
    await tab.at("sign-out").click();
    await Promise.all([tab.is("signed-out"), desktop.is("signed-out")]);
    await desktop.signIn("ada", "a staple, charged");
    await tab.is("signed-in");
    await tab.at("sign-out-everywhere").click();
    await tab.at("confirm-yes").click();
    await Promise.all([tab.is("signed-out"), desktop.is("signed-out")]);
    await phone.send("rename", { name: "Ada" });
    await phone.is("signed-out");
    await tab.page.close();
  });

  it("turns a guest into an account that keeps its seat", async () => {
    const guest = await open("dice.html");
    await guest.quickPlay();
    const seat = await guest.seat();
    const session = await guest.text("session-id");
    await guest.at("open-handoff").click();
    assert.match(await guest.text("handoff"), /Create an account first/);
    await guest.shot("handoff-guest");
    await guest.at("handoff-account").click();
    await guest.is("signed-out");
    await guest.shot("account-guest");
    await guest.signUp("grace", PASSWORD);
    await guest.at("way-back").click();
    await guest.until("connection", "connected");
    await guest.at("own-dice").waitFor();
    assert.deepEqual([await guest.text("session-id"), await guest.seat()], [session, seat]);
    await guest.page.reload();
    await guest.until("connection", "connected");
    assert.equal(await guest.page.locator("#who").innerText(), "You are grace");
    await guest.at("leave").click();
  });

  it("confirms an e-mail address, and sets a forgotten password, by codes from mails", async () => {
    const owner = await open("account.html");
    await owner.send("sign-up", { username: "mary", password: PASSWORD, email: "mary@example.com" });
    await owner.is("signed-in");
    const first = await codeMailed("Confirm your e-mail address");
    await owner.send("verify", { code: first === "AAAAAAAAAA" ? "BBBBBBBBBB" : "AAAAAAAAAA" });
    assert.equal(await owner.problem("verify"), "That code is wrong, used or too old. Ask for a new one.");
    await owner.send("verify", { code: first });
    await owner.page.getByText("mary@example.com, confirmed").waitFor();
    await owner.at("sign-out").click();
    await owner.is("signed-out");
    await owner.page.getByText("Password forgotten?").click();
    await owner.send("reset", { email: "mary@example.com" });
    await owner.at("reset").locator(".done").waitFor();
    await owner.send("reset-confirm", { code: await codeMailed("password"), password: "a staple, charged" });
    await owner.at("reset-confirm").locator(".done").waitFor();
    await owner.signIn("mary@example.com", "a staple, charged");
    await owner.page.getByText("mary@example.com, confirmed").waitFor();
  });

  it("leaves two tabs of a browser without an account two players", async () => {
    const one = await open("dice.html");
    const two = await Owner.beside(one, `${server.url}/dice.html`);
    await one.quickPlay();
    await two.quickPlay();
    await one.at("seat-1").waitFor();
    assert.notEqual(await one.seat(), await two.seat());
    assert.equal(await one.text("session-id"), await two.text("session-id"));
  });

  it("deletes the account once its name is typed", async () => {
    await desktop.signIn("ada", "a staple, charged");
    await desktop.send("erase", { username: "bob" });
    assert.ok(await desktop.at("confirm").isHidden());
    await desktop.send("erase", { username: "ada" });
    await desktop.shot("account-erase");
    await desktop.at("confirm-yes").click();
    await desktop.is("signed-out");
    await desktop.send("sign-in", { username: "ada", password: "a staple, charged" });
    assert.equal(await desktop.problem("sign-in"), "The name or the password is wrong.");
  });

  it("bars the door for as long as the server says, and counts it down", async () => {
    for (let attempt = 0; attempt < 8; attempt++) {
      await phone.send("sign-in", { username: "nobody", password: `guess ${attempt}` });
      const problem = await phone.problem("sign-in");
      if (!problem.startsWith("The name")) break;
    }
    assert.match(await phone.problem("sign-in"), /^Too many failed tries. Try again in (a second|\d+ seconds).$/);
    const button = phone.at("sign-in").locator("[type=submit]");
    assert.match(await button.innerText(), /^Wait \d+ s$/);
    assert.ok(await button.isDisabled());
    await button.getByText("Sign in").waitFor();
    assert.ok(await button.isEnabled());
  });

  it("stays within its content security policy and throws nothing", () => {
    assert.deepEqual(
      visitors.flatMap(({ complaints }) => complaints),
      [],
    );
  });
});
