/**
 * Does one thing after the other, whatever becomes of those before: what is closed half way would keep a process alive.
 *
 * @param steps by name, in order
 * @param onFailure told which one threw what
 */
export async function inOrder(
  steps: Readonly<Record<string, () => unknown>>,
  onFailure: (step: string, error: unknown) => void,
): Promise<void> {
  for (const [name, step] of Object.entries(steps)) {
    try {
      await step();
    } catch (error) {
      onFailure(name, error);
    }
  }
}
