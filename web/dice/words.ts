import { matchingDice, type TableView } from "./table-view.ts";

const FACES = ["one", "two", "three", "four", "five", "six"];

/** "3 fours", "1 six". */
export function bidWords(count: number, face: number): string {
  const word = FACES[face - 1] ?? "?";
  if (count === 1) return `1 ${word}`;
  return `${count} ${word === "six" ? "sixes" : `${word}s`}`;
}

/** How a seat is called in a sentence; `own` is the viewer's seat. */
export function nameOf(table: TableView, seat: number, own: number | null): string {
  if (seat === own) return "You";
  // A seat is there a moment before its name is.
  return table.seats.find((candidate) => candidate.seat === seat)?.name || `Seat ${seat + 1}`;
}

/** One sentence that says where the game stands, from the state alone, so that it is right after a reload too. */
export function bannerOf(table: TableView, own: number | null): string {
  switch (table.phase) {
    case "seating":
      return seatingBanner(table, own);
    case "bidding":
      return biddingBanner(table, own);
    case "reveal":
      return revealBanner(table, own);
    case "over":
      return overBanner(table, own);
  }
}

function seatingBanner(table: TableView, own: number | null): string {
  if (table.seats.length < 2) return "Waiting for a second player. Share the link, or open this page in another tab.";
  const ready = `${table.seats.length} players are here.`;
  return own === null ? `${ready} The game has not started.` : `${ready} Roll to start the game.`;
}

function biddingBanner(table: TableView, own: number | null): string {
  const { turn, bid } = table;
  const last = bid ? ` ${nameOf(table, bid.seat, own)} bid ${bidWords(bid.count, bid.face)}.` : "";
  if (turn === own) return bid ? `Your turn.${last} Raise it, or challenge.` : "Your turn. Open the bidding.";
  return `${nameOf(table, turn, own)} to bid.${last}`;
}

function revealBanner(table: TableView, own: number | null): string {
  const { bid, loser } = table;
  if (!bid) return "A player left, so nobody loses a die. Roll for the next round.";
  const count = matchingDice(table);
  const verdict = count >= bid.count ? "the bid was right" : "it was a bluff";
  const who = loser === own ? "You lose" : `${nameOf(table, loser, own)} loses`;
  return `${bidWords(bid.count, bid.face)} bid, ${count} on the table: ${verdict}. ${who} a die.`;
}

function overBanner(table: TableView, own: number | null): string {
  if (table.winner < 0) return "The game is over.";
  return table.winner === own ? "You win!" : `${nameOf(table, table.winner, own)} wins.`;
}
