/** Does `work` with each of `all`, in their order and at most `count` at a time. @throws what any of it throws first */
export async function inParallel<T>(count: number, all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = all[Symbol.iterator]();
  const worker = async () => {
    // One iterator for all workers: whoever is free takes what is next.
    for (const one of left) await work(one);
  };
  await Promise.all(Array.from({ length: count }, worker));
}
