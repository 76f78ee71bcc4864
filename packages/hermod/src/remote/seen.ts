/** Seen: a page of what somebody may see. Whether there is more is said of that alone: otherwise a filter would tell what hidden messages hold. */
import { chain, type Maybe } from "../core/maybe.ts";
import type { Paged } from "../core/store.ts";

/** How many messages are looked at together behind a page, and how often: beyond that there may be more, whoever asks. */
const LOOK = 500;
const MOST_LOOKS = 20;

/** Reads a page; without a place the one that was asked for. */
type Read<T> = (from: { readonly after?: string; readonly limit?: number }) => Maybe<Paged<T>>;

/** The page without what is not to be seen; it goes on where something follows that is. */
export function seenPage<T>(read: Read<T>, isSeen: (item: T) => boolean): Maybe<Paged<T>> {
  return chain(read({}), ({ items, next, places }) =>
    chain(isMore(read, isSeen, next, MOST_LOOKS), (more) => ({
      items: items.filter((item) => isSeen(item)),
      ...(more && next !== undefined && { next }),
      ...(places && { places: places.filter((_, at) => isSeen(items[at] as T)) }),
    })),
  );
}

function isMore<T>(
  read: Read<T>,
  isSeen: (item: T) => boolean,
  after: string | undefined,
  looks: number,
): Maybe<boolean> {
  if (after === undefined || looks === 0) return after !== undefined;
  return chain(
    read({ after, limit: LOOK }),
    ({ items, next }) => items.some((item) => isSeen(item)) || isMore(read, isSeen, next, looks - 1),
  );
}
