import assert from "node:assert/strict";
import { MAPS } from "../../src/arena/maps.rules.ts";
import { fire } from "../../src/arena/shots.rules.ts";
import { type ArenaWorld, type Fighter, SIXTEENTHS, TILE } from "../../src/arena/world.rules.ts";
import { ShotTracks, type ShownShot, type Track } from "../../web/arena/net/shot-tracks.ts";

const MAP = MAPS[0]!;
const OWN = 0;

function shot(changes: Partial<ShownShot> = {}): ShownShot {
  return { owner: 1, x: 8 * TILE, y: 11.5 * TILE, angle: 0, born: 100 * SIXTEENTHS, ...changes };
}

function drawn(tracks: ShotTracks): Track[] {
  return tracks.all.filter(({ over }) => !over);
}

/** What ends when the picture comes to `tick`. */
function ended(tracks: ShotTracks, tick: number): Track[] {
  const gone: Track[] = [];
  tracks.advance(tick * SIXTEENTHS, (track) => gone.push(track));
  return gone;
}

describe("the shots on screen", () => {
  it("end at walls exactly when the rules end them", () => {
    for (let angle = 0; angle < 65_536; angle += 997) {
      const world = { tick: 100, fired: 0, shots: [] } as unknown as ArenaWorld;
      fire(world, { ...shot({ owner: 1 }), seat: 1, aim: angle, rapid: 0 } as unknown as Fighter, 0, MAP);
      const tracks = new ShotTracks();
      tracks.sync(new Map([["0", shot({ angle })]]), 100, MAP, OWN);
      assert.equal(tracks.all[0]!.dies, world.shots[0]!.dies, `angle ${angle}`);
    }
  });

  it("fly on after the server took them away, until the picture has come to that tick", () => {
    const tracks = new ShotTracks();
    tracks.sync(new Map([["7", shot()]]), 100, MAP, OWN);
    tracks.sync(new Map(), 106, MAP, OWN);
    assert.deepEqual(ended(tracks, 105), []);
    assert.equal(drawn(tracks).length, 1);
    assert.equal(ended(tracks, 106)[0]!.strikes, true);
    assert.equal(tracks.all.length, 0);
  });

  it("are not drawn twice when they are the player's own", () => {
    const tracks = new ShotTracks();
    tracks.predict(shot({ owner: OWN }), MAP);
    tracks.sync(new Map([["7", shot({ owner: OWN, born: 100 * SIXTEENTHS + 3 })]]), 104, MAP, OWN);
    assert.equal(tracks.all.length, 1);
    assert.equal(tracks.all[0]!.born, 100 * SIXTEENTHS);
  });

  it("are drawn as the server fired them when that is not what was predicted", () => {
    const tracks = new ShotTracks();
    tracks.predict(shot({ owner: OWN, angle: 2000 }), MAP);
    tracks.sync(new Map([["7", shot({ owner: OWN, angle: 3000 })]]), 104, MAP, OWN);
    assert.deepEqual(
      tracks.all.map(({ angle }) => angle),
      [3000],
    );
  });

  it("are not mistaken for one another: a shot that the server never fired stays alone", () => {
    const tracks = new ShotTracks();
    tracks.predict(shot({ owner: OWN }), MAP);
    tracks.predict(shot({ owner: OWN, born: 108 * SIXTEENTHS }), MAP);
    tracks.sync(new Map([["7", shot({ owner: OWN, born: 108 * SIXTEENTHS })]]), 112, MAP, OWN);
    assert.deepEqual(
      tracks.all.map(({ key }) => key),
      [null, "7"],
    );
  });

  it("do not come back when the server still shows what has ended here", () => {
    const tracks = new ShotTracks();
    const shown = new Map([["7", shot({ owner: OWN })]]);
    tracks.predict(shot({ owner: OWN }), MAP);
    assert.equal(ended(tracks, 145).length, 1);
    tracks.sync(shown, 104, MAP, OWN);
    tracks.sync(shown, 105, MAP, OWN);
    assert.equal(drawn(tracks).length, 0);
  });
});
