/** What somebody can do, as the server knows it: integers of 1e-6 rating points. */
export interface Rating {
  readonly rating: number;
  /** How uncertain that is. */
  readonly sigma: number;
}

/** Where the matchmaker reads ratings. What clients say about themselves is never asked for. */
export interface Ratings {
  /** Of these accounts in one mode of a game; whoever is not in the answer has never been rated. */
  ratingsOf(accountIds: readonly string[], game: string, mode: string): Promise<ReadonlyMap<string, Rating>>;
}

/** A beginner's, as openskill has it. */
export const UNRATED: Rating = { rating: 25_000_000, sigma: 8_333_333 };

/** Where nobody is rated. */
export const noRatings: Ratings = { ratingsOf: async () => new Map() };
