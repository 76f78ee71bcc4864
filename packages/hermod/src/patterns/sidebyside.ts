/** Side by side: work on many things with a bounded number of hands. */

/** What `run` gives for each item, in the order of the items; at most `most` run at a time. Its first error is thrown at once. */
export async function sideBySide<T, R>(
  items: readonly T[],
  most: number,
  run: (item: T, at: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const left = items.entries();
  const hand = async (): Promise<void> => {
    for (const [at, item] of left) results[at] = await run(item, at);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, hand));
  return results;
}
