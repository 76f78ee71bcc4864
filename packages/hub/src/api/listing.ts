/** Listing: conversations in short, those first that something was last said in, as much of each as its reader may see. */
import { newest, type Looking } from "./newest.ts";
import { summaryOf } from "./summary.ts";
import type { Redaction } from "../redaction.ts";

/** Which of them, and what of them is hidden. */
export type Listing = Looking & { readonly redaction: Redaction };

/** A conversation in short. */
export type Summary = NonNullable<Awaited<ReturnType<typeof summaryOf>>>;

/** One page; short, and not the last, where little was found in as much as is looked at for one. */
export async function listed(listing: Listing): Promise<{ items: Summary[]; next?: string }> {
  const { items, next } = await newest(listing);
  const summaries: Summary[] = [];
  for (const { conversation, at } of items) {
    const summary = await summaryOf(listing.system, conversation, at, listing);
    if (summary) summaries.push(summary);
  }
  return { items: summaries, ...(next !== undefined && { next }) };
}

/** Conversations of one page: the hub looks at all messages of each. */
const PAGE = 50;

/** All of them as they stood when it began; a page is read when the one before is taken. */
export async function* everyListed(listing: Omit<Listing, "after" | "limit">): AsyncGenerator<Summary> {
  for (let after: string | undefined; ;) {
    const { items, next } = await listed({ ...listing, limit: PAGE, after });
    yield* items;
    if (next === undefined) return;
    after = next;
  }
}
