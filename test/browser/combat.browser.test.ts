import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { foesAgainst, MAPS } from "../../src/combat/content/maps.rules.ts";
import { buildPage } from "../../web/build.ts";
import type { FighterView, FightView } from "../../web/combat/fight-view.ts";
import { ServerProcess } from "../support/server.ts";
import { describeInBrowser, launchBrowser } from "./chromium.ts";
import { Combatant } from "./combatant.ts";

const HIDDEN = "cinder_hound";
const TURNS_MAX = 120;

describeInBrowser("the page of fights", function () {
  this.timeout(120_000);
  let server: ServerProcess;
  let browser: Browser;
  let gm: Combatant;
  let ann: Combatant;
  let bob: Combatant;
  let hidden: FighterView;

  before(async () => {
    await buildPage();
    // With the limits on: a page that needs them off would not work for its users.
    server = await ServerProcess.create({ env: { RATE_LIMIT: "on" } });
    [browser] = await Promise.all([launchBrowser(), server.start()]);
    gm = await Combatant.at(browser, server.url);
  });

  after(async () => {
    await browser?.close();
    await server?.dispose();
  });

  it("is offered by the front page", async () => {
    await gm.at("to-combat").click();
    await gm.page.waitForURL(/combat\.html$/);
  });

  it("creates a fight with its game master seated, and lets two players in by its link", async () => {
    await gm.at("create-map").selectOption("toll_bridge");
    await gm.at("create-time").selectOption("180");
    await gm.at("create-gm").click();
    await gm.until("connection", "connected");
    const { own, mode, turnMs } = await gm.sees(({ own }) => own !== null);
    assert.deepEqual([own, mode, turnMs], [{ seat: 100, gm: true }, "pve", 180_000]);
    const link = `${server.url}/combat.html#${await gm.text("session-id")}`;
    ann = await Combatant.at(browser, link);
    bob = await Combatant.at(browser, link, { viewport: { width: 375, height: 740 }, isMobile: true, hasTouch: true });
    await ann.join();
    await bob.join();
    await gm.sees(({ people }) => people.length === 3);
  });

  it("musters the party, the foes, and one whom nobody else shall see", async () => {
    await ann.at("hero-bridge_warden").click();
    await bob.at("hero-ember_scholar").click();
    await gm.sees(({ fighters }) => fighters.length === 2);
    await gm.at("gm-usual-foes").click();
    const met = foesAgainst(MAPS.get("toll_bridge")!, 2).length + 2;
    await gm.sees(({ fighters }) => fighters.length === met);
    await gm.at("gm-creature").selectOption(HIDDEN);
    await gm.at("gm-hidden").check();
    await gm.at("gm-add").click();
    const { fighters } = await gm.sees((fight) => fight.fighters.length === met + 1);
    hidden = fighters.find(({ creature }) => creature === HIDDEN)!;
    assert.equal(hidden.hidden, true);
    await ann.sees((fight) => fight.fighters.length === met);
    await ann.shot("fight-muster");
  });

  it("rolls for initiative: the game master begins, each player rolls, and all see one order", async () => {
    await gm.at("roll-initiative").click();
    for (const player of [ann, bob]) await player.at("roll-initiative").click();
    await Promise.all([gm, ann, bob].map((one) => one.sees(({ phase }) => phase === "active")));
    const theirs = (await ann.view()).order;
    assert.deepEqual((await bob.view()).order, theirs);
    const without = (await gm.view()).order.filter((id) => id !== hidden.id);
    assert.deepEqual(theirs, without);
    await ann.at("log").locator(".roll", { hasText: "initiative" }).first().waitFor();
  });

  it("says why what cannot be done cannot be done", async () => {
    const waiting = (await gm.view()).current === (await ann.own()).id ? bob : ann;
    assert.match(await waiting.text("bar-note"), /not your turn|reaction/);
    assert.equal(await waiting.at("act-endTurn").getAttribute("aria-disabled"), "true");
    await waiting.at("act-endTurn").press("Enter");
    await waiting.page.locator(".toast", { hasText: "End turn" }).waitFor();
  });

  it("shows the way to a square with its price, and walks it by clicks", async () => {
    await untilTurnOf(ann);
    const { at } = await ann.own();
    await ann.clickCell(at.x, at.y + 3);
    assert.match(await ann.text("aim-words"), /^Move to .*: 15 of 30 feet/);
    await ann.shot("fight-way");
    await ann.at("aim-confirm").click();
    await ann.sees(({ fighters }) => fighters.some(({ id, at: now }) => id === ourId(ann) && now.y === at.y + 3));
    assert.equal((await ann.own()).movement, 15);
    await bob.at("log").locator("li", { hasText: "moves, 15 feet" }).first().waitFor();
  });

  it("walks by keyboard too, and tells what the cursor is on", async () => {
    const { at, movement } = await ann.own();
    await ann.page.locator("#field").focus();
    await ann.page.mouse.move(0, 0);
    await ann.page.keyboard.press("ArrowUp");
    await ann.page.keyboard.press("Enter");
    await ann.page.keyboard.press("Enter");
    await ann.sees(({ fighters }) => fighters.some(({ id, at: now }) => id === ourId(ann) && now.y === at.y - 1));
    assert.equal((await ann.own()).movement, movement - 5);
    await ann.page.keyboard.press("ArrowUp");
    assert.match(await ann.text("cell-words"), /^[A-Z]+\d+/);
  });

  it("attacks whom one chooses, and shows every die of it", async () => {
    await ann.at("act-attack:javelin").click();
    const foe = (await ann.view()).fighters.find(({ creature }) => creature === "toll_captain")!;
    const chip = ann.at(`target-${foe.id}`);
    await ann.shot("fight-aim");
    await chip.click();
    await answerAll();
    const attack = ann.at("log").locator("li", { hasText: "Javelin on Toll Captain" }).first();
    await attack.waitFor();
    assert.match(await attack.innerText(), /a hit|a miss|a critical hit/);
    // 80 feet are beyond normal range: two dice, one of which does not count.
    assert.equal(await attack.locator(".d").count(), 2);
    assert.equal(await attack.locator('.d[data-counts="false"]').count(), 1);
    assert.match(await attack.locator(".sum").innerText(), /^= \d+$/);
    assert.equal((await ann.own()).action, false);
    assert.match(await ann.at("act-dash").innerText(), /action used/);
  });

  it("aims an area on a phone and names whom it meets", async () => {
    await ann.at("act-endTurn").click();
    await untilTurnOf(bob);
    await bob.at("act-cast:sucking_mire").click();
    await bob.page.locator("#zoom").tap();
    await bob.page.locator("#field-frame").scrollIntoViewIfNeeded();
    const { at } = await ann.own();
    const there = await bob.page.evaluate(({ x, y }) => window.fight.onScreen(x, y), at);
    await bob.page.touchscreen.tap(there.x, there.y);
    await bob.at("aim-words").getByText("meets Bridge Warden").waitFor();
    await bob.shot("fight-phone-area");
    await bob.at("aim-cancel").tap();
    await bob.at("act-cast:shimmer").tap();
    await bob.sees((fight) => fight.fighters.some(({ id, effects }) => id === ourId(bob) && effects.length > 0));
    await bob.at(`inspect-${ourId(bob)}`).tap();
    assert.match(await bob.at("effects").innerText(), /round|turn|removed/);
  });

  it("fits a phone of 375 x 740 without scrolling sideways", async () => {
    await bob.shot("fight-phone");
    await bob.page.screenshot({ path: "test-artifacts/fight-phone-all.png", fullPage: true });
    assert.ok((await bob.overflow()) <= 0, `${await bob.overflow()} px too wide`);
  });

  it("finds back to its seat after a reload in the middle of the fight, players and game master alike", async () => {
    for (const one of [ann, bob, gm]) {
      const { own, current, order } = await one.view();
      await one.page.reload();
      await one.until("connection", "connected");
      const now = await one.sees((fight) => fight.own !== null);
      assert.deepEqual([now.own, now.current, now.order], [own, current, order]);
      await one.at("log").locator("li").first().waitFor();
    }
  });

  it("asks for a reaction, with the time that is left for it", async () => {
    const { at, id } = await ann.own();
    const foe = (await gm.view()).fighters.find(({ creature }) => creature === "ditch_gnasher")!;
    const beside = (steps: number) => ({ x: at.x + steps, y: at.y });
    assert.equal(await gm.act("gm.edit", { combatant: foe.id, patch: { at: beside(1) } }), null);
    await untilTurnOfCreature(foe.id);
    assert.equal(await gm.act("move", { path: [beside(2), beside(3)] }), null);
    await ann.at("reaction").waitFor();
    assert.match(await ann.text("reaction"), /Ditch Gnasher \d is about to leave your reach/);
    assert.match(await ann.at("reaction").locator("[data-time]").innerText(), /^0:\d\d$/);
    assert.equal(await ann.page.title(), "Your turn · Encounter · Hypogeum");
    assert.equal(await bob.at("reaction").isVisible(), false);
    await bob.page.locator(`#order [data-fighter="${id}"]`, { hasText: "may react" }).waitFor();
    await ann.shot("fight-reaction");
    await ann.at("react-0").click();
    await ann.at("log").locator("li", { hasText: "Longsword on Ditch Gnasher" }).first().waitFor();
    await ann.at("reaction").waitFor({ state: "hidden" });
    assert.equal((await ann.own()).reaction, false);
  });

  it("pauses, resumes, rolls in secret and changes hit points as the game master says", async () => {
    await gm.at("gm-pause").click();
    await ann.page.waitForSelector('#phase[data-paused="true"]');
    assert.match(await ann.text("phase"), /^Paused/);
    await gm.page.waitForSelector('#gm [data-testid="gm-pause"][data-paused="true"]');
    await gm.at("gm-pause").click();
    await ann.page.waitForSelector('#phase[data-paused="false"]');
    await gm.at("gm-roll").click();
    await gm.at("log").locator('li[data-tone="secret"]', { hasText: "game master rolls" }).waitFor();
    const captain = (await gm.view()).fighters.find(({ creature }) => creature === "toll_captain")!;
    await gm.at(`inspect-${captain.id}`).click();
    await gm.at("gm-hp").fill("30");
    await gm.at("gm-set-hp").click();
    await ann.sees(({ fighters }) => fighters.some(({ id, hp }) => id === captain.id && hp === 30));
    assert.equal(await ann.at("log").locator("li", { hasText: "game master rolls" }).count(), 0);
    await gm.shot("fight-master");
  });

  it("goes back to an entry of the log", async () => {
    const captain = (await gm.view()).fighters.find(({ creature }) => creature === "toll_captain")!;
    const edited = gm.at("log").locator("li", { hasText: "was changed by the game master" }).first();
    const seq = Number(await edited.getAttribute("data-seq"));
    const before = gm.at("log").locator(`[data-testid="rewind-${seq - 1}"]`);
    await before.click();
    await gm.at("confirm-yes").click();
    await ann.sees(({ fighters }) => fighters.some(({ id, hp }) => id === captain.id && hp !== 30));
    await ann
      .at("log")
      .locator("li", { hasText: `went back to entry ${seq - 1}` })
      .waitFor();
  });

  it("has sent the players not a byte about the hidden creature", async () => {
    for (const player of [ann, bob]) {
      assert.ok(player.frames.length > 20 && player.answers.length > 3, "the frames were kept");
      const everything = [...player.frames, ...player.answers, await withoutContent(player)].join("\n");
      assert.ok(everything.includes("toll_captain"), "what is seen is there");
      assert.equal(everything.includes(hidden.id), false, "its id");
      assert.equal(everything.includes(HIDDEN), false, "its kind");
    }
    assert.ok(gm.frames.some((frame) => frame.includes(hidden.id)));
    assert.ok((await gm.html()).includes(hidden.id));
  });

  it("plays to the end, and says who won", async () => {
    // Few who fall at the first blow: nobody walks here, and shots across the bridge would take all day.
    for (const { id, side, creature } of (await gm.view()).fighters) {
      if (creature === "grey_courser") assert.equal(await gm.act("gm.remove", { combatant: id }), null);
      else if (side === 1) assert.equal(await gm.act("gm.edit", { combatant: id, patch: { hp: 1, ac: 0 } }), null);
    }
    await gm.at(`inspect-${hidden.id}`).click();
    await gm.at("gm-veil").click();
    await ann.sees(({ fighters }) => fighters.some(({ id }) => id === hidden.id));
    for (let turn = 0; turn < TURNS_MAX && (await gm.view()).phase !== "ended"; turn++) await playOn();
    await Promise.all([gm, ann, bob].map((one) => one.sees(({ phase }) => phase === "ended")));
    for (const player of [ann, bob]) {
      await player.at("result").waitFor();
      assert.match(await player.text("result-words"), /^(Victory|Defeat)/);
    }
    await ann.shot("fight-result");
    assert.ok((await bob.overflow()) <= 0);
  });

  it("stays within its content security policy and throws nothing", () => {
    assert.deepEqual([...gm.complaints, ...ann.complaints, ...bob.complaints], []);
  });

  const ids = new Map<Combatant, string>();
  /** The own creature's id, once the player has had a turn. */
  const ourId = (player: Combatant): string => ids.get(player)!;

  /** Lets everybody before this player pass, and answers what windows ask. */
  async function untilTurnOf(player: Combatant): Promise<void> {
    const { id } = await player.own();
    ids.set(player, id);
    await untilTurnOfCreature(id);
    await player.sees((fight) => fight.current === id && !fight.window);
  }

  async function untilTurnOfCreature(id: string): Promise<void> {
    for (let i = 0; i < TURNS_MAX; i++) {
      await answerAll();
      const { current, window } = await gm.view();
      if (current === id && !window) return;
      await actor(await gm.view()).act("endTurn");
    }
  }

  /** Lets every reaction pass, by the prompt's own button. */
  async function answerAll(): Promise<void> {
    for (let i = 0; i < 10; i++) {
      const { window } = await gm.view();
      if (!window) return;
      for (const one of [gm, ann, bob]) {
        const { reactors, window: theirs } = await one.view();
        if (reactors.length === 0 || theirs?.id !== window.id) continue;
        await one.at("react-pass").click();
        await one.sees(
          (fight) => fight.window?.id !== window.id || !fight.reactors.some(({ id }) => id === reactors[0]!.id),
        );
      }
    }
  }

  /** One turn of whoever's it is: nearer to an enemy, one blow, and over. */
  async function playOn(): Promise<void> {
    await answerAll();
    const fight = await gm.view();
    const fighter = fight.fighters.find(({ id }) => id === fight.current);
    if (!fighter || fight.phase !== "active") return;
    const player = actor(fight);
    await player.sees((theirs) => theirs.phase === "ended" || theirs.current === fighter.id);
    const foe = fight.fighters.find(({ side, life }) => side !== fighter.side && life === "up");
    if (foe && (await player.act("attack", { target: foe.id })) === null) await answerAll();
    const now = await gm.view();
    if (now.phase === "active" && now.current === fighter.id && !now.window) await player.act("endTurn");
  }

  function actor({ fighters, current }: FightView): Combatant {
    const seat = fighters.find(({ id }) => id === current)?.seat;
    return seat === 0 ? ann : seat === 1 ? bob : gm;
  }

  /** The document without the page's own lists of every kind of creature there is. */
  async function withoutContent(player: Combatant): Promise<string> {
    return (await player.html()).replaceAll(/<option[^>]*>[^<]*<\/option>/g, "");
  }
});
