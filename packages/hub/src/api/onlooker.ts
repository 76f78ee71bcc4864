/** Onlooker: one reader of the feed: its place among the events, and which of them it may and wants to see. */
import type { Filter } from "hermod";
import { matches, type Subject } from "hermod/remote";
import type { Redaction } from "../redaction.ts";
import type { Principal } from "../auth/principal.ts";
import type { Feed, StoreEvent } from "./feed.ts";
import { foundBy } from "./filters.ts";
import { maySee } from "./seen.ts";

const states = { ack: "done", fail: "failed", retry: "waiting", release: "waiting", dead: "dead" } as const;

/** What becomes of a message by an event. */
export function stateOf({ type, outcome }: StoreEvent): "waiting" | "done" | "failed" | "dead" {
  return outcome ? states[outcome] : type === "dead" ? "dead" : "waiting";
}

function subjectOf(event: StoreEvent): Subject {
  const { envelope, attempt, reason, error } = event;
  return {
    ...{ envelope, state: stateOf(event), attempts: attempt ?? 0 },
    ...(reason !== undefined && { reason }),
    ...(error !== undefined && { error }),
  };
}

/** The place behind the last event that a reader has seen; that of the next one for whoever comes anew. */
function placeOf(seen: string | undefined, { name, next }: Feed): number {
  const [, feed, number] = /^([0-9a-f]{12})\.(\d{1,15})$/.exec(seen ?? "") ?? [];
  return feed === name ? Math.min(Number(number) + 1, next) : next;
}

/** So many events were missed; null where nobody knows how many. */
export interface Missed {
  readonly missed: number | null;
}

export class Onlooker {
  #filter!: Filter;
  #found!: (subject: Subject) => boolean;
  readonly #redaction: Redaction;
  readonly #feed: Feed;
  readonly #principal: Principal;
  #next: number;
  /** A reader of another feed's events missed what nobody can count. */
  #isStrange: boolean;

  /** `seen` is the last event that it has seen, elsewhere or before. */
  constructor(
    feed: Feed,
    principal: Principal,
    filter: Filter,
    { seen, redaction }: { readonly seen: string | undefined; readonly redaction: Redaction },
  ) {
    this.#redaction = redaction;
    this.#feed = feed;
    this.#principal = principal;
    this.filter = filter;
    this.#next = placeOf(seen, feed);
    this.#isStrange = seen !== undefined && !seen.startsWith(`${feed.name}.`);
  }

  /** What it wants to see. */
  set filter(filter: Filter) {
    this.#filter = filter;
    this.#found = foundBy(filter, this.#redaction);
  }

  /** The cursor behind all that was read. */
  get cursor(): string {
    return `${this.#feed.name}.${this.#next - 1}`;
  }

  /** True while there is something to read. */
  get isBehind(): boolean {
    return this.#isStrange || this.#next < this.#feed.next;
  }

  /** What was missed, told once; undefined where nothing was. */
  missed(): Missed | undefined {
    const { oldest } = this.#feed;
    if (this.#isStrange) {
      this.#isStrange = false;
      return { missed: null };
    }
    if (this.#next >= oldest) return undefined;
    const missed = oldest - this.#next;
    this.#next = oldest;
    return { missed };
  }

  /** The next event that it sees; undefined where it is at the end, or was overtaken. */
  read(): StoreEvent | undefined {
    for (let event = this.#at(); event; event = this.#at()) {
      this.#next++;
      if (this.#wants(event)) return this.#shown(event);
    }
    return undefined;
  }

  #at(): StoreEvent | undefined {
    return this.#next < this.#feed.oldest ? undefined : this.#feed.at(this.#next);
  }

  #wants(event: StoreEvent): boolean {
    if (!maySee(this.#principal, event.envelope)) return false;
    if (this.#filter.length === 0) return true;
    const subject = subjectOf(event);
    return matches(this.#filter, subject, Date.now()) && this.#found(subject);
  }

  #shown(event: StoreEvent): StoreEvent {
    const envelope = this.#redaction.envelope(event.envelope);
    const error = event.error === undefined ? undefined : this.#redaction.text(event.error);
    if (envelope === event.envelope && error === event.error) return event;
    return { ...event, envelope, ...(error !== undefined && { error }) };
  }
}
