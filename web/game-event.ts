/** An entry of the journal as this viewer may see it. */
export interface GameEvent {
  readonly seq: number;
  readonly type: string;
  readonly data: { readonly [key: string]: unknown };
  /** Who did it; null for the system, as when the time ran out. */
  readonly seat?: number | null;
}
