import { z } from "zod";
import { CORE, type Draft, type Game, type Refused, TIMER, type Viewer } from "../journal/game.ts";
import type { Draw } from "../lib/rng.ts";

/** Liar's dice: all roll in secret, bids rise, a challenge lays the dice open, and who was wrong loses one. */
const opening = {
  phase: "seating" as "seating" | "bidding" | "reveal" | "over",
  /** The standing bid: a count of 0 means none. */
  ...{ bidSeat: -1, bidCount: 0, bidFace: 0 },
  ...{ round: 0, turn: -1, loser: -1, winner: -1 },
  /** When the turn passes (ms since the epoch), 0 for never; how many dice were ever drawn; hands by ascending seat. */
  ...{ deadline: 0, draws: 0, hands: [] as Hand[] },
};
type Table = typeof opening;
type Hand = { seat: number; left: number; dice: number[] };
type Deal = [seat: number, dice: number[]][];
export type DiceView = Omit<Table, "draws" | "hands"> & { hands: (Hand & { shown: number[] })[] };

const TURN_MS = 30_000;
const nothing = { data: z.strictObject({}), durability: "critical" } as const;
const bidding = z.strictObject({ count: z.int().min(1).max(30), face: z.int().min(1).max(6) });

export const dice: Game<Table, DiceView> = {
  id: "dice",
  version: 1,
  seats: { min: 2, max: 6 },
  commands: { roll: nothing, challenge: nothing, bid: { data: bidding, durability: "critical" } },
  refusals: {
    not_enough_players: "At least two players must sit at the table.",
    not_now: "That is not possible in this phase of the round.",
    not_your_turn: "It is another player's turn.",
    bid_too_low: "A bid must raise the count, or the face at the same count.",
    bid_too_high: "There are not that many dice on the table.",
    nothing_to_challenge: "There is no bid to challenge yet.",
    game_in_progress: "The game has started; nobody can sit down any more.",
  },
  init: () => ({ ...opening, hands: [] }),
  decide(table, { type, data }, { seat, rng }) {
    if (type === TIMER) return onTimeout(table, rng);
    if (type === "roll") return roll(table, rng);
    if (table.phase !== "bidding") return { refused: "not_now" };
    if (table.turn !== seat) return { refused: "not_your_turn" };
    return type === "bid" ? bid(table, Number(data.count), Number(data.face)) : challenge(table);
  },
  onSeat(table, { kind, seat }) {
    if (kind === "taken") return table.phase === "seating" ? [] : { refused: "game_in_progress" };
    const others = alive(table).filter((hand) => hand.seat !== seat);
    return table.round > 0 && others.length === 1 ? [won(others[0]!)] : [];
  },
  evolve(table, { type, seat, at, data }) {
    if (type === CORE.seatTaken) table.hands.push({ seat: seat!, left: 5, dice: [] });
    const leaver = type === CORE.seatLeft && alive(table).some((hand) => hand.seat === seat);
    if (leaver && table.phase === "bidding") Object.assign(table, { phase: "reveal", bidCount: 0 });
    if (type === CORE.seatLeft) table.hands = table.hands.filter((hand) => hand.seat !== seat);
    if (type === "rolled") deal(table, data.hands as Deal);
    if (type === "bid")
      Object.assign(table, { bidSeat: table.turn, bidCount: data.count, bidFace: data.face, turn: next(table) });
    if (type === "challenged") Object.assign(table, { phase: "reveal", loser: data.loser });
    for (const hand of table.hands) if (type === "challenged" && hand.seat === data.loser) hand.left -= 1;
    table.hands.sort((a, b) => a.seat - b.seat);
    const left = type === CORE.resumed ? Math.min(TURN_MS, table.deadline + Number(data.pausedMs) - at) : TURN_MS;
    table.deadline = table.phase === "seating" ? 0 : at + left;
    if (type === CORE.ended) Object.assign(table, { phase: "over", deadline: 0, winner: data.winner ?? -1 });
  },
  view(table, viewer) {
    const { phase, bidSeat, bidCount, bidFace, round, turn, loser, winner, deadline } = table;
    const open = table.phase === "reveal" || table.phase === "over";
    const seen = (hand: Hand, may: boolean) => (may ? [...hand.dice] : []);
    const show = (hand: Hand) => ({ ...hand, dice: seen(hand, isOwn(viewer, hand.seat)), shown: seen(hand, open) });
    return { phase, bidSeat, bidCount, bidFace, round, turn, loser, winner, deadline, hands: table.hands.map(show) };
  },
  redact: ({ type, data }, viewer) =>
    type === "rolled"
      ? { type, data: { hands: (data.hands as Deal).filter(([seat]) => isOwn(viewer, seat)) } }
      : { type, data },
  wakeAt: ({ deadline }) => deadline || null,
};

function onTimeout(table: Table, rng: Draw): Draft[] | Refused {
  if (table.phase === "reveal") return roll(table, rng);
  return table.bidCount > 0 ? challenge(table) : bid(table, 1, 1);
}

function roll(table: Table, rng: Draw): Draft[] | Refused {
  if (table.phase === "bidding") return { refused: "not_now" };
  if (alive(table).length < 2) return { refused: "not_enough_players" };
  let draw = table.draws;
  const hands: Deal = alive(table).map(({ seat, left }) => [seat, Array.from({ length: left }, () => rng(draw++, 6))]);
  const rolled = { type: "rolled", data: { hands } };
  return table.phase === "seating" ? [{ type: CORE.started, data: {} }, rolled] : [rolled];
}

function bid(table: Table, count: number, face: number): Draft[] | Refused {
  if (count < table.bidCount || (count === table.bidCount && face <= table.bidFace)) return { refused: "bid_too_low" };
  const total = alive(table).reduce((sum, { left }) => sum + left, 0);
  return count > total ? { refused: "bid_too_high" } : [{ type: "bid", data: { count, face } }];
}

function challenge(table: Table): Draft[] | Refused {
  if (table.bidCount === 0) return { refused: "nothing_to_challenge" };
  const count = table.hands.flatMap((hand) => hand.dice).filter((die) => die === table.bidFace).length;
  const loser = count >= table.bidCount ? table.turn : table.bidSeat;
  const rest = alive(table).filter(({ seat, left }) => seat !== loser || left > 1);
  const challenged = { type: "challenged", data: { by: table.turn, count, loser } };
  return rest.length === 1 ? [challenged, won(rest[0]!)] : [challenged];
}

function deal(table: Table, rolled: Deal): void {
  for (const hand of table.hands) hand.dice = [...(rolled.find(([seat]) => seat === hand.seat)?.[1] ?? [])];
  table.draws += rolled.reduce((sum, [, dealt]) => sum + dealt.length, 0);
  Object.assign(table, { phase: "bidding", round: table.round + 1, bidSeat: -1, bidCount: 0, bidFace: 0 });
  table.turn = next(table, table.loser - 1); // who lost the last die opens, or the next one who still has any
}

const alive = (table: Table) => table.hands.filter(({ left }) => left > 0);
const won = ({ seat }: Hand): Draft => ({ type: CORE.ended, data: { reason: "won", winner: seat } });
const isOwn = (viewer: Viewer, seat: number) => viewer.kind === "seat" && viewer.seat === seat;

function next(table: Table, after = table.turn): number {
  const seats = alive(table).map(({ seat }) => seat);
  return seats.find((seat) => seat > after) ?? seats[0]!;
}
