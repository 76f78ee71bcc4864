/**
 * Merge: one page out of a page of each partition. Pure. A cursor is a place in each of them: `12` behind the item that stands there,
 * which is told no more in either direction, and `12+` between it and the next one, told by no page yet.
 */
import { HermodError } from "../../core/errors.ts";
import type { HistoryOrder, Paged } from "../../core/store.ts";

/** A place in one partition; undefined before anything was told. */
export interface Place {
  readonly at: number;
  /** True when the item that stands there is still to be told, by who reads from the newest on. */
  readonly isBehind: boolean;
}

/** A page of one partition, with where it began. */
export interface Source<T> {
  readonly page: Paged<T>;
  readonly from: Place | undefined;
}

/** True when the first is told before the second, oldest first. */
export type Before<T> = (a: T, b: T) => boolean;

const PLACE = /^(\d{1,16})(\+?)$/;

/** Where to go on in each partition. @throws HermodError HERMOD_BAD_OPTION for what is no cursor of so many partitions. */
export function placesOf(after: string | undefined, partitions: number): readonly (Place | undefined)[] {
  if (after === undefined) return new Array<undefined>(partitions).fill(undefined);
  const found = after.split(".").map((text) => PLACE.exec(text));
  if (found.length === partitions && found.every((each) => each !== null))
    return found.map(([, at, mark]) => ({ at: Number(at), isBehind: mark === "+" }));
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `after must be a cursor of an earlier page, got ${JSON.stringify(after)}`,
  );
}

/** The cursor of a partition's own at which a page from there begins. */
export function cursorAt(place: Place | undefined, order: HistoryOrder): string | undefined {
  if (place === undefined) return undefined;
  return String(order === "newest" && place.isBehind ? place.at + 1 : place.at);
}

/** The first `limit` items of all pages, and the cursor behind them unless all was told. */
export function merge<T>(
  sources: readonly Source<T>[],
  limit: number,
  order: HistoryOrder,
  before: Before<T>,
): Paged<T> {
  const told = sources.map(() => 0);
  const items: T[] = [];
  while (items.length < limit) {
    // What a page does not hold may come before all that the others hold.
    if (sources.some(({ page }, at) => page.next !== undefined && told[at] === page.items.length)) break;
    const first = firstOf(sources, told, order, before);
    if (first === undefined) return { items };
    items.push(sources[first]?.page.items[told[first]!] as T);
    told[first]!++;
  }
  const isAll = sources.every(({ page }, at) => page.next === undefined && told[at] === page.items.length);
  if (isAll) return { items };
  return { items, next: sources.map((source, at) => show(placeAfter(source, told[at]!, order))).join(".") };
}

function firstOf<T>(
  sources: readonly Source<T>[],
  told: readonly number[],
  order: HistoryOrder,
  before: Before<T>,
): number | undefined {
  const heads = sources.map(({ page }, at) => page.items[told[at]!]);
  let best: number | undefined;
  heads.forEach((head, at) => {
    if (head === undefined) return;
    const leader = best === undefined ? undefined : (heads[best] as T);
    const isFirst =
      order === "newest"
        ? leader !== undefined && !before(head, leader)
        : leader !== undefined && before(head, leader);
    if (leader === undefined || isFirst) best = at;
  });
  return best;
}

/** Where a page was left. */
function placeAfter<T>({ page, from }: Source<T>, told: number, order: HistoryOrder): Place {
  const { items, next, places = [] } = page;
  if (told === items.length && next !== undefined) return { at: Number(next), isBehind: false };
  if (told > 0) return { at: places[told - 1] as number, isBehind: false };
  if (order === "oldest" || from !== undefined) return from ?? { at: 0, isBehind: false };
  // Whoever goes on towards the oldest must not be told of what comes meanwhile, and whoever turns round must.
  return { at: places[0] ?? 0, isBehind: true };
}

function show({ at, isBehind }: Place): string {
  return `${at}${isBehind ? "+" : ""}`;
}
