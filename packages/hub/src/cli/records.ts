/** Records: messages with what became of them: found, listed, and told in a line. */
import type { Envelope, MessageRecord, Paged, System } from "hermod";
import { nameOf } from "../drawing/events.ts";
import { Missing } from "./problem.ts";
import { clockTime, moment, plain, preview, span, table, type Look } from "./text.ts";

/** A filter with what is asked besides. */
export function narrowed(where: string | undefined, ...more: readonly (string | undefined)[]): string {
  return [where, ...more].filter((part) => part !== undefined && part !== "").join(" ");
}

/** Messages not older than this. */
export function since(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : `age:<${Math.ceil(ms)}ms`;
}

/** A filter's value that is meant as it stands. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

/** The records of one id: a published message has one for each mailbox that got a copy. @throws Missing. */
export async function recordsOf(
  system: System,
  id: string,
): Promise<readonly [MessageRecord, ...MessageRecord[]]> {
  const found: MessageRecord[] = [];
  await eachPage(
    (after) => system.history({ where: `id:${quoted(id)}`, ...after }),
    (items) => void found.push(...items),
  );
  const [first, ...others] = found;
  if (first === undefined)
    throw new Missing(`no message ${JSON.stringify(id)} is remembered`, "hermod messages ls lists them.");
  return [first, ...others];
}

/** Reads page after page, `from` a place on, until there is none, or `use` wants no more. */
export async function eachPage<T>(
  read: (after: { readonly after?: string }) => Promise<Paged<T>>,
  use: (items: readonly T[], next: string | undefined) => boolean | void,
  from?: string,
): Promise<void> {
  for (let after = from; ;) {
    const page = await read(after === undefined ? {} : { after });
    if (use(page.items, page.next) === false || page.next === undefined) return;
    after = page.next;
  }
}

/** From the sending to the last attempt's end, in milliseconds; undefined while nothing has ended. */
export function tookMs({ envelope, attempts }: MessageRecord): number | undefined {
  const last = attempts.at(-1);
  return last && Math.max(0, last.endedAt - envelope.sentAt);
}

/** Whom a message is for. */
export function recipientOf({ to, topic }: Envelope): string {
  return to === undefined ? (topic ?? nameOf(undefined)) : nameOf(to);
}

export function recordTable(records: readonly MessageRecord[], look: Look): string {
  return table(
    records,
    [
      ["ID", ({ envelope }) => envelope.id],
      ["TIME", ({ envelope }) => moment(envelope.sentAt)],
      ["VERB", ({ envelope }) => envelope.verb],
      ["FROM", ({ envelope }) => nameOf(envelope.from)],
      ["TO", ({ envelope }) => recipientOf(envelope)],
      ["OPERATION", ({ envelope }) => envelope.operation || envelope.type],
      ["STATE", ({ state }) => state],
      ["ATTEMPTS", ({ attempts }) => attempts.length],
      ["TOOK", (record) => span(tookMs(record))],
    ],
    look,
  );
}

const WORDS = { done: "ok", failed: "failed", dead: "dead", waiting: "waiting", running: "running" } as const;
const STYLES = { done: "green", failed: "red", dead: "red", waiting: "yellow", running: "yellow" } as const;

/** `12:01:03.120  call  writer → critic  review  ok  41ms  {"text":"…"}` */
export function recordLine(record: MessageRecord, look: Look): string {
  const { envelope, state } = record;
  const way = `${nameOf(envelope.from)} → ${recipientOf(envelope)}`;
  const head = [
    clockTime(envelope.sentAt),
    envelope.verb.padEnd(7),
    plain(way),
    plain(envelope.operation || envelope.type),
  ];
  const rest = [span(tookMs(record)), preview(envelope.payload)].filter((part) => part !== "-");
  return `${[...head, look.paint(STYLES[state], WORDS[state]), ...rest].join("  ")}\n`;
}
