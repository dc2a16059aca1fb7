import { z } from "zod";
import { CORE, type Draft, type Game, TIMER } from "../journal/game.ts";

/** Liar's dice: everybody rolls in secret, bids rise, a challenge lays all dice open, who was wrong loses a die. */
interface Hand {
  seat: number;
  left: number;
  dice: number[];
}

interface State {
  phase: "seating" | "bidding" | "reveal" | "over";
  round: number;
  turn: number;
  bid: { seat: number; count: number; face: number } | null;
  /** Ascending by seat; a hand without dice is out. */
  hands: Hand[];
  loser: number;
  winner: number;
  deadline: number | null;
  draws: number;
}

export interface DiceView extends Omit<State, "hands" | "draws"> {
  readonly hands: readonly { seat: number; left: number; dice: readonly number[]; shown: readonly number[] }[];
}

const DICE = 5;
const FACES = 6;
const TURN_MS = 30_000;
const NONE = -1;

const critical = <T extends z.ZodType>(data: T) => ({ data, durability: "critical" as const });

export const dice: Game<State, DiceView> = {
  id: "dice",
  version: 1,
  seats: { min: 2, max: 6 },
  commands: {
    roll: critical(z.strictObject({})),
    bid: critical(z.strictObject({ count: z.int().min(1).max(DICE * 6), face: z.int().min(1).max(FACES) })),
    challenge: critical(z.strictObject({})),
  },
  refusals: {
    not_enough_players: "At least two players must sit at the table.",
    not_now: "That is not possible in this phase of the round.",
    not_your_turn: "It is another player's turn.",
    bid_too_low: "A bid must raise the count, or the face at the same count.",
    bid_too_high: "There are not that many dice on the table.",
    nothing_to_challenge: "There is no bid to challenge yet.",
    game_in_progress: "The game has started; nobody can sit down any more.",
  },

  init: () => ({
    ...{ phase: "seating", round: 0, turn: NONE, bid: null, hands: [], loser: NONE, winner: NONE },
    ...{ deadline: null, draws: 0 },
  }),

  decide(state, { type, data }, { seat, rng }) {
    if (type === TIMER) return onTimeout(state, rng);
    if (type === "roll") return roll(state, rng);
    if (state.phase !== "bidding") return { refused: "not_now" };
    if (state.turn !== seat) return { refused: "not_your_turn" };
    if (type === "challenge") return challenge(state);
    return bid(state, Number(data.count), Number(data.face));
  },

  onSeat(state, { kind, seat }) {
    if (kind === "taken") return state.phase === "seating" ? [] : { refused: "game_in_progress" };
    const remaining = alive(state).filter((hand) => hand.seat !== seat);
    return state.round > 0 && remaining.length === 1 ? [ended(remaining[0]!.seat)] : [];
  },

  evolve(state, { type, seat, at, data }) {
    switch (type) {
      case CORE.seatTaken:
        state.hands = [...state.hands, { seat: seat!, left: DICE, dice: [] }].sort((a, b) => a.seat - b.seat);
        break;
      case CORE.seatLeft:
        state.hands = state.hands.filter((hand) => hand.seat !== seat);
        if (state.phase === "bidding") voidRound(state, at);
        break;
      case CORE.ended:
        Object.assign(state, { phase: "over", deadline: null, winner: data.winner ?? NONE });
        break;
      case "rolled":
        deal(state, data.hands as [number, number[]][], at);
        break;
      case "bid":
        state.bid = { seat: seat ?? state.turn, count: Number(data.count), face: Number(data.face) };
        state.turn = next(state, state.turn);
        state.deadline = at + TURN_MS;
        break;
      case "challenged":
        settle(state, Number(data.loser), at);
        break;
    }
  },

  view(state, viewer) {
    const open = state.phase === "reveal" || state.phase === "over";
    const { phase, round, turn, bid, loser, winner, deadline } = state;
    const hands = state.hands.map(({ seat, left, dice }) => ({
      ...{ seat, left },
      dice: viewer.kind === "seat" && viewer.seat === seat ? [...dice] : [],
      shown: open ? [...dice] : [],
    }));
    return { phase, round, turn, bid: bid && { ...bid }, loser, winner, deadline, hands };
  },

  /** Everything at the table is public but the roll: of that one sees one's own dice. */
  redact({ type, data }, viewer) {
    if (type !== "rolled") return { type, data };
    const hands = data.hands as [number, number[]][];
    return { type, data: { hands: hands.filter(([seat]) => viewer.kind === "seat" && viewer.seat === seat) } };
  },

  wakeAt: (state) => state.deadline,
};

function roll(state: State, rng: (index: number, sides: number) => number): readonly Draft[] | { refused: string } {
  if (state.phase === "bidding" || state.phase === "over") return { refused: "not_now" };
  if (alive(state).length < 2) return { refused: "not_enough_players" };
  let draw = state.draws;
  const hands = alive(state).map(({ seat, left }) => [seat, Array.from({ length: left }, () => rng(draw++, FACES))]);
  const rolled = { type: "rolled", data: { hands } } as Draft;
  return state.phase === "seating" ? [{ type: CORE.started, data: {} }, rolled] : [rolled];
}

function bid(state: State, count: number, face: number): readonly Draft[] | { refused: string } {
  const last = state.bid;
  if (last && (count < last.count || (count === last.count && face <= last.face))) return { refused: "bid_too_low" };
  if (count > alive(state).reduce((sum, { left }) => sum + left, 0)) return { refused: "bid_too_high" };
  return [{ type: "bid", data: { count, face } }];
}

function challenge(state: State): readonly Draft[] | { refused: string } {
  const { bid: last } = state;
  if (!last) return { refused: "nothing_to_challenge" };
  const count = state.hands.flatMap(({ dice }) => dice).filter((die) => die === last.face).length;
  const loser = count >= last.count ? state.turn : last.seat;
  const survivors = alive(state).filter(({ seat, left }) => seat !== loser || left > 1);
  const challenged = { type: "challenged", data: { by: state.turn, count, loser } };
  return survivors.length === 1 ? [challenged, ended(survivors[0]!.seat)] : [challenged];
}

/** Who lets the time run out challenges; without a bid to challenge, opens with the lowest one. */
function onTimeout(state: State, rng: (index: number, sides: number) => number) {
  if (state.phase === "reveal") return roll(state, rng);
  return state.bid ? challenge(state) : bid(state, 1, 1);
}

function deal(state: State, hands: readonly [number, number[]][], at: number): void {
  const first = state.loser === NONE ? state.hands[0]!.seat : state.loser;
  for (const hand of state.hands) hand.dice = [...(hands.find(([seat]) => seat === hand.seat)?.[1] ?? [])];
  state.draws += hands.reduce((sum, [, rolled]) => sum + rolled.length, 0);
  state.round += 1;
  state.turn = state.hands.some(({ seat, left }) => seat === first && left > 0) ? first : next(state, first);
  Object.assign(state, { phase: "bidding", bid: null, deadline: at + TURN_MS });
}

function settle(state: State, loser: number, at: number): void {
  const hand = state.hands.find(({ seat }) => seat === loser);
  if (hand) hand.left -= 1;
  Object.assign(state, { phase: "reveal", loser, deadline: at + TURN_MS });
}

/** A player left in the middle of a round: nobody loses a die for it. */
function voidRound(state: State, at: number): void {
  Object.assign(state, { phase: "reveal", bid: null, deadline: at + TURN_MS });
}

function alive(state: State): Hand[] {
  return state.hands.filter(({ left }) => left > 0);
}

function next(state: State, seat: number): number {
  const seats = alive(state).map((hand) => hand.seat);
  return seats.find((candidate) => candidate > seat) ?? seats[0] ?? NONE;
}

function ended(winner: number): Draft {
  return { type: CORE.ended, data: { reason: "won", winner } };
}
