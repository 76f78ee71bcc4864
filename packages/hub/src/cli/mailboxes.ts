/** Mailboxes: what waits for whom, as the store counts it. */
import { NoAgentError, suggestion, type Address, type MailboxCounts, type Store } from "hermod";
import { eachPage } from "./records.ts";
import { span, table, type Column, type Look } from "./text.ts";

/** The counts of all mailboxes but those of systems, by name. */
export async function allCounts(store: Store): Promise<readonly MailboxCounts[]> {
  const found: MailboxCounts[] = [];
  await eachPage(
    async (after) => store.read({ type: "counts", limit: 1000, ...after }),
    (items) => void found.push(...items.filter(({ mailbox }) => !mailbox.startsWith("~"))),
  );
  return found.sort((a, b) => a.mailbox.localeCompare(b.mailbox, "en"));
}

/** The counts of one mailbox. @throws NoAgentError naming the nearest ones. */
export async function countsOf(store: Store, name: string): Promise<MailboxCounts> {
  const all = await allCounts(store);
  const found = all.find(({ mailbox }) => mailbox === name);
  if (found) return found;
  const known = all.map(({ mailbox }) => mailbox as Address);
  throw new NoAgentError(`no agent ${JSON.stringify(name)}.${suggestion(name, known)}`, {
    details: { known: known.slice(0, 20) },
    hint: "hermod agents ls lists those that are known.",
  });
}

/** How long the oldest of what waits has waited. */
export function ageOf({ oldestSentAt }: MailboxCounts, now: number): number | undefined {
  return oldestSentAt === undefined ? undefined : Math.max(0, now - oldestSentAt);
}

/** The counts under their titles; `first` are the columns that stand before them. */
export function countsTable<T extends MailboxCounts>(
  counts: readonly T[],
  look: Look,
  first: readonly Column<T>[],
): string {
  const now = Date.now();
  return table<T>(
    counts,
    [
      ...first,
      ["WAITING", ({ waiting }) => waiting],
      ["OLDEST", (each) => span(ageOf(each, now))],
      ["RUNNING", ({ running }) => running],
      ["DELAYED", ({ delayed }) => delayed],
      ["BYTES", ({ bytes }) => bytes],
      ["RECEIVED", ({ received }) => received],
    ],
    look,
  );
}
