import assert from "node:assert/strict";
import { Visitor } from "./visitor.ts";

/** A player at the table of liar's dice. */
export class Player extends Visitor {
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

  /** Waits until so many lines of the log say this: what happened is told a moment after the table shows it. */
  async logged(words: string, times: number): Promise<void> {
    const lines = this.at("log").locator("li", { hasText: words });
    await lines.nth(times - 1).waitFor();
    assert.equal(await lines.count(), times);
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
}
