/** What a closed connection means for the player. `again` offers the way back into the session. */
export interface Closing {
  /** moved: the game goes on without this page. */
  readonly state: "ended" | "lost" | "moved";
  readonly text: string;
  readonly again: boolean;
}

const BY_CODE: ReadonlyMap<number, Closing> = new Map([
  [4101, lost("This account is banned, so its connection was closed.", false)],
  [4102, { state: "moved", text: "This game moved to your other device. It goes on there.", again: true }],
  [4103, { state: "ended", text: "This game has ended.", again: false }],
  [4105, lost("Too many messages were sent, so the server closed the connection. Wait a moment and come back.", true)],
  [4106, lost("This device was signed out. Sign in again under Account to play on.", false)],
  [4003, lost("The server could not be reached again. Your seat is kept.", true)],
  [1009, lost("A message was larger than the server accepts.", true)],
]);

const OTHERWISE = lost("The connection was lost. Your seat is kept.", true);

/** The WebSocket close code in words. */
export function closingOf(code: number): Closing {
  return BY_CODE.get(code) ?? OTHERWISE;
}

function lost(text: string, again: boolean): Closing {
  return { state: "lost", text, again };
}
