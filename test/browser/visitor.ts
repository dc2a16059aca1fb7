import assert from "node:assert/strict";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";

type Kind<V> = new (context: BrowserContext, page: Page) => V;

/** Somebody at one of the pages: one tab, in a browser of its own unless it is said. */
export class Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page complained about on its console. */
  readonly complaints: string[] = [];
  /** Set where being refused is the point: the browser reports every such answer. */
  expectsRefusals = false;

  constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    page.setDefaultTimeout(15_000);
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      // The browser reports every connection that the killed server cut or refused: that is the point of the test.
      const expected = /net::ERR_(CONNECTION|EMPTY_RESPONSE|SOCKET)|WebSocket connection to/.test(message.text());
      const refused = this.expectsRefusals && /server responded with a status of 4\d\d/.test(message.text());
      const complaint = `${message.text()} (${message.location().url})`;
      if (message.type() === "error" && !expected && !refused) this.complaints.push(complaint);
    });
  }

  static async open<V extends Visitor>(
    this: Kind<V>,
    browser: Browser,
    url: string,
    options: BrowserContextOptions = {},
  ): Promise<V> {
    const viewport = { width: 1180, height: 800 };
    const context = await browser.newContext({ viewport, reducedMotion: "reduce", ...options });
    const visitor = new this(context, await context.newPage());
    await visitor.page.goto(url);
    return visitor;
  }

  /** A second tab of the same browser. */
  static async beside<V extends Visitor>(this: Kind<V>, other: Visitor, url: string): Promise<V> {
    const visitor = new this(other.context, await other.context.newPage());
    await visitor.page.goto(url);
    return visitor;
  }

  at(testId: string) {
    return this.page.getByTestId(testId);
  }

  text(testId: string): Promise<string> {
    return this.at(testId).innerText();
  }

  async quickPlay(): Promise<void> {
    await this.at("quick-play").click();
    await this.until("connection", "connected");
  }

  /** Waits until the element's state is one of `states`. */
  async until(testId: string, ...states: string[]): Promise<void> {
    const attribute = testId === "phase" ? "data-phase" : "data-state";
    const selector = states.map((state) => `[data-testid="${testId}"][${attribute}="${state}"]`).join(", ");
    await this.page.waitForSelector(selector, { state: "attached" }).catch(async (cause: Error) => {
      // Which page it was, and how far it came: a timeout alone does not tell a lost click from a lost connection.
      const found = await this.page
        .getByTestId(testId)
        .evaluateAll((all, name) => all.map((one) => one.getAttribute(name)), attribute);
      throw new Error(`${testId} is not ${states} but ${JSON.stringify(found)} at ${this.page.url()}`, { cause });
    });
  }

  /** Something a reload would lose. */
  async mark(): Promise<string> {
    const mark = String(Math.random());
    await this.page.evaluate((value) => Object.assign(window, { mark: value }), mark);
    return mark;
  }

  async assertNotReloaded(mark: string): Promise<void> {
    assert.equal(await this.page.evaluate(() => (window as unknown as { mark?: string }).mark), mark);
  }

  shot(name: string): Promise<Buffer> {
    return this.page.screenshot({ path: `test-artifacts/${name}.png` });
  }
}
