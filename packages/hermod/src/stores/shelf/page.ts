/** Page: one part of a long answer, and the cursor at which the next one goes on. */
import { HermodError } from "../../core/errors.ts";
import { wholeNumber } from "../../core/options.ts";
import type { Paged } from "../../core/store.ts";

/** Something found, with the number that a cursor names it by. */
export interface Found<T> {
  readonly item: T;
  readonly sequence: number;
}

export function pageSize(limit: number | undefined): number {
  return limit === undefined ? 100 : wholeNumber("limit", limit, 1, 1000);
}

export function cursor(after: string | undefined): number {
  if (after === undefined) return 0;
  const sequence = Number(after);
  if (Number.isSafeInteger(sequence) && sequence >= 0 && after !== "") return sequence;
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `after must be a cursor of an earlier page, got ${JSON.stringify(after)}`,
  );
}

/** The first items, with the cursor of the last one when there are more; with that of each where it is asked for. */
export function page<T>(found: Iterable<Found<T>>, limit: number, withPlaces = false): Paged<T> {
  const items: T[] = [];
  const places: number[] = [];
  const told = withPlaces ? { items, places } : { items };
  for (const { item, sequence } of found) {
    if (items.length === limit) return { ...told, next: String(places.at(-1)) };
    items.push(item);
    places.push(sequence);
  }
  return told;
}
