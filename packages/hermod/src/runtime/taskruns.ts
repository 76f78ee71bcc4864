/**
 * Task runs: what is particular about deliveries of tasks, and of what may be cancelled: whether they begin at all, the notices that reach them
 * while they run, and the end that is recorded with their settlement.
 */
import type { Address } from "../core/address.ts";
import type { Clock } from "../core/clock.ts";
import type { Envelope } from "../core/envelope.ts";
import type { ErrorRecord, HermodError } from "../core/errors.ts";
import type { Maybe } from "../core/maybe.ts";
import { ACK, type Settlement } from "../core/settlement.ts";
import type { Claim } from "../core/store.ts";
import { endBy, type TaskEnd } from "../core/tasklog.ts";
import { Recalled, cancelNotice, cancellation, type CancelNotice } from "./cancelling.ts";
import { creditOf } from "./credit.ts";
import type { Notices } from "./notices.ts";
import type { Registry } from "./registry.ts";
import type { Run } from "./run.ts";
import type { Sender } from "./send.ts";
import { settleClaim, type SettleParts } from "./settle.ts";
import { summaryOf } from "./tasklog.ts";
import { tellCancelled } from "./telling.ts";

/** What task runs need. */
export interface TaskRunParts extends SettleParts {
  readonly clock: Clock;
  readonly registry: Registry;
  readonly sender: Sender;
  readonly notices: Notices;
}

export class TaskRuns {
  readonly #parts: TaskRunParts;
  /** Messages that were cancelled before they came. */
  readonly #recalled = new Recalled();

  constructor(parts: TaskRunParts) {
    this.#parts = parts;
  }

  /** Takes a notice about what an agent works on, here or in another process. False for any other message. */
  heeds(claim: Claim): boolean {
    const { mailbox, envelope } = claim;
    if (!cancelNotice(envelope) && !creditOf(envelope)) return false;
    if (!this.hear(mailbox, envelope)) this.#parts.notices.passOn(mailbox, envelope);
    void settleClaim(this.#parts, claim, ACK, [], undefined);
    return true;
  }

  /** Tells whoever works here on the message that a notice is about; false where nobody does. */
  hear(mailbox: Address, notice: Envelope): boolean {
    const cancelled = cancelNotice(notice);
    const credit = creditOf(notice);
    const run = this.#runOf(mailbox, (cancelled ?? credit)?.id);
    if (cancelled) this.#cancel(run, cancelled);
    if (credit) run?.window?.read(credit.number);
    return run !== undefined;
  }

  /** Lets a message begin. @throws CancelledError when somebody has cancelled it. */
  admit(run: Run): Maybe<void> {
    const { id, verb } = run.envelope;
    const isRecalled = this.#recalled.size > 0 && this.#recalled.delete(id);
    // The log of a task knows more: it may have been given back since.
    if (verb === "task" && (this.#mayBeOver(run) || isRecalled)) return this.#check(run);
    if (isRecalled) throw cancelledBefore(run);
  }

  /** The end of a task with this result; undefined for what is none. */
  done(of: Pick<Claim, "envelope" | "attempt">, value: unknown): TaskEnd | undefined {
    if (of.envelope.verb !== "task") return undefined;
    const { clock, sender } = this.#parts;
    return endBy(of, ACK, clock.now(), value === undefined ? undefined : sender.copied(value));
  }

  /** The end of a task that has failed for good with this error. */
  failed(run: Run, settlement: Settlement, error: () => ErrorRecord): TaskEnd | undefined {
    if (run.envelope.verb !== "task" || run.hasEnd) return undefined;
    if (settlement.type !== "fail" && settlement.type !== "dead") return undefined;
    return endBy(run, { ...settlement, error: error() }, this.#parts.clock.now());
  }

  /** Tells the handler of a message to stop. One that comes later than its cancellation does not begin. */
  #cancel(run: Run | undefined, { id, reason }: CancelNotice): void {
    if (run) run.cancel(cancellation(run.envelope.verb === "task" ? "task" : "request", id, reason));
    else this.#recalled.add(id);
    this.#parts.sender.tasks.delete(id);
  }

  /** The run of a message here. */
  #runOf(mailbox: Address, id: string | undefined): Run | undefined {
    const runs = this.#parts.registry.workersOf(mailbox).flatMap(({ running }) => running);
    return runs.find(({ envelope }) => envelope.id === id) as Run | undefined;
  }

  /** True for a task that began, waited for a time or is of another process: it may have been cancelled meanwhile. */
  #mayBeOver({ claim: { attempt, envelope, generation } }: Run): boolean {
    const isOwn = this.#parts.sender.tasks.get(envelope.id) !== undefined;
    return !isOwn || attempt > 1 || generation > 0 || envelope.notBefore !== undefined;
  }

  /** What the log says of a task that is to begin. @throws CancelledError when somebody has cancelled it. */
  async #check(run: Run): Promise<void> {
    const { id, to } = run.envelope;
    const said = await summaryOf(this.#parts, id, to as Address);
    // The store may not know of an attempt that its process did not survive; what that one has recorded tells.
    if (said.parts > 0 || said.progress) run.attempt = Math.max(run.attempt, said.attempt + 1);
    run.hasEnd = said.end !== undefined;
    // A claim that comes late may find that another one has brought it to its end, whoever wanted it cancelled.
    const isCancelled = said.end === undefined ? said.isCancelled : said.end.state === "cancelled";
    if (!isCancelled) return;
    // It does not begin: the last attempt was the one before.
    run.attempt = Math.max(said.attempt, run.claim.attempt - 1);
    const error = cancelledBefore(run, said.reason);
    await tellCancelled(this.#parts, run, run.envelope, error.toJSON());
    run.answered = true;
    throw error;
  }
}

/** Sees to it that a cancelled message is not tried again. */
function cancelledBefore(run: Run, reason?: string): HermodError {
  const { id, verb } = run.envelope;
  return (run.cancellation = cancellation(verb === "task" ? "task" : "request", id, reason));
}
