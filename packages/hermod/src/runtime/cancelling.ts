/**
 * Cancelling: ends a message that somebody sent and wants no longer. Where it waits it is taken out, by a claim for it alone; where it runs
 * its handler is told to stop, by a notice to its mailbox, which is served beside all that runs.
 */
import type { Cancelled } from "../agent/task.ts";
import { PEOPLE, mailboxOf, type Address } from "../core/address.ts";
import type { Clock } from "../core/clock.ts";
import { isNotice, type Envelope } from "../core/envelope.ts";
import { CancelledError, HermodError, describe } from "../core/errors.ts";
import { parseFilter } from "../core/filter.ts";
import { promised } from "../core/maybe.ts";
import type { Claim, MessageRecord } from "../core/store.ts";
import { endBy, type TaskEntry } from "../core/tasklog.ts";
import { ask } from "./asking.ts";
import { noticeDraft } from "./notices.ts";
import type { Origin, Sender } from "./send.ts";
import { settleAnswered, type SettleParts } from "./settle.ts";
import { findTask, summaryOf } from "./tasklog.ts";
import { CANCELLED } from "./answers.ts";
import { tellCancelled, wordOf } from "./telling.ts";

/** What cancelling needs. */
export interface CancellingParts extends SettleParts {
  readonly clock: Clock;
  readonly sender: Sender;
  /** As whom the system itself sends. */
  readonly origin: Origin;
}

/** What a notice of cancellation says. */
export interface CancelNotice {
  readonly id: string;
  readonly reason?: string;
}

const CANCEL = "~cancel";
/** Nothing runs under it: it is held for the moment between claim and settlement. */
const LEASE = 30_000;
/** Cancellations that are remembered for messages still to come. */
const MOST_RECALLED = 1000;

/** Picks such notices out of a mailbox. */
export const cancelNotices = parseFilter(`verb:info operation:"${CANCEL}"`);

/** The notice in a message, where it is one of cancellation. */
export function cancelNotice(envelope: Envelope): CancelNotice | undefined {
  if (!isNotice(envelope) || envelope.operation !== CANCEL) return undefined;
  return envelope.payload as CancelNotice;
}

/** What a cancelled handler, and whoever waits for it, is told. */
export function cancellation(what: string, id: string, reason?: string): CancelledError {
  return new CancelledError(`${what} ${id} was cancelled${reason === undefined ? "" : `: ${reason}`}`, {
    details: { id, ...(reason !== undefined && { reason }) },
  });
}

export class Cancelling {
  readonly #parts: CancellingParts;

  constructor(parts: CancellingParts) {
    this.#parts = parts;
  }

  /** Ends a task. */
  async task(id: string, agent: Address, reason: string | undefined): Promise<Cancelled> {
    // From here on it looks into its log before it begins, wherever it waits.
    this.#parts.sender.tasks.delete(id);
    const { record, isForeign } = await findTask(this.#parts.store, id, agent);
    if (isForeign) return "unknown";
    // Not by its log: that of a generator which never waits may grow faster than it is read.
    if (record?.state === "running") return this.#stop(id, agent, reason);
    const { end, isCancelled, attempt, reason: before } = await summaryOf(this.#parts, id, agent);
    if (end || (record && isOver(record))) return "already-finished";
    const error = cancellation("task", id, isCancelled ? before : reason);
    if (await this.#takeOut(id, agent, error)) return "cancelled-before-start";
    if (record === undefined && attempt === 0) return "unknown";
    const notice = { id, ...(reason !== undefined && { reason }) };
    if (!isCancelled) await this.#note(id, this.#wish(reason));
    // Looked at behind the note: what begins from now on finds it.
    if (record && (await this.#endWaiting(id, agent, error, notice))) return "cancelled-before-start";
    await this.#tell(agent, notice);
    return "signalled";
  }

  /** Tells a handler to stop. A wish that is noted again counts once. */
  async #stop(id: string, agent: Address, reason: string | undefined): Promise<"signalled"> {
    await this.#note(id, this.#wish(reason));
    await this.#tell(agent, { id, ...(reason !== undefined && { reason }) });
    return "signalled";
  }

  #wish(reason: string | undefined): TaskEntry {
    return { type: "cancel", at: this.#parts.clock.now(), ...(reason !== undefined && { reason }) };
  }

  /** Ends a request whose asker waits no more; what fails of it is reported. */
  recall({ id, to }: Envelope, reason: unknown): void {
    const why = textOf(reason);
    this.#apart(async () => {
      if (!(await this.#takeOut(id, to as Address, cancellation("request", id, why))))
        await this.#tell(to as Address, { id, reason: why });
    });
  }

  /** Ends a task that somebody started whose own work is ended; what fails of it is reported. */
  abandon(id: string, agent: Address, reason: unknown): void {
    const why = textOf(reason);
    // Told first, so that a whole tree hears before the disk has: what waits or is not there is ended by what follows.
    promised(() => this.#tell(agent, { id, reason: why })).catch(() => undefined);
    this.#apart(() => this.task(id, agent, why));
  }

  #apart(work: () => Promise<unknown>): void {
    const { reports } = this.#parts;
    promised(work).catch((error: unknown) => {
      if (!(error instanceof HermodError && error.code === "HERMOD_CLOSED"))
        reports.emit({ type: "store.failed", step: "cancel", error });
    });
  }

  /** Takes a message out where it waits and could be claimed; false where it could not. */
  async #takeOut(id: string, to: Address, error: CancelledError): Promise<boolean> {
    const out: Claim[] = [];
    const where = parseFilter(`id:${JSON.stringify(id)}`);
    await ask("claim", () => this.#parts.store.claim(mailboxOf(to), 1, LEASE, out, where, true));
    const [claim] = out;
    if (claim === undefined) return false;
    const { envelope, attempt } = claim;
    const settlement = { type: "fail", error: error.toJSON() } as const;
    // The same word as a late claim of it has, which finds it cancelled.
    const answer = await wordOf(this.#parts, this.#asAgent(envelope), envelope, settlement.error, CANCELLED);
    const end = endBy({ envelope, attempt: attempt - 1 }, settlement, this.#parts.clock.now());
    const settled = await settleAnswered(this.#parts, claim, settlement, answer, undefined, end);
    return settled.status === "settled";
  }

  /**
   * Ends a task that cannot be claimed now: it waits for its time, or in a file that nobody reads. What is left of it does nothing when it
   * comes. False where it has begun meanwhile.
   */
  async #endWaiting(
    id: string,
    agent: Address,
    error: CancelledError,
    notice: CancelNotice,
  ): Promise<boolean> {
    const { record } = await findTask(this.#parts.store, id, agent);
    if (record?.state !== "waiting") return false;
    const { envelope, attempts } = record;
    const settlement = { type: "fail", error: error.toJSON() } as const;
    const attempt = attempts.length;
    // Told first: where this process dies before the end is recorded, whoever finds the wish does both again.
    await tellCancelled(this.#parts, this.#asAgent(envelope), envelope, settlement.error);
    await this.#note(id, endBy({ envelope, attempt }, settlement, this.#parts.clock.now()));
    // Whoever has waited for a time looks into the log before it begins.
    if (envelope.notBefore === undefined && attempt === 0) await this.#tell(agent, notice);
    return true;
  }

  /** As whom the end of a message is told that its agent has not seen. */
  #asAgent({ to, conversationId }: Envelope): Origin {
    return { ...this.#parts.origin, from: to as Address, conversationId };
  }

  async #note(id: string, entry: TaskEntry | undefined): Promise<void> {
    await ask("record", () => this.#parts.store.record(id, entry));
  }

  async #tell(to: Address, notice: CancelNotice): Promise<void> {
    const { sender, origin } = this.#parts;
    // Nothing runs there that could hear it.
    if (mailboxOf(to) === PEOPLE) return;
    await sender.send(noticeDraft(to, CANCEL, notice), origin);
  }
}

/** Whatever somebody aborted with, short enough to be sent. */
function textOf(reason: unknown): string {
  return describe(reason).slice(0, 500);
}

function isOver({ state }: MessageRecord): boolean {
  return state === "done" || state === "failed" || state === "dead";
}

/** Ids of messages whose cancellation came before them; the oldest are forgotten. */
export class Recalled {
  readonly #ids = new Set<string>();

  get size(): number {
    return this.#ids.size;
  }

  add(id: string): void {
    this.#ids.add(id);
    if (this.#ids.size <= MOST_RECALLED) return;
    for (const oldest of this.#ids) return void this.#ids.delete(oldest);
  }

  /** True when it was there. */
  delete(id: string): boolean {
    return this.#ids.delete(id);
  }
}
