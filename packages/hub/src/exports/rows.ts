/** Rows: what a list of the store holds for a reader, item by item, each as a line; a page is read when the one before is written out. */
import type { DeadLetter, Envelope, MessageRecord, Paged } from "hermod";
import { toJson } from "hermod/remote";
import type { Principal } from "../auth/principal.ts";
import type { Summary } from "../api/listing.ts";
import { EVERYTHING, maySee } from "../api/seen.ts";
import { showLetter, showRecord } from "../shown.ts";
import { headOf, letterCells, lineOf, recordCells, summaryCells, type Cells } from "./csv.ts";

export const rowForms = ["ndjson", "csv"] as const;
export type RowForm = (typeof rowForms)[number];
export const rowTypes = { ndjson: "application/x-ndjson", csv: "text/csv" } as const;

/** Items of one page: what a reader that stops leaves in memory. */
const PAGE = 250;

type Read<T> = (from: { readonly after?: string; readonly limit: number }) => Promise<Paged<T>>;

/** Everything of a list that a principal may see, as it may be shown. */
export async function* everyOf<T extends { readonly envelope: Envelope }>(
  read: Read<T>,
  principal: Principal,
  { isFound, shown }: { readonly isFound: (item: T) => boolean; readonly shown: (item: T) => T },
): AsyncGenerator<T> {
  const isFree = principal.may("read", EVERYTHING);
  for (let after: string | undefined; ;) {
    const page = await read({ limit: PAGE, ...(after !== undefined && { after }) });
    for (const item of page.items)
      if ((isFree || maySee(principal, item.envelope)) && isFound(item)) yield shown(item);
    if (page.next === undefined) return;
    after = page.next;
  }
}

type Lines<T> = (items: AsyncIterable<T>, form: RowForm) => AsyncGenerator<string>;

/** Items as lines of either form. */
const linesBy = <T>(cells: Cells<T>, show: (item: T) => unknown): Lines<T> =>
  async function* (items, form) {
    if (form === "csv") yield headOf(cells);
    for await (const item of items) yield form === "csv" ? lineOf(cells, item) : `${toJson(show(item))}\n`;
  };

export const recordLines: Lines<MessageRecord> = linesBy(recordCells, showRecord);
export const letterLines: Lines<DeadLetter> = linesBy(letterCells, showLetter);
export const summaryLines: Lines<Summary> = linesBy(summaryCells, (summary) => summary);
