import type { Browser, BrowserContextOptions } from "playwright-core";
import type { FighterView, FightView } from "../../web/combat/fight-view.ts";
import { Visitor } from "./visitor.ts";

/** Somebody at the page of fights: a player or the game master. Every byte the server sends to it is kept. */
export class Combatant extends Visitor {
  /** What came over sockets, each frame as text of its bytes. */
  readonly frames: string[] = [];
  /** Bodies of the API's answers. */
  readonly answers: string[] = [];

  /** At an empty page first: what listens must be there before the first byte. */
  static async at(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Combatant> {
    const combatant = await Combatant.open(browser, "about:blank", options);
    combatant.#listen();
    await combatant.page.goto(url);
    return combatant;
  }

  #listen(): void {
    this.page.on("websocket", (socket) => {
      socket.on("framereceived", ({ payload }) => {
        this.frames.push(typeof payload === "string" ? payload : payload.toString("latin1"));
      });
    });
    this.page.on("response", async (response) => {
      if (!/\/(v1|matchmake)\//.test(response.url())) return;
      const body = await response.text().catch(() => "");
      this.answers.push(body);
    });
  }

  async view(): Promise<FightView> {
    return (await this.page.evaluate(() => window.fight.view()))!;
  }

  /** Waits until the page shows a fight of which this is true. */
  async sees(what: (fight: FightView) => boolean): Promise<FightView> {
    const deadline = Date.now() + 15_000;
    for (;;) {
      const fight = await this.page.evaluate(() => window.fight.view());
      if (fight && what(fight)) return fight;
      if (Date.now() > deadline) throw new Error(`never seen; last: ${JSON.stringify(fight)}`);
      await this.page.waitForTimeout(20);
    }
  }

  /** Does something as the page's own buttons do; the code of a refusal, or null. */
  act(type: string, data: Readonly<Record<string, unknown>> = {}): Promise<string | null> {
    return this.page.evaluate((order) => window.fight.act(order), { type, data });
  }

  async join(): Promise<void> {
    await this.at("join").click();
    await this.until("connection", "connected");
    await this.at("board").waitFor();
  }

  /** The own creature; a player has one. */
  async own(): Promise<FighterView> {
    const { own, fighters } = await this.view();
    return fighters.find(({ seat }) => seat === own!.seat)!;
  }

  /** Chooses a cell by the mouse, as often as it is said. */
  async clickCell(x: number, y: number, times = 1): Promise<void> {
    await this.page.locator("#field").scrollIntoViewIfNeeded();
    for (let i = 0; i < times; i++) {
      const at = await this.page.evaluate(([column, row]) => window.fight.onScreen(column!, row!), [x, y]);
      await this.page.mouse.click(at.x, at.y);
    }
  }

  /** What is in the document, attributes and all. */
  html(): Promise<string> {
    return this.page.content();
  }

  /** By how many pixels the page is wider than its window. */
  overflow(): Promise<number> {
    return this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  }
}
