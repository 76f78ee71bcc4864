/** Dead letters: what could not be handled, seen, grouped by cause, given back or forgotten. */
import type { Clock } from "../core/clock.ts";
import { HermodError } from "../core/errors.ts";
import { parseFilter, type Filter } from "../core/filter.ts";
import { aFlag, aList, aText, checkOptions, wholeNumber } from "../core/options.ts";
import { withoutSecrets } from "../core/secrets.ts";
import type { DeadLetter, Operated, Operation, Page, Paged, Store } from "../core/store.ts";
import { ask } from "./asking.ts";
import type { TaskEntry } from "../core/tasklog.ts";
import type { Reporter } from "../core/report.ts";
import type { Timers } from "./timers.ts";

/** Which dead letters; without `where` all. */
export interface DeadLetterQuery {
  /** A filter, for example `to:critic reason:exhausted age:<1h`. */
  readonly where?: string;
  /** Those of one group, by its `cause`. */
  readonly cause?: string;
  /** Cursor of the page before. */
  readonly after?: string;
  /** Default 100, most 1,000. */
  readonly limit?: number;
}

/** Dead letters that died of the same cause. */
export interface DeadLetterGroup {
  /** Reason and error message with numbers, ids and quoted parts left out. */
  readonly cause: string;
  readonly reason: DeadLetter["reason"];
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** Addresses that the messages were for. */
  readonly mailboxes: readonly string[];
  /** Id of the latest one. */
  readonly example: string;
}

/** How to give dead letters back. */
export interface RedriveOptions {
  readonly where?: string;
  /** Those of one group, by its `cause`. */
  readonly cause?: string;
  /** Names one dead letter, or several. */
  readonly id?: string | readonly string[];
  /** Most letters; default all. */
  readonly limit?: number;
  /** Letters a second; default 100. */
  readonly rate?: number;
  /** Only counts what would be done. */
  readonly dryRun?: boolean;
  /** Also gives back what has died three times. */
  readonly force?: boolean;
}

/** What became of the letters of a redrive; `skipped` counts by reason. */
export interface Redriven {
  readonly matched: number;
  readonly redriven: number;
  readonly skipped: Readonly<Record<string, number>>;
}

export class DeadLetters {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #reports: Reporter;

  constructor(store: Store, clock: Clock, timers: Timers, reports: Reporter) {
    this.#store = store;
    this.#clock = clock;
    this.#timers = timers;
    this.#reports = reports;
  }

  /** One page of dead letters, oldest first. With a `cause` it may be shorter than it is asked for, and is empty at the end alone. */
  async list(query: DeadLetterQuery = {}): Promise<Paged<DeadLetter>> {
    checkOptions("deadLetters.list", query, ["where", "cause", "after", "limit"]);
    const { where, cause, after, limit } = query;
    const asked = {
      ...(where !== undefined && { where: parseFilter(where) }),
      ...(limit !== undefined && { limit }),
    };
    const first = await this.#read({
      ...asked,
      ...(after !== undefined && { after: aText("after", after) }),
    });
    return cause === undefined ? first : this.#ofCause(aText("cause", cause), first, asked);
  }

  /** How many there are. The store keeps their number: nothing is read through for it. */
  async count(): Promise<number> {
    const { items } = await ask("read", () => this.#store.read({ type: "deaths" }));
    return items[0]?.count ?? 0;
  }

  /** All matching dead letters, grouped by cause, the most frequent first. */
  async groups(query: Pick<DeadLetterQuery, "where"> = {}): Promise<DeadLetterGroup[]> {
    checkOptions("deadLetters.groups", query, ["where"]);
    const groups = new Map<string, DeadLetterGroup>();
    for (const letter of await this.#all(query.where)) {
      const cause = causeOf(letter);
      groups.set(cause, joined(groups.get(cause), letter, cause));
    }
    return [...groups.values()].sort((a, b) => b.count - a.count);
  }

  /** Gives dead letters back to their mailboxes with new attempts, keeping id and history. A letter given back is one no more. */
  async redrive(options: RedriveOptions = {}): Promise<Redriven> {
    checkOptions("deadLetters.redrive", options, [
      ...["where", "cause", "id", "limit", "rate", "dryRun", "force"],
    ]);
    const { dryRun = false, force = false, rate = 100 } = options;
    aFlag("redrive.dryRun", dryRun);
    aFlag("redrive.force", force);
    wholeNumber("redrive.rate", rate, 1, 1_000_000);
    const letters = await this.#chosen(options);
    const skipped: Record<string, number> = {};
    let redriven = 0;
    for (const [index, letter] of letters.entries()) {
      const { id } = letter;
      if (index > 0 && index % rate === 0 && !dryRun) await this.#timers.pause(1000);
      if (letter.envelope.verb === "task" && !dryRun) await this.#reopen(letter, force);
      const { status } = await this.#operate({ type: "redrive", id, force, dryRun });
      if (status === "done" && !dryRun) this.#reports.emit({ type: "dead-letters.redriven", id });
      if (status === "done") redriven++;
      else skipped[status] = (skipped[status] ?? 0) + 1;
    }
    return { matched: letters.length, redriven, skipped };
  }

  /** Forgets dead letters for good; answers how many. One of `where`, `cause` and `id` is needed. */
  async discard(options: Pick<RedriveOptions, "where" | "cause" | "id" | "limit">): Promise<number> {
    checkOptions("deadLetters.discard", options, ["where", "cause", "id", "limit"]);
    if (options.where === undefined && options.cause === undefined && options.id === undefined) {
      throw new HermodError("HERMOD_BAD_OPTION", "discard needs `where`, `cause` or `id`", {
        hint: 'All of them: { where: "" }.',
      });
    }
    let discarded = 0;
    for (const { id } of await this.#chosen(options)) {
      const { status } = await this.#operate({ type: "discard", id });
      if (status !== "done") continue;
      discarded++;
      this.#reports.emit({ type: "dead-letters.discarded", id, bound: "operator" });
    }
    return discarded;
  }

  /** What ended a task before ends it no more. */
  async #reopen({ id, envelope }: DeadLetter, force: boolean): Promise<void> {
    const { status } = await this.#operate({ type: "redrive", id, force, dryRun: true });
    if (status !== "done") return;
    const again: TaskEntry = { type: "again", at: this.#clock.now() };
    await ask("record", () => this.#store.record(envelope.id, again));
  }

  #read(page: Page): Promise<Paged<DeadLetter>> {
    return ask("read", () => this.#store.read({ type: "dead", ...page }));
  }

  #operate(operation: Operation): Promise<Operated> {
    this.#timers.checkOpen();
    return ask(operation.type, () => this.#store.operate(operation));
  }

  /** What of a page, or of those after it, died of this cause. */
  async #ofCause(cause: string, first: Paged<DeadLetter>, asked: Page): Promise<Paged<DeadLetter>> {
    let page = first;
    const own = (): DeadLetter[] => page.items.filter((letter) => causeOf(letter) === cause);
    while (own().length === 0 && page.next !== undefined)
      page = await this.#read({ ...asked, after: page.next });
    return { ...page, items: own() };
  }

  async #chosen({ where, cause, id, limit }: RedriveOptions): Promise<DeadLetter[]> {
    const most = limit === undefined ? Infinity : wholeNumber("limit", limit, 0);
    const ids = id === undefined ? undefined : new Set(typeof id === "string" ? [id] : aList("id", id));
    for (const each of ids ?? []) aText("id", each);
    if (cause !== undefined) aText("cause", cause);
    const letters = await this.#all(where);
    return letters
      .filter((letter) => cause === undefined || causeOf(letter) === cause)
      .filter((letter) => ids === undefined || ids.has(letter.id) || ids.has(letter.envelope.id))
      .slice(0, most);
  }

  async #all(where: string | undefined): Promise<DeadLetter[]> {
    const filter: Filter = where === undefined ? [] : parseFilter(where);
    const all: DeadLetter[] = [];
    let after: string | undefined;
    do {
      const page = await this.#read({ where: filter, limit: 1000, ...(after !== undefined && { after }) });
      all.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    return all;
  }
}

/** The cause of a death with what differs from message to message left out. */
export function causeOf({ reason, error }: DeadLetter): string {
  if (error === undefined) return reason;
  const message = withoutSecrets(error.message, "…")
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/gi, "…")
    .replace(/"[^"]*"|'[^']*'/g, "…")
    .replace(/\d+/g, "#");
  // Whoever is told of it can say it again: on one line, and without half a letter at its end.
  return `${reason}: ${error.name}: ${message}`
    .replace(/\p{Cc}+/gu, " ")
    .slice(0, 200)
    .toWellFormed();
}

function joined(group: DeadLetterGroup | undefined, letter: DeadLetter, cause: string): DeadLetterGroup {
  const mailbox = letter.mailbox ?? letter.envelope.to ?? "nobody";
  return {
    cause,
    reason: letter.reason,
    count: (group?.count ?? 0) + 1,
    firstAt: group?.firstAt ?? letter.diedAt,
    lastAt: letter.diedAt,
    mailboxes: [...new Set([...(group?.mailboxes ?? []), mailbox])],
    example: letter.id,
  };
}
