import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { buildPage } from "../../web/build.ts";
import { eventually, pause, ServerProcess } from "../support/server.ts";
import { describeInBrowser, launchBrowser } from "./chromium.ts";
import { Fighter, seesNearby } from "./fighter.ts";

describeInBrowser("the page of the arena", function () {
  this.timeout(60_000);
  let server: ServerProcess;
  let browser: Browser;
  let ann: Fighter;
  let bob: Fighter;

  const all = () => [ann, bob];
  const seatOf = async (fighter: Fighter) => (await fighter.seat())!;

  before(async () => {
    await buildPage();
    server = await ServerProcess.create({ env: { RATE_LIMIT: "on" } });
    [browser] = await Promise.all([launchBrowser(), server.start()]);
    const options = { permissions: ["clipboard-read", "clipboard-write"] };
    [ann, bob] = await Promise.all([
      Fighter.open(browser, server.url, options),
      Fighter.open(browser, `${server.url}/arena.html`),
    ]);
  });

  after(async () => {
    await browser?.close();
    await server?.dispose();
  });

  it("is offered by the front page", async () => {
    await ann.shot("front");
    await ann.at("to-arena").click();
    await ann.page.waitForURL(/arena\.html$/);
  });

  it("lets two guests meet by quick play, and the match starts by itself", async () => {
    await ann.enter("quick-play");
    await ann.phase("waiting");
    await bob.enter("quick-play");
    assert.equal(await ann.page.getByTestId("session-id").textContent(), await sessionId(bob));
    for (const fighter of all()) await fighter.phase("countdown", "playing");
    assert.notEqual(await ann.seat(), await bob.seat());
  });

  it("shows each player only the own health", async () => {
    const [seat, other] = [await seatOf(ann), await seatOf(bob)];
    assert.equal((await ann.player(seat)).hp, 100);
    assert.equal((await ann.player(other)).hp, undefined);
  });

  it("lets both see each other move", async () => {
    const [a, b] = [await seatOf(ann), await seatOf(bob)];
    const [annBefore, bobBefore] = [await bob.player(a), await ann.player(b)];
    await Promise.all([
      ann.walk(
        () => ann.player(b),
        (_map, self) => moved(annBefore, self),
      ),
      bob.walk(
        () => bob.player(a),
        (_map, self) => moved(bobBefore, self),
      ),
    ]);
    await eventually("each sees that the other moved", async () => {
      const [annNow, bobNow] = [await bob.player(a), await ann.player(b)];
      return moved(annBefore, annNow) && moved(bobBefore, bobNow);
    });
  });

  it("lets a spectator see both, health and all, and takes no seat for it", async () => {
    const eve = await Fighter.open(browser, `${server.url}/arena.html#${await sessionId(ann)}`);
    await eve.enter("watch");
    await eventually("the spectator sees both", async () => Object.keys((await eve.state()).players).length === 2);
    for (const player of Object.values((await eve.state()).players)) assert.equal(typeof player.hp, "number");
    assert.equal(await eve.seat(), null);
    assert.equal(await eve.predicted(), null);
    assert.equal(Object.keys((await ann.state()).players).length, 2);
    await eve.shot("arena-watch");
    assert.deepEqual(eve.complaints, []);
    await eve.context.close();
  });

  it("lets a coach see with the eyes of the player who handed out the link", async () => {
    await ann.at("open-menu").click();
    await ann.at("copy-coach").click();
    await ann.page.getByText("Link copied.").first().waitFor();
    const link = await ann.page.evaluate(() => navigator.clipboard.readText());
    await ann.at("open-menu").click();

    const coach = await Fighter.open(browser, link);
    assert.equal(await coach.text("join"), "Coach");
    await coach.enter("join");
    await eventually("the coach sees", async () => (await coach.seat()) === (await ann.seat()));
    assert.equal((await coach.player(await seatOf(bob))).hp, undefined);
    assert.equal(await coach.predicted(), null);
    assert.deepEqual(coach.complaints, []);
    await coach.context.close();
  });

  it("lets one hit the other, and both know of it", async () => {
    const [a, b] = [await seatOf(ann), await seatOf(bob)];
    await ann.phase("playing");
    // Both walk: who stands still for a quarter of a minute is taken out of play.
    await Promise.all([ann.walk(() => ann.player(b), seesNearby), bob.walk(() => bob.player(a), seesNearby)]);
    await ann.aimAt(await ann.player(b));
    await ann.page.mouse.down();
    await eventually("bob is hit", async () => {
      await ann.aimAt(await ann.player(b));
      const { hp, alive } = await bob.player(b);
      return alive && hp! < 100;
    });
    await ann.shot("arena-play");
    await ann.page.mouse.up();
    await eventually("bob's page shows it", async () => Number(await bob.at("hp").innerText()) < 100);
    assert.equal((await ann.player(a)).hp, 100);
  });

  it("predicts the own player: the server hardly ever knows better", async () => {
    for (const fighter of all()) {
      const corrections = await fighter.page.evaluate(() => window.arena.corrections());
      const { tick } = await fighter.state();
      assert.ok(corrections < tick / 20, `${corrections} corrections in ${tick} ticks`);
    }
  });

  it("goes on after `kill -9`: same page, same seats, and a prediction that is right", async () => {
    const seats = await Promise.all(all().map(seatOf));
    const marks = await Promise.all(all().map((fighter) => fighter.mark()));
    const { tick } = await ann.state();

    await server.stop("SIGKILL");
    await Promise.all(all().map((fighter) => fighter.until("connection", "reconnecting")));
    await ann.shot("arena-reconnecting");
    await server.start();
    await Promise.all(all().map((fighter) => fighter.until("connection", "resumed")));

    assert.deepEqual(await Promise.all(all().map(seatOf)), seats);
    await eventually("the clock goes on", async () => (await ann.state()).tick > tick);
    for (const [index, fighter] of all().entries()) {
      await walksOn(fighter, seats[index]!);
      await fighter.assertNotReloaded(marks[index]!);
    }
  });

  it("is played with thumbs on a phone", async () => {
    const viewport = { width: 844, height: 390 };
    const phone = { viewport, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
    const cy = await Fighter.open(browser, `${server.url}/arena.html#${await sessionId(ann)}`, phone);
    await cy.enter("join");
    await eventually("the third has a seat", async () => (await cy.seat()) !== null);
    const seat = await seatOf(cy);
    await eventually("the third is predicted", async () => (await cy.predicted()) !== null);
    const before = await cy.predicted();
    const touch = await cy.context.newCDPSession(cy.page);
    const thumbs = (type: "touchStart" | "touchMove" | "touchEnd", ...points: readonly [number, number][]) =>
      touch.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
    await thumbs("touchStart", [120, 280], [700, 280]);
    // Towards the middle of the map: wherever a spawn is, there is room on that side.
    const [dx, dy] = [before!.x < 16_384 ? 50 : -50, before!.y < 12_288 ? 50 : -50];
    await thumbs("touchMove", [120 + dx, 280 + dy], [700 + dx, 280 + dy]);
    await eventually("the left thumb moves the third", async () => moved(before!, (await cy.predicted())!));
    await eventually("the right thumb aims and fires", async () => {
      const aim = (await ann.player(seat)).aim - Math.atan2(dy, dx);
      return Math.abs(Math.sin(aim)) < 0.05 && (await cy.page.evaluate(() => window.arena.fired())) > 0;
    });
    await cy.shot("arena-phone");
    await thumbs("touchEnd");
    assert.deepEqual(cy.complaints, []);
    await cy.page.setViewportSize({ width: 390, height: 844 });
    const overflow = await cy.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overflow <= 0, `${overflow} px too wide`);
    await cy.shot("arena-phone-upright");
    await cy.at("open-menu").tap();
    await cy.at("leave").tap();
    await cy.until("connection", "idle");
    await cy.context.close();
  });

  it("shows the result, and plays again", async () => {
    const former = await sessionId(ann);
    await bob.at("open-menu").click();
    await bob.at("leave").click();
    await ann.phase("over");
    assert.equal(await ann.text("result-title"), "Victory");
    await ann.shot("arena-result");
    await ann.at("play-again").click();
    await ann.phase("waiting");
    assert.notEqual(await sessionId(ann), former);
  });

  it("stays within its content security policy and throws nothing", () => {
    assert.deepEqual([...ann.complaints, ...bob.complaints], []);
  });
});

async function sessionId(fighter: Fighter): Promise<string> {
  return (await fighter.at("session-id").textContent()) ?? "";
}

function moved(from: { x: number; y: number }, to: { x: number; y: number }): boolean {
  return Math.abs(to.x - from.x) + Math.abs(to.y - from.y) > 1000;
}

/** The player walks to and fro, and when it stands still page and server agree where. */
async function walksOn(fighter: Fighter, seat: number): Promise<void> {
  // A key also brings back who was away for too long.
  await fighter.hold("left");
  await eventually("the player is in play", async () => (await fighter.predicted())?.alive === true);
  const from = await fighter.player(seat);
  let direction: "left" | "right" = "left";
  await eventually("the server moves the player", async () => {
    // Of two opposite ways at most one is blocked.
    direction = direction === "left" ? "right" : "left";
    await fighter.hold(direction);
    await pause(100);
    return (await fighter.player(seat)).x !== from.x;
  });
  await fighter.hold();
  await eventually("page and server agree", async () => {
    const [page, there] = await Promise.all([fighter.predicted(), fighter.player(seat)]);
    return page!.x === there.x && page!.y === there.y;
  });
}
