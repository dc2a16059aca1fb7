/** Ticks per second. */
export const HZ = 30;
/** Lengths are in 1/1024 of a tile, angles in 1/65536 of a turn, durations in ticks unless they say otherwise. */
export const TILE = 1024;
export const FULL_TURN = 65_536;
/** Fractions of a tick: the instant at which a shooter saw the others is known this exactly. */
export const SIXTEENTHS = 16;
/** Ticks of positions that are kept to judge a shot by what its shooter saw: 15 full ticks back, half a second. */
export const TRAIL_TICKS = 16;
export const LAG_MAX = (TRAIL_TICKS - 1) * SIXTEENTHS;

/** Held buttons of one input, as bits. */
export const BUTTON = { up: 1, down: 2, left: 4, right: 8, fire: 16 } as const;

/** A player in the world. */
export interface Fighter {
  readonly seat: number;
  /** The body's centre. */
  x: number;
  y: number;
  aim: number;
  /** 0 while out of play. */
  hp: number;
  /** Ticks until the next spawn; 0 while alive. */
  respawn: number;
  /** Ticks for which nothing hurts. */
  shield: number;
  /** Ticks of faster fire left. */
  rapid: number;
  /** Ticks until the next shot is possible. */
  cooldown: number;
  /** Ticks since the player last did anything. */
  idle: number;
  away: boolean;
  score: number;
  deaths: number;
  /** x, y of the last TRAIL_TICKS ticks at slot `tick % TRAIL_TICKS`; -1, -1 for a tick at which no shot could hit. */
  trail: number[];
}

/** A shot in flight: `speed * age` away from its muzzle. */
export interface Shot {
  readonly id: number;
  readonly owner: number;
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  /** When it was at its muzzle, in sixteenths of a tick. */
  readonly born: number;
  /** When it meets a wall or its life ends, in sixteenths of a tick: walls stand still, so one look at birth will do. */
  readonly dies: number;
}

export interface ArenaWorld {
  phase: "waiting" | "countdown" | "playing" | "over";
  map: number;
  tick: number;
  /** The tick at which the phase ends; 0 when it has no end. */
  until: number;
  /** The winner's seat once the match is over; -1 for none. */
  winner: number;
  /** Random draws made so far (L5). */
  draws: number;
  /** Shots fired so far: the next one's id. */
  fired: number;
  /** Ascending by seat. */
  fighters: Fighter[];
  /** Ascending by id. */
  shots: Shot[];
  /** By pick-up spot: ticks until something lies there again; 0 when it does. */
  pickups: number[];
}

/** What one player did in one tick, after sanitising: buttons, aim, and how far back they saw the others. */
export interface FighterInput {
  readonly seat: number;
  readonly buttons: number;
  readonly aim: number;
  /** Sixteenths of a tick between the others as this player saw them and now; 0 to LAG_MAX. */
  readonly lag: number;
}
