import assert from "node:assert/strict";
import type { BrowserContextOptions } from "playwright-core";
import { Player } from "./player.ts";

export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 780 },
  isMobile: true,
  hasTouch: true,
};

/** Somebody with an account, at its page or at the table of liar's dice. */
export class Owner extends Player {
  override expectsRefusals = true;

  /** Waits until the page knows who this is. */
  async is(state: "signed-in" | "signed-out"): Promise<void> {
    await this.until("account", state);
  }

  async fill(form: string, fields: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, value] of Object.entries(fields)) {
      await this.at(form).locator(`[name="${name}"]`).fill(value);
    }
  }

  /** Fills a form in and sends it. */
  async send(form: string, fields: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.fill(form, fields);
    await this.at(form).locator("[type=submit]").click();
  }

  async signUp(username: string, password: string): Promise<void> {
    await this.send("sign-up", { username, password });
    await this.is("signed-in");
  }

  async signIn(username: string, password: string): Promise<void> {
    await this.send("sign-in", { username, password });
    await this.is("signed-in");
  }

  /** What a form says about why it was refused. */
  async problem(form: string): Promise<string> {
    const said = this.at(form).locator(".problem");
    await said.waitFor();
    return said.innerText();
  }

  devices() {
    return this.at("devices").locator("li");
  }

  async open(page: "account" | "dice"): Promise<void> {
    await this.page.goto(new URL(`${page}.html`, this.page.url()).href);
  }

  /** Asks for a code that moves the seat this page has. */
  async offerSeat(): Promise<string> {
    await this.at("open-handoff").click();
    const code = this.at("handoff-code");
    await code.waitFor();
    return code.innerText();
  }

  async assertFits(): Promise<void> {
    const overflow = await this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overflow <= 0, `${overflow} px too wide`);
  }
}
