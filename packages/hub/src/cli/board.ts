/** Board: who has how much to do, and how fast it goes, from two looks at the counts. Pure: it is drawn by whoever has a screen. */
import type { MailboxCounts } from "hermod";
import { cut } from "../drawing/canvas.ts";
import { ageOf } from "./mailboxes.ts";
import { span, table, type Look } from "./text.ts";

/** One agent on the board. */
export interface Row extends MailboxCounts {
  readonly name: string;
  readonly perSecond: number;
}

/** The rows by what waits, the most first; `ms` lie between the two looks. */
export function rowsOf(
  before: readonly MailboxCounts[],
  now: readonly MailboxCounts[],
  ms: number,
): readonly Row[] {
  const known = new Map(before.map(({ mailbox, received }) => [mailbox, received]));
  const rows = now.map((counts) => {
    const came = counts.received - (known.get(counts.mailbox) ?? 0);
    const perSecond = Math.max(0, Math.round((came / Math.max(1, ms)) * 10_000) / 10);
    return { ...counts, name: counts.mailbox, perSecond };
  });
  return rows.sort(
    (a, b) =>
      b.waiting - a.waiting ||
      b.running - a.running ||
      b.perSecond - a.perSecond ||
      (a.name < b.name ? -1 : 1),
  );
}

/** The rows as a table. */
export function boardText(rows: readonly Row[], look: Look, now: number): string {
  return table(
    rows,
    [
      ["AGENT", ({ name }) => name],
      ["SERVED", ({ served }) => (served ? "yes" : "no")],
      ["WAITING", ({ waiting }) => waiting],
      ["OLDEST", (row) => span(ageOf(row, now))],
      ["RUNNING", ({ running }) => running],
      ["DELAYED", ({ delayed }) => delayed],
      ["PER SECOND", ({ perSecond }) => perSecond],
      ["RECEIVED", ({ received }) => received],
    ],
    look,
  );
}

/** What is said above the table. */
export interface Head {
  readonly url: string;
  readonly dead: number;
  readonly at: number;
}

/** One picture, no higher than the screen: what does not fit is counted. */
export function picture(rows: readonly Row[], head: Head, look: Look, height: number): string {
  const sum = (of: (row: Row) => number): number => rows.reduce((all, row) => all + of(row), 0);
  const dead = `${head.dead} dead`;
  const totals = [
    `${Math.round(sum(({ perSecond }) => perSecond))}/s`,
    `${sum(({ waiting }) => waiting)} waiting`,
    `${sum(({ running }) => running)} running`,
  ];
  const title = cut(
    `hermod  ${head.url}  ${new Date(head.at).toISOString().slice(11, 19)}  ${totals.join("  ")}  ${dead}`,
    look.width,
  );
  const room = Math.max(1, height - 4);
  const left = rows.length - room;
  const last = left > 0 ? `${left} more; q ends` : "q ends";
  return `${title}\n\n${boardText(rows.slice(0, room), look, head.at)}${look.paint("dim", last)}`;
}
