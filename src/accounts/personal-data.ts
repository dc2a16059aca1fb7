/** What one part of the product holds about a person, and how it lets go of it. */
export interface PersonalData {
  /** The name of the part in an export. */
  readonly name: string;
  /** JSON; bounded by what the part keeps. */
  export(accountId: string): Promise<unknown>;
  /** Afterwards nothing leads to the account; where something must stay, `pseudonym` stands in its place. */
  erase(accountId: string, pseudonym: string): Promise<void>;
}
