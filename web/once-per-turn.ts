/**
 * One call of `act` for all that asked for it in this turn of the event loop. Not an animation frame, which a hidden
 * tab never gets.
 */
export function oncePerTurn(act: () => void): () => void {
  let scheduled = false;
  return () => {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(() => {
      scheduled = false;
      act();
    });
  };
}
