/**
 * Calls: the requests of this system that wait for their reply. It sits at the end of the road, as the handler of the
 * system's own address: a reply is an ordinary message. A waiter stands before its request leaves, and takes only the
 * reply with its correlation id from the agent that was asked.
 */
import type { Address } from "../core/address.ts";
import { showAddress } from "../core/address.ts";
import type { Envelope } from "../core/envelope.ts";
import { CancelledError, TimeoutError, type ErrorRecord, type HermodError } from "../core/errors.ts";
import { remoteError, toErrorRecord } from "./remoteerror.ts";
import type { Reports } from "./reports.ts";
import type { Statistics } from "./statistics.ts";
import type { Timer, Timers } from "./timers.ts";

/** One wait for one reply. */
export class Waiter {
  correlationId: string;
  readonly expected: Address;
  readonly resolve: (reply: Envelope) => void;
  readonly reject: (error: HermodError) => void;
  timer: Timer | undefined;
  unlisten: (() => void) | undefined;
  unwatch: (() => void) | undefined;
  /** Lets go of it what would end it. */
  leave: (() => void) | undefined;
  /** The request, once it is stored; true in `joined` where it is somebody else's, whose key it has. */
  stored: Envelope | undefined;
  joined = false;
  /** Why it was cancelled before it was stored. */
  withdrawn: { readonly reason: unknown } | undefined;
  /** The next waiter for the same reply: a repeated call with the same idempotency key. */
  next: Waiter | undefined;

  constructor(
    correlationId: string,
    expected: Address,
    resolve: (reply: Envelope) => void,
    reject: (error: HermodError) => void,
  ) {
    this.correlationId = correlationId;
    this.expected = expected;
    this.resolve = resolve;
    this.reject = reject;
  }

  end(): void {
    this.timer?.done();
    this.unlisten?.();
    this.unwatch?.();
    this.leave?.();
  }
}

export class Calls {
  /** Told of a wait that was cancelled, so that its request is recalled. */
  recall: (waiter: Waiter, reason: unknown) => void = () => undefined;
  readonly #waiting = new Map<string, Waiter>();
  #closed: (() => HermodError) | undefined;
  readonly #timers: Timers;
  readonly #reports: Reports;
  readonly #statistics: Statistics;

  constructor(timers: Timers, reports: Reports, statistics: Statistics) {
    this.#timers = timers;
    this.#reports = reports;
    this.#statistics = statistics;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Why no call can wait any more, once the system has ended. */
  get closed(): HermodError | undefined {
    return this.#closed?.();
  }

  /** True while this waiter still waits. */
  isWaiting(waiter: Waiter): boolean {
    for (let other = this.#waiting.get(waiter.correlationId); other; other = other.next)
      if (other === waiter) return true;
    return false;
  }

  /** Waits for the reply to a request at most `timeout` milliseconds, or until the signal fires. */
  wait(request: Envelope, timeout: number, signal: AbortSignal | undefined, waiter: Waiter): void {
    waiter.next = this.#waiting.get(waiter.correlationId);
    this.#waiting.set(waiter.correlationId, waiter);
    waiter.timer = this.#timers.set(timeout, () => this.fail(waiter, timedOut(request, timeout)));
    if (signal) this.#listen(waiter, request, signal);
  }

  /** Lets a waiter wait for the reply to another message instead. */
  move(waiter: Waiter, correlationId: string): void {
    if (!this.#remove(waiter)) return;
    waiter.correlationId = correlationId;
    waiter.next = this.#waiting.get(correlationId);
    this.#waiting.set(correlationId, waiter);
  }

  /** Takes a reply; one that nobody waits for is counted and reported. */
  receive(reply: Envelope): void {
    const first = this.#waiting.get(reply.correlationId ?? "");
    if (first === undefined || !answersFor(first.expected, reply.from)) return this.#missed(reply);
    // Caller and called share the deadline: whose timer comes first must not decide what the caller hears.
    if (first.next === undefined && first.timer && saysTooLate(reply)) return first.timer.fire();
    this.#waiting.delete(first.correlationId);
    for (let waiter: Waiter | undefined = first; waiter; waiter = waiter.next) this.#deliver(waiter, reply);
  }

  /** Ends one wait with an error. */
  fail(waiter: Waiter, error: HermodError): void {
    if (!this.#remove(waiter)) return;
    waiter.end();
    waiter.reject(error);
  }

  /** Ends one wait that nobody wants any longer, and recalls its request. */
  cancel(waiter: Waiter, error: HermodError, reason: unknown): void {
    if (!this.#remove(waiter)) return;
    waiter.end();
    waiter.reject(error);
    this.recall(waiter, reason);
  }

  /** Ends every wait with an error. */
  close(reason: () => HermodError): void {
    this.#closed = reason;
    const all = [...this.#waiting.values()];
    for (const first of all) {
      for (let waiter: Waiter | undefined = first; waiter; waiter = waiter.next) this.fail(waiter, reason());
    }
  }

  #deliver(waiter: Waiter, reply: Envelope): void {
    waiter.end();
    if (reply.type === "error") waiter.reject(remoteError(reply.payload));
    else waiter.resolve(reply);
  }

  #remove(waiter: Waiter): boolean {
    const first = this.#waiting.get(waiter.correlationId);
    if (first === waiter) {
      if (waiter.next) this.#waiting.set(waiter.correlationId, waiter.next);
      else this.#waiting.delete(waiter.correlationId);
      return true;
    }
    for (let before = first; before; before = before.next) {
      if (before.next !== waiter) continue;
      before.next = waiter.next;
      return true;
    }
    return false;
  }

  #listen(waiter: Waiter, request: Envelope, signal: AbortSignal): void {
    const abort = (): void => this.cancel(waiter, cancelled(request, signal.reason), signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    waiter.unlisten = () => signal.removeEventListener("abort", abort);
  }

  #missed(reply: Envelope): void {
    this.#statistics.lateReplies++;
    if (this.#reports.active) this.#reports.emit({ type: "reply.missed", envelope: reply });
  }
}

/** True when an address may answer for the one that was asked: a pool answers for its members. */
function answersFor(expected: Address, from: Address): boolean {
  return expected === from || expected.startsWith(`${from}/`);
}

/** True for the word of a handler that the request's own deadline has stopped it. */
function saysTooLate({ type, payload, inReplyTo }: Envelope): boolean {
  if (type !== "error") return false;
  const record = toErrorRecord(payload);
  const inner = (record.details?.["error"] ?? record) as Partial<ErrorRecord>;
  return inner.code === "HERMOD_EXPIRED" && inner.details?.["message"] === inReplyTo;
}

function label({ to, operation }: Envelope): string {
  return `call ${showAddress(to)}${operation && `.${operation}`}`;
}

function timedOut(request: Envelope, timeout: number): TimeoutError {
  const { id, to, operation } = request;
  return new TimeoutError(`${label(request)} got no reply in ${timeout} ms (message ${id})`, {
    details: { id, to, operation, timeout },
  });
}

/** The error for a call whose own signal was aborted. */
export function cancelled(
  { to, operation }: { to: Address | undefined; operation: string },
  cause: unknown,
): CancelledError {
  return new CancelledError(`call ${showAddress(to)}.${operation} was cancelled by its caller`, { cause });
}
