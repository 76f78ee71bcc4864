/**
 * Deliver: one claimed message through its handler.
 *
 *   claim → attempts left? → handler known? → input fits? → incoming interceptors → handler ─→ value → answer → settle
 *                                                                                           └→ error → settlement → settle
 *
 * It never acks by itself: what becomes of the message is decided by `core/settlement` and carried out by `settle`.
 */
import { NOTICE, suggestHandler, type TypeHandler } from "../agent/agent.ts";
import type { OperationSpec } from "../core/contract.ts";
import { expectsAnswer, hasAsker, isControl, type Envelope } from "../core/envelope.ts";
import { HermodError, describe } from "../core/errors.ts";
import type { Clock } from "../core/clock.ts";
import type { Random } from "../core/id.ts";
import { adopt, chain, isPromise, type Maybe } from "../core/maybe.ts";
import type { RetryPolicy } from "../core/retry.ts";
import { check, validate } from "../core/schema.ts";
import { ACK, settleFailure, type Settlement } from "../core/settlement.ts";
import type { Claim, StateChange } from "../core/store.ts";
import { failureRecord, toErrorReply, toReply } from "./answers.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Interceptors } from "./interceptors.ts";
import { Refusal, checkAttempts, settleRefusal } from "./refusal.ts";
import type { Instance } from "./instance.ts";
import { Run, type RunHost } from "./run.ts";
import type { Sender } from "./send.ts";
import { missAnswer, settleAnswered, settleClaim, type SettleAnswer, type SettleParts } from "./settle.ts";
import { loadState, noteState, resetState, stateChange } from "./state.ts";

/** What delivering needs. */
export interface DeliverParts extends SettleParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly dispatcher: Dispatcher;
  readonly interceptors: Interceptors;
  readonly sender: Sender;
  readonly host: RunHost;
  /** Told when something begins to run, so that its lease is kept alive. */
  readonly began: () => void;
}

type Refused = SettleAnswer & { readonly status: "refused" };

/** Where the end of an asynchronous handler arrives; used again and again, since two closures a message are much garbage. */
class Landing {
  run: Run | undefined;
  readonly #succeed: (value: unknown) => void;
  readonly #fail: (thrown: unknown) => void;

  constructor(
    free: (landing: Landing) => void,
    succeeded: (run: Run, value: unknown) => void,
    failed: (run: Run, thrown: unknown) => void,
  ) {
    const take = (): Run => {
      const run = this.run as Run;
      this.run = undefined;
      free(this);
      return run;
    };
    this.#succeed = (value) => succeeded(take(), value);
    this.#fail = (thrown) => failed(take(), thrown);
  }

  follow(result: Promise<unknown>): void {
    result.then(this.#succeed, this.#fail);
  }
}

export class Deliverer {
  readonly #parts: DeliverParts;
  readonly #landings: Landing[] = [];

  constructor(parts: DeliverParts) {
    this.#parts = parts;
  }

  /** Handles one claimed message of an agent. */
  readonly begin = (instance: Instance, claim: Claim): void => {
    const run = this.#open(instance, claim);
    let result: Maybe<unknown>;
    try {
      result = this.#handle(run);
    } catch (thrown) {
      return this.#failed(run, thrown);
    }
    if (!isPromise(result)) return this.#succeeded(run, result);
    this.#landing(run).follow(result);
  };

  #landing(run: Run): Landing {
    const landing = this.#landings.pop() ?? this.#newLanding();
    landing.run = run;
    return landing;
  }

  #newLanding(): Landing {
    return new Landing(
      (landed) => this.#landings.push(landed),
      (run, value) => this.#succeeded(run, value),
      (run, thrown) => this.#failed(run, thrown),
    );
  }

  #open(instance: Instance, claim: Claim): Run {
    const { statistics, reports, clock, host, began } = this.#parts;
    const run = new Run(instance, claim, host);
    const numbers = instance.statistics;
    statistics.delivered++;
    numbers.started++;
    numbers.lastStartedAt = claim.startedAt;
    if (numbers.isSample) run.startedAt = clock.monotonic();
    if (!isControl(claim.envelope)) instance.ordinary++;
    run.place = instance.running.push(run) - 1;
    began();
    if (reports.active) {
      reports.emit({
        type: "delivery.started",
        envelope: claim.envelope,
        mailbox: claim.mailbox,
        attempt: claim.attempt,
      });
    }
    return run;
  }

  #handle(run: Run): Maybe<unknown> {
    const { store } = this.#parts;
    const { instance, claim } = run;
    const { envelope } = claim;
    checkAttempts(claim, policyOf(instance, envelope));
    const handler = handlerOf(instance, envelope);
    if (handler === undefined) return this.#unhandled(instance, envelope);
    const loaded = instance.loaded ? undefined : loadState(instance, store);
    if (isPromise(loaded)) return chain(loaded as Promise<void>, () => this.#enter(run, handler));
    return this.#enter(run, handler);
  }

  #enter(run: Run, handler: TypeHandler<never>): Maybe<unknown> {
    const input = this.#input(run.instance, run.envelope);
    if (!isPromise(input)) return this.#call(run, handler, input);
    return (input as Promise<unknown>).then((ready) => this.#call(run, handler, ready));
  }

  #call(run: Run, handler: TypeHandler<never>, input: unknown): Maybe<unknown> {
    const { interceptors } = this.#parts;
    if (interceptors.none) return adopt(handler(input, run as never));
    return interceptors.handle(run.envelope, () => handler(input, run as never) as Maybe<unknown>);
  }

  /** A notice that nobody wants is done; any other message without a handler is set aside. */
  #unhandled(instance: Instance, envelope: Envelope): undefined {
    if (isControl(envelope)) return undefined;
    const { operation, type } = envelope;
    const name = instance.definition.operations ? operation : type;
    const message = `${instance.address} has no handler for "${name}".${suggestHandler(name, instance.definition)}`;
    throw new Refusal(
      new HermodError("HERMOD_NO_OPERATION", message, {
        details: { agent: instance.address, operation, type },
      }),
      "unreadable",
    );
  }

  #input(instance: Instance, envelope: Envelope): Maybe<unknown> {
    const spec = specOf(instance, envelope);
    if (spec === undefined) return envelope.payload;
    try {
      const input = validate(spec.in, envelope.payload, () => `${instance.address}.${spec.name} input`);
      return isPromise(input) ? (input as Promise<unknown>).catch(refuseInput) : input;
    } catch (error) {
      return refuseInput(error);
    }
  }

  #succeeded(run: Run, value: unknown): void {
    try {
      const change = this.#needsState(run) ? stateChange(run.instance, this.#parts.reports) : undefined;
      const answer = this.#answer(run, value);
      if (!isPromise(answer))
        return this.#commit(run, outputsOf(run, answer as Envelope | undefined), change);
      (answer as Promise<Envelope | undefined>).then(
        (ready) => this.#commit(run, outputsOf(run, ready), change),
        (error: unknown) => this.#failed(run, error),
      );
    } catch (error) {
      this.#failed(run, error);
    }
  }

  /** A notice runs beside the agent's other work, so it commits no state. */
  #needsState({ instance, envelope }: Run): boolean {
    return instance.definition.state !== undefined && !isControl(envelope);
  }

  #answer(run: Run, value: unknown): Maybe<Envelope | undefined> {
    const { envelope } = run.claim;
    if (run.answered || !expectsAnswer(envelope)) return undefined;
    return this.answer(run, value);
  }

  /** The answer to the message of a run, checked against the contract and intercepted, not yet stored. */
  answer(run: Run, value: unknown): Maybe<Envelope> {
    const { envelope } = run.claim;
    const out = specOf(run.instance, envelope)?.out;
    if (out === undefined) return toReply(this.#parts, run.claim, run, value);
    const fits = check(out, value, () => `${run.self}.${envelope.operation} reply`, "HERMOD_BAD_REPLY");
    return chain(fits, () => toReply(this.#parts, run.claim, run, value));
  }

  #commit(run: Run, outputs: readonly Envelope[], change: StateChange | undefined): void {
    const settled = settleClaim(this.#parts, run.claim, ACK, outputs, run.instance.statistics, change);
    if (!isPromise(settled)) return this.#committed(run, settled as SettleAnswer, outputs, change);
    void (settled as Promise<SettleAnswer>).then((ready) => this.#committed(run, ready, outputs, change));
  }

  #committed(
    run: Run,
    settled: SettleAnswer,
    outputs: readonly Envelope[],
    change: StateChange | undefined,
  ): void {
    if (settled.status === "refused") return this.#incomplete(run, settled, outputs, change);
    if (this.#needsState(run)) noteState(run.instance, settled, change, run.claim);
    this.#close(run);
  }

  /** An output was not taken. When it is the answer, its asker is gone, and the work is done all the same. */
  #incomplete(
    run: Run,
    refused: Refused,
    outputs: readonly Envelope[],
    change: StateChange | undefined,
  ): void {
    const { output, answer } = refused;
    if (output.verb !== "reply") return void this.#refused(run, output, answer);
    missAnswer(this.#parts, refused);
    run.answered = true;
    this.#commit(
      run,
      outputs.filter((other) => other !== output),
      change,
    );
  }

  async #refused(run: Run, output: Envelope, answer: Parameters<Sender["refusal"]>[1]): Promise<void> {
    this.#failed(run, await this.#parts.sender.refusal(output, answer));
  }

  #failed(run: Run, reason: unknown): void {
    const thrown = readable(reason);
    const { clock, random } = this.#parts;
    const { instance, claim } = run;
    const { envelope, attempt } = claim;
    if (this.#needsState(run)) resetState(instance);
    // An early reply that was kept for the commit goes with it.
    if (run.outputs?.some(({ verb }) => verb === "reply")) run.answered = false;
    run.outputs = undefined;
    const policy = policyOf(instance, envelope);
    const settlement =
      thrown instanceof Refusal
        ? settleRefusal(envelope, thrown)
        : settleFailure(thrown, { envelope, attempt, policy, now: clock.now(), random });
    this.#settleFailed(run, settlement, thrown);
  }

  #settleFailed(run: Run, settlement: Settlement, thrown: unknown): void {
    const over = settlement.type === "dead" || settlement.type === "fail";
    const tells = over && hasAsker(run.envelope) && !run.answered;
    const output = tells ? this.#errorReply(run, thrown) : undefined;
    const answered = chain(output as Maybe<Envelope | undefined>, (ready) =>
      settleAnswered(this.#parts, run.claim, settlement, ready, run.instance.statistics),
    );
    if (!isPromise(answered)) return this.#close(run);
    void (answered as Promise<SettleAnswer>).then(() => this.#close(run));
  }

  #errorReply(run: Run, thrown: unknown): Maybe<Envelope | undefined> {
    const record = thrown instanceof Refusal ? thrown.error.toJSON() : failureRecord(run.claim, thrown);
    return toErrorReply(this.#parts, run.envelope, run, record);
  }

  #close(run: Run): void {
    const { clock, dispatcher } = this.#parts;
    const { instance } = run;
    run.end();
    if (run.startedAt !== undefined) instance.statistics.sample(clock.monotonic() - run.startedAt);
    instance.statistics.lastSettledAt = instance.statistics.lastStartedAt;
    if (!isControl(run.envelope)) instance.ordinary--;
    const last = instance.running.pop() as Run;
    if (last !== run) {
      instance.running[run.place] = last;
      last.place = run.place;
    }
    if (instance.running.length === 0) instance.idle?.();
    dispatcher.ready(instance);
  }
}

/** How failed deliveries of this message are tried again: said by the message, else its operation, else its agent. */
export function policyOf(instance: Instance, envelope: Envelope): RetryPolicy {
  return envelope.retry ?? specOf(instance, envelope)?.retry ?? instance.definition.retry;
}

function outputsOf({ outputs = [] }: Run, answer: Envelope | undefined): readonly Envelope[] {
  return answer ? [...outputs, answer] : outputs;
}

function specOf({ definition }: Instance, envelope: Envelope): OperationSpec | undefined {
  return isControl(envelope) ? undefined : definition.operations?.get(envelope.operation);
}

function handlerOf({ definition }: Instance, envelope: Envelope): TypeHandler<never> | undefined {
  const { handlers, operations } = definition;
  if (operations) return handlers.get(isControl(envelope) ? NOTICE : envelope.operation);
  return (isControl(envelope) ? handlers.get("info") : undefined) ?? handlers.get(envelope.type);
}

function refuseInput(error: unknown): never {
  throw error instanceof HermodError ? new Refusal(error, "unreadable") : error;
}

/** What was thrown, or an error in its place when it cannot even be asked what it is. */
function readable(thrown: unknown): unknown {
  try {
    Object.getPrototypeOf(Object(thrown));
    return thrown;
  } catch {
    return new Error(describe(thrown));
  }
}
