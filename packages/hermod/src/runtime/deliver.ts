/**
 * Deliver: one claimed message through its handler.
 *
 *   claim → attempts left? → handler known? → input fits? → incoming interceptors → handler ─→ value → answer → settle
 *                                                                                           └→ error → settlement → settle
 *
 * It never acks by itself: what becomes of the message is decided by `core/settlement` and carried out by `settle`.
 */
import { isSchedule } from "../core/address.ts";
import { Speech } from "../agent/speech.ts";
import type { Handling } from "../agent/handling.ts";
import type { Copier } from "../core/codec.ts";
import { expectsAnswer, hasAsker, isControl, isExpired, isNotice, type Envelope } from "../core/envelope.ts";
import type { ErrorRecord, HermodError } from "../core/errors.ts";
import type { Clock } from "../core/clock.ts";
import type { Random } from "../core/id.ts";
import { adopt, chain, isPromise, type Maybe, promised } from "../core/maybe.ts";
import { Crash, Exit } from "../core/retry.ts";
import { check } from "../core/schema.ts";
import { ACK, RELEASE, unwrap, type DeadReason, type Settlement } from "../core/settlement.ts";
import { SETTLED, type Claim, type StateChange } from "../core/store.ts";
import { failureRecord, toErrorReply, toReply } from "./answers.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Interceptors } from "./interceptors.ts";
import { checkAttempts } from "./refusal.ts";
import type { Cell } from "./cell.ts";
import { Cells } from "./cells.ts";
import type { Delivering, Instance, Running } from "./instance.ts";
import { Run, type RunHost } from "./run.ts";
import type { Sender } from "./send.ts";
import {
  bury,
  missAnswer,
  settleAnswered,
  settleClaim,
  type SettleAnswer,
  type SettleParts,
} from "./settle.ts";

import { drive, isGenerator, speak } from "./stream.ts";
import type { TaskRuns } from "./taskruns.ts";
import type { Timers } from "./timers.ts";
import { checkCallBack, checkInstance, readInput, unhandled } from "./entrance.ts";
import { Landings } from "./landing.ts";
import { commits, errorRecord, isIgnored, judge, policyOf, readable } from "./verdict.ts";
import { prepare } from "./activation.ts";
import { noteState, resetState, stateChange } from "./state.ts";

/** What delivering needs. */
export interface DeliverParts extends SettleParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly dispatcher: Dispatcher;
  readonly interceptors: Interceptors;
  readonly sender: Sender;
  readonly host: RunHost;
  readonly timers: Timers;
  readonly copier: Copier;
  readonly taskRuns: TaskRuns;
  /** Told when something begins to run, so that its lease is kept alive. */
  readonly began: () => void;
}

type Refused = SettleAnswer & { readonly status: "refused" };

/** Deliveries of one agent that may wait for their settlements beside the one that runs. */
const MOST_SETTLING = 1024;
/** Milliseconds from an abort on in which a handler may end without a word. */
const OVERRUN = 100;

export class Deliverer implements Delivering {
  readonly #parts: DeliverParts;
  readonly #landings: Landings;

  constructor(parts: DeliverParts) {
    this.#parts = parts;
    this.#landings = new Landings(
      (run, value) => this.#succeeded(run, value),
      (run, thrown) => this.#failed(run, thrown),
    );
  }

  /** Handles one claimed message of an agent. */
  begin(instance: Instance, claim: Claim): void {
    if (isNotice(claim.envelope) && this.#parts.taskRuns.heeds(claim)) return;
    const run = this.#open(instance, claim);
    let result: Maybe<unknown>;
    try {
      result = this.#handle(run);
    } catch (thrown) {
      return this.#failed(run, thrown);
    }
    if (!isPromise(result)) return this.#succeeded(run, result);
    this.#landings.follow(run, result);
  }

  /** Turns a claimed message away before it runs; its asker gets the error as it is. */
  refuse(instance: Instance, claim: Claim, error: HermodError, reason: DeadReason = "overflow"): void {
    const { envelope } = claim;
    const settlement: Settlement =
      envelope.delivery === "at-most-once" && hasAsker(envelope)
        ? { type: "fail", error: error.toJSON() }
        : { type: "dead", reason, error: error.toJSON() };
    const run = new Run(instance, claim, this.#parts.host);
    void this.#settleTold(run, settlement, () => error.toJSON());
  }

  /** Gives a claimed message back, without an attempt used. */
  release(instance: Instance, claim: Claim): void {
    void settleClaim(this.#parts, claim, RELEASE, [], instance);
  }

  isExpired({ envelope }: Claim): boolean {
    return isExpired(envelope, this.#parts.clock.now());
  }

  interrupted(envelope: Envelope, by: Envelope): void {
    const { reports } = this.#parts;
    if (reports.active) reports.emit({ type: "message.interrupted", envelope, by: by.id });
  }

  steered(envelope: Envelope, into: Envelope): void {
    const { reports } = this.#parts;
    if (reports.active) reports.emit({ type: "message.steered", envelope, into: into.id });
  }

  cells(instance: Instance): Cells {
    const { clock, timers, reports } = this.#parts;
    const agent = instance.address;
    return new Cells(clock, timers, instance.definition.work.idle, ({ key }) => {
      if (reports.active) reports.emit({ type: "instance.passivated", agent, key });
    });
  }

  /**
   * Settles what runs without waiting for its handler: the message that is to blame has failed with `thrown`, any other is
   * given back, or its asker told.
   */
  abandon(running: Running, thrown: Crash | HermodError, isToBlame: boolean): void {
    const run = running as Run;
    if (run.abandoned || run.settling) return;
    run.abandoned = true;
    run.abort(unwrap(thrown));
    if (isToBlame) return this.#fail(run, thrown);
    const isTold = run.envelope.delivery === "at-most-once";
    run.instance.guard?.end(run.ticket, "ignored");
    // What was cancelled must not come again, whoever else is to blame.
    const isOver = isTold || run.cancellation !== undefined;
    this.#settleFailed(run, isOver ? judge(this.#parts, run, thrown) : RELEASE, thrown);
  }

  #open(instance: Instance, claim: Claim): Run {
    const { clock, host, began } = this.#parts;
    const run = new Run(instance, claim, host);
    const numbers = instance.statistics;
    this.#began(instance, claim);
    if (instance.guard !== undefined && !isControl(claim.envelope)) run.ticket = instance.guard.begin();
    if (numbers.isSample) run.startedAt = clock.monotonic();
    if (!isControl(claim.envelope)) instance.ordinary++;
    run.place = instance.running.push(run) - 1;
    began();
    return run;
  }

  #began({ statistics: numbers, address: agent }: Instance, claim: Claim): void {
    const { statistics, reports } = this.#parts;
    statistics.delivered++;
    numbers.started++;
    numbers.lastStartedAt = claim.startedAt;
    if (!reports.active) return;
    const { envelope, mailbox, attempt } = claim;
    reports.emit({ type: "delivery.started", envelope, mailbox, attempt, agent });
  }

  #handle(run: Run): Maybe<unknown> {
    const admitted = this.#parts.taskRuns.admit(run);
    return isPromise(admitted) ? (admitted as Promise<void>).then(() => this.#admit(run)) : this.#admit(run);
  }

  // What was cancelled has not failed, however often its process died.
  #admit(run: Run): Maybe<unknown> {
    checkAttempts(run.claim, policyOf(run));
    return this.#prepare(run);
  }

  #prepare(run: Run): Maybe<unknown> {
    const { instance, claim, handling } = run;
    const { definition } = instance;
    if (claim.envelope.to !== claim.mailbox || definition.work.apart === "key") checkInstance(run);
    if (claim.envelope.waits > 0) checkCallBack(run);
    if (handling === undefined) return unhandled(run);
    const ready = definition.state || definition.work.apart === "key" ? prepare(this.#parts, run) : undefined;
    if (isPromise(ready)) return (ready as Promise<void>).then(() => this.#enter(run, handling));
    return this.#enter(run, handling);
  }

  #enter(run: Run, handling: Handling): Maybe<unknown> {
    if (run.abandoned) return undefined;
    const input = readInput(run, handling);
    if (!isPromise(input)) return this.#call(run, handling, input);
    return (input as Promise<unknown>).then((ready) => this.#call(run, handling, ready));
  }

  #call(run: Run, { run: handler }: Handling, input: unknown): Maybe<unknown> {
    const { interceptors } = this.#parts;
    if (interceptors.none) return this.#result(run, handler(input, run as never));
    return interceptors.handle(run.envelope, () => this.#result(run, handler(input, run as never)));
  }

  #result(run: Run, value: unknown): Maybe<unknown> {
    if (isGenerator(value)) return drive(this.#parts, run, value);
    return value instanceof Speech ? speak(this.#parts, run, value) : adopt(value);
  }

  #succeeded(run: Run, value: unknown): void {
    run.flushNotes();
    if (run.abandoned) return this.#noteOverrun(run);
    // What the handler sent without waiting for it belongs to the delivery all the same.
    if (run.keeping !== undefined) return void run.kept().then(() => this.#succeeded(run, value));
    try {
      const change = commits(run)
        ? stateChange(run.cell as Cell, run.instance.address, this.#parts.reports)
        : undefined;
      const answer = this.#answer(run, value);
      if (!run.answered && !run.hasEnd) run.taskEnd = this.#parts.taskRuns.done(run, value);
      if (!isPromise(answer))
        return this.#commit(run, outputsOf(run, answer as Envelope | undefined), change, value);
      (answer as Promise<Envelope | undefined>).then(
        (ready) => this.#commit(run, outputsOf(run, ready), change, value),
        (error: unknown) => this.#failed(run, error),
      );
    } catch (error) {
      this.#failed(run, error);
    }
  }

  #answer(run: Run, value: unknown): Maybe<Envelope | undefined> {
    const { envelope } = run.claim;
    if (run.answered || run.hasEnd || !expectsAnswer(envelope)) return undefined;
    return this.answer(run, value);
  }

  /** The answer to the message of a run, checked against the contract and intercepted, not yet stored. */
  answer(run: Run, value: unknown): Maybe<Envelope | undefined> {
    const { envelope } = run.claim;
    const out = run.handling?.spec?.out;
    if (out === undefined) return toReply(this.#parts, run.claim, run, value);
    const fits = check(out, value, () => `${run.self}.${envelope.operation} reply`, "HERMOD_BAD_REPLY");
    return chain(fits, () => toReply(this.#parts, run.claim, run, value));
  }

  #commit(run: Run, drafted: readonly Envelope[], change: StateChange | undefined, value: unknown): void {
    if (run.abandoned) return;
    run.settling = true;
    const { publications } = this.#parts.sender;
    const outputs = drafted.length === 0 ? drafted : drafted.map((output) => publications.number(output));
    const settled = settleClaim(this.#parts, run.claim, ACK, outputs, run.instance, change, run.taskEnd);
    if (!isPromise(settled)) return this.#committed(run, settled as SettleAnswer, outputs, change, value);
    this.#makeRoom(run, change);
    void (settled as Promise<SettleAnswer>).then((ready) =>
      this.#committed(run, ready, outputs, change, value),
    );
  }

  #committed(
    run: Run,
    settled: SettleAnswer,
    outputs: readonly Envelope[],
    change: StateChange | undefined,
    value: unknown,
  ): void {
    if (settled.status === "refused") {
      // Its state went ahead of the answer, and was not kept.
      if (run.yielded && run.cell) run.cell.loaded = false;
      return this.#incomplete(run, settled, outputs, change, value);
    }
    if (settled.status !== "settled") this.#takeBack(outputs);
    if (commits(run)) noteState(run.cell as Cell, settled, run.yielded ? undefined : change, run.claim);
    run.instance.guard?.end(run.ticket, "ok");
    if (run.hasSteered && settled.status === "settled") this.#settleSteered(run, value);
    this.#close(run);
    if (run.last) this.#exit(run, "normal", undefined);
  }

  /** The messages that the handler has taken over are done with it, and their askers get its answer too. */
  #settleSteered(run: Run, value: unknown): void {
    const answer = run.early === undefined ? value : run.early.value;
    for (const claim of run.takeSeen()) {
      this.#began(run.instance, claim);
      const asked = expectsAnswer(claim.envelope);
      const reply = promised(() => (asked ? toReply(this.#parts, claim, run, answer) : undefined));
      void reply.then(
        (ready) =>
          settleAnswered(
            this.#parts,
            claim,
            ACK,
            ready,
            run.instance,
            this.#parts.taskRuns.done(claim, answer),
          ),
        (error: unknown) => this.#failSteered(run, claim, error),
      );
    }
  }

  /** Its answer could not be sent: it has failed by itself. */
  #failSteered({ instance }: Run, claim: Claim, error: unknown): Maybe<SettleAnswer> {
    const run = new Run(instance, claim, this.#parts.host);
    return this.#settleTold(run, judge(this.#parts, run, error), () => failureRecord(claim, error));
  }

  /**
   * An output was not taken. When it is the answer, its asker is gone; when it was published, nobody listens; when a schedule
   * sends it, the next one may be taken: the work is done all the same.
   */
  #incomplete(
    run: Run,
    refused: Refused,
    outputs: readonly Envelope[],
    change: StateChange | undefined,
    value: unknown,
  ): void {
    const { output, answer } = refused;
    const unheard = output.topic !== undefined && output.to === undefined && answer.status === "unknown";
    const scheduled = isSchedule(output.from);
    if (output.verb !== "reply" && !unheard && !scheduled) {
      this.#takeBack(outputs);
      return void this.#refused(run, output, answer);
    }
    if (unheard) bury(this.#parts, output, "no-subscriber");
    else if (scheduled) this.#missTime(output, answer);
    else {
      missAnswer(this.#parts, refused);
      run.answered = true;
    }
    const left = outputs.filter((other) => other !== output);
    this.#commit(run, left, change, value);
  }

  /** A message of a schedule that nobody takes ends neither the schedule nor silently; one that was sent before needs no second. */
  #missTime(output: Envelope, answer: Refused["answer"]): void {
    const { sender } = this.#parts;
    if (answer.status !== "conflict")
      bury(this.#parts, output, answer.status === "unknown" ? "no-recipient" : "overflow");
    void sender.refusal(output, answer).then((error) => sender.refused(output, error));
  }

  /** What was to be published was not: its places are free again, the last one first. */
  #takeBack(outputs: readonly Envelope[]): void {
    for (const output of outputs.toReversed()) this.#parts.sender.publications.takeBack(output);
  }

  async #refused(run: Run, output: Envelope, answer: Parameters<Sender["refusal"]>[1]): Promise<void> {
    this.#failed(run, await this.#parts.sender.refusal(output, answer));
  }

  #failed(run: Run, reason: unknown): void {
    run.flushNotes();
    if (run.abandoned) return this.#noteOverrun(run);
    const thrown = readable(reason);
    if (thrown instanceof Exit) return this.#ended(run, thrown);
    this.#fail(run, thrown);
  }

  #fail(run: Run, thrown: unknown): void {
    const { instance } = run;
    if (run.cell && commits(run)) resetState(run.cell, instance.definition.state as never);
    // An early reply that was kept for the commit goes with it.
    if (run.outputs?.some(({ verb }) => verb === "reply")) run.answered = false;
    run.outputs = run.taskEnd = undefined;
    if (run.last) run.last = instance.leaving = false;
    instance.guard?.end(run.ticket, isIgnored(run, thrown) ? "ignored" : "failed");
    if (thrown instanceof Crash) this.#crashing(run);
    // Its next run has parts of its own, so it looks at its log.
    if (run.putOff) this.#parts.sender.tasks.delete(run.envelope.id);
    this.#settleFailed(run, judge(this.#parts, run, thrown), thrown);
    if (thrown instanceof Crash) this.#exit(run, "crashed", thrown.cause);
  }

  /** The handler ended its agent: its message is done, unless it cannot be. */
  #ended(run: Run, { value }: Exit): void {
    run.last = true;
    if (run.instance.definition.work.apart !== "key") run.instance.leaving = true;
    this.#succeeded(run, value);
  }

  /** A broken agent takes nothing more; of a keyed one only the instance is broken. */
  #crashing(run: Run): void {
    const { instance, cell } = run;
    run.abandoned = true;
    if (instance.definition.work.apart !== "key") instance.stopped = true;
    else if (cell) instance.drop(cell);
  }

  /** An instance of a keyed agent just begins anew with its next message. */
  #exit({ instance, cell, self, envelope }: Run, exit: "normal" | "crashed", error: unknown): void {
    if (instance.definition.work.apart !== "key")
      return instance.exited?.(instance, exit, error, envelope.id);
    if (cell) instance.drop(cell);
    const { reports } = this.#parts;
    if (exit === "crashed" && reports.active) reports.emit({ type: "agent.crashed", agent: self, error });
  }

  #settleFailed(run: Run, settlement: Settlement, thrown: unknown): void {
    run.settling = true;
    const answered = this.#settleTold(run, settlement, () => errorRecord(run, thrown));
    if (!isPromise(answered)) return this.#close(run);
    this.#makeRoom(run, undefined);
    void (answered as Promise<SettleAnswer>).then(() => this.#close(run));
  }

  /** Settles what has failed; its asker is told when that is for good. */
  #settleTold(run: Run, settlement: Settlement, error: () => ErrorRecord): Maybe<SettleAnswer> {
    const over = settlement.type === "dead" || settlement.type === "fail";
    const tells = over && hasAsker(run.envelope) && !run.answered && !run.hasEnd;
    const output = tells ? toErrorReply(this.#parts, run.envelope, run, error()) : undefined;
    const end = this.#parts.taskRuns.failed(run, settlement, error);
    return chain(output as Maybe<Envelope | undefined>, (ready) =>
      settleAnswered(this.#parts, run.claim, settlement, ready, run.instance, end),
    );
  }

  /**
   * The store has accepted a settlement and writes it: the next message need not wait for that, and builds on the state that is
   * being written. Should it be taken back, so is what was built on it.
   */
  #makeRoom(run: Run, change: StateChange | undefined): void {
    const { instance } = run;
    const isLast = run.last || instance.stopped || instance.meets || isControl(run.envelope);
    if (run.yielded || isLast || instance.running.length > MOST_SETTLING) return;
    run.yielded = true;
    if (change && commits(run)) noteState(run.cell as Cell, SETTLED, change, run.claim);
    instance.ordinary--;
    this.#parts.dispatcher.ready(instance.line);
  }

  /** What runs on after its abort costs, and nobody waits for it. */
  #noteOverrun({ self: agent, envelope, abortedAt }: Run): void {
    if (abortedAt === undefined) return;
    const { clock, reports } = this.#parts;
    const ms = clock.now() - abortedAt;
    if (ms >= OVERRUN && reports.active) reports.emit({ type: "handler.overran", agent, envelope, ms });
  }

  #close(run: Run): void {
    const { clock, dispatcher } = this.#parts;
    const { instance } = run;
    run.end();
    if (!run.abandoned) this.#noteOverrun(run);
    if (run.startedAt !== undefined) instance.statistics.sample(clock.monotonic() - run.startedAt);
    instance.statistics.lastSettledAt = instance.statistics.lastStartedAt;
    if (!run.yielded && !isControl(run.envelope)) instance.ordinary--;
    const last = instance.running.pop() as Run;
    if (last !== run) {
      instance.running[run.place] = last;
      last.place = run.place;
    }
    if (run.cell) leave(run, run.cell);
    if (instance.meets) instance.proceed(run);
    if (instance.running.length === 0) instance.idle?.();
    dispatcher.ready(instance.line);
  }
}

function leave(run: Run, cell: Cell): void {
  if (cell.worker === run) cell.worker = undefined;
  run.instance.leave(cell);
}

function outputsOf({ outputs = [] }: Run, answer: Envelope | undefined): readonly Envelope[] {
  return answer ? [...outputs, answer] : outputs;
}
