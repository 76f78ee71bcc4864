/**
 * Bundle: what a page is told at a time: a row for each message to which something happened, however much that was, and of those that the page knows
 * only what became of them.
 */
import type { StoreEvent } from "../api/feed.ts";
import type { Onlooker } from "../api/onlooker.ts";
import { newsText, rowText } from "./row.ts";

/** Rows of one bundle: twenty times a second, that follows a thousand messages a second, each of which comes and ends. */
export const BUNDLE = 120;
/** Rows of one that begins with a gap: as many as a screen has. What goes by faster than it can be told is not read either. */
export const SCREEN = 40;
/** Messages that a page is taken to know: those whose end is likely to come. */
const MOST_KNOWN = 4096;

/** Which messages a page was told of, the newest. */
export class Known {
  readonly #ids = new Set<string>();

  /** True where the page knows it already; from now on it does. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return true;
    this.#ids.add(id);
    if (this.#ids.size > MOST_KNOWN) this.#ids.delete(this.#ids.values().next().value as string);
    return false;
  }

  /** The page begins anew. */
  clear(): void {
    this.#ids.clear();
  }
}

/** The next rows as JSON, each of them an object. */
export function bundleOf(onlooker: Onlooker, known: Known, most = BUNDLE): readonly string[] {
  const events = new Map<string, StoreEvent>();
  while (events.size < most) {
    const event = onlooker.read();
    if (event === undefined) break;
    const { id } = event.envelope;
    const before = events.get(id);
    events.set(id, before ? joined(before, event) : event);
  }
  return [...events].map(([id, event]) => (known.add(id) ? newsText(event) : rowText(event)));
}

/** What is known after both, as the page would have it that was told of one after the other. */
function joined(before: StoreEvent, event: StoreEvent): StoreEvent {
  const { mailbox = before.mailbox, attempt = before.attempt } = event;
  const { reason = before.reason, error = before.error } = event;
  return {
    ...event,
    ...(mailbox !== undefined && { mailbox }),
    ...(attempt !== undefined && { attempt }),
    ...(reason !== undefined && { reason }),
    ...(error !== undefined && { error }),
  };
}
