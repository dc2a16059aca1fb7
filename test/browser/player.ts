import assert from "node:assert/strict";
import type { Browser, BrowserContext, Page } from "playwright-core";

/** A player at the page: one browser context, so one guest of its own. */
export class Player {
  readonly page: Page;
  /** What the page complained about on its console. */
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      // The browser reports every connection that the killed server cut or refused: that is the point of the test.
      const expected = /net::ERR_(CONNECTION|EMPTY_RESPONSE|SOCKET)|WebSocket connection to/.test(message.text());
      if (message.type() === "error" && !expected) this.complaints.push(message.text());
    });
  }

  static async open(browser: Browser, url: string, width = 1180, height = 800): Promise<Player> {
    const context = await browser.newContext({ viewport: { width, height }, reducedMotion: "reduce" });
    const player = new Player(context, await context.newPage());
    await player.page.goto(url);
    return player;
  }

  close(): Promise<void> {
    return this.#context.close();
  }

  at(testId: string) {
    return this.page.getByTestId(testId);
  }

  async quickPlay(): Promise<void> {
    await this.at("quick-play").click();
    await this.until("connection", "connected");
  }

  /** Waits until the element's state is one of `states`. */
  async until(testId: string, ...states: string[]): Promise<void> {
    const attribute = testId === "phase" ? "data-phase" : "data-state";
    const selector = states.map((state) => `[data-testid="${testId}"][${attribute}="${state}"]`).join(", ");
    await this.page.waitForSelector(selector, { state: "attached" });
  }

  text(testId: string): Promise<string> {
    return this.at(testId).innerText();
  }

  async ownDice(): Promise<string> {
    return (await this.at("own-dice").getAttribute("data-dice")) ?? "";
  }

  /** The seat this player sits on. */
  async seat(): Promise<number> {
    const id = await this.page.locator("#own").getAttribute("data-testid");
    return Number(/^seat-(\d+)$/.exec(id ?? "")?.[1]);
  }

  seats(): Promise<(string | undefined)[]> {
    return this.page.$$eval('[data-testid^="seat-"]', (found) =>
      found.map((e) => (e as HTMLElement).dataset.testid).sort(),
    );
  }

  /** The decoded room state, as JSON. */
  state(): Promise<string> {
    return this.page.evaluate(() => JSON.stringify(window.diceTable.state()));
  }

  isMyTurn(): Promise<boolean> {
    return this.page.locator('#own[data-turn="true"]').isVisible();
  }

  async bid(count: number, face: number): Promise<void> {
    await this.at("bid-count").fill(String(count));
    await this.at("bid-face")
      .getByRole("radio", { name: String(face) })
      .check();
    await this.at("bid").click();
  }

  /** The SDK reconnects by itself only after its first five seconds at a table. */
  async hasSatFor(ms: number): Promise<void> {
    await this.page.waitForFunction((least) => Date.now() - window.diceTable.joinedAt() >= least, ms);
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
