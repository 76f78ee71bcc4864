/** Requests: a call from what somebody asks to the reply it gets. The waiter stands before the request leaves. */
import type { CallOptions, Target } from "../agent/target.ts";
import { isTopic, type Topic } from "../agent/topic.ts";
import type { Address } from "../core/address.ts";
import type { OperationSpec } from "../core/contract.ts";
import { answerType, type Envelope } from "../core/envelope.ts";
import { ExpiredError, type HermodError, type LoopError } from "../core/errors.ts";
import { parseFilter } from "../core/filter.ts";
import { crossing } from "../core/loop.ts";
import { chain, isPromise, type Maybe } from "../core/maybe.ts";
import { aSignal, checkOptions } from "../core/options.ts";
import { check, validate } from "../core/schema.ts";
import type { Store } from "../core/store.ts";
import { toTopicName } from "../core/topic.ts";
import type { Breakers } from "./breakers.ts";
import { Waiter, cancelled, type Calls } from "./calls.ts";
import type { Cancelling } from "./cancelling.ts";
import type { Circles } from "./circles.ts";
import { deadlock } from "./deadlock.ts";
import { callOptions, none, toDraft } from "./draft.ts";
import type { Registry } from "./registry.ts";
import { insist, type InsistParts } from "./insisting.ts";
import type { Interceptors } from "./interceptors.ts";
import { addressOf, specOf } from "./recipient.ts";
import type { Responders } from "./responders.ts";
import type { Origin, Sender } from "./send.ts";

/** What requests need. */
export interface RequestParts extends InsistParts {
  readonly store: Store;
  readonly sender: Sender;
  readonly interceptors: Interceptors;
  readonly calls: Calls;
  /** Who answers a request to a topic. */
  readonly responders: Responders;
  /** Whom not to ask now. */
  readonly breakers: Breakers;
  readonly cancelling: Cancelling;
  /** Who waits for one another over several processes. */
  readonly circles: Circles;
  /** Who serves an address here. */
  readonly registry: Pick<Registry, "workersOf">;
}

export class Requests {
  readonly #parts: RequestParts;

  constructor(parts: RequestParts) {
    this.#parts = parts;
    parts.calls.recall = (waiter, reason) => this.#withdraw(waiter, reason);
  }

  /** Sends a request and waits for its reply: `(target, operation, payload, options)`, or to a topic `(topic, payload, options)`. */
  call(given: readonly unknown[], origin: Origin): Promise<unknown> {
    const options = given[isTopic(given[0]) ? 2 : 3] as CallOptions | undefined;
    if (options?.retries === undefined && options?.fallback === undefined) return this.#ask(given, origin);
    return insist(this.#parts, () => this.#ask(given, origin), options, origin);
  }

  #ask(given: readonly unknown[], origin: Origin): Promise<unknown> {
    return new Promise((resolve, reject) => {
      try {
        const request = toRequest(given);
        const { spec, label, payload, options } = request;
        if (options !== undefined) checkOptions("call", options, callOptions);
        if (options?.signal !== undefined) aSignal("call.signal", options.signal);
        const fits = spec && check(spec.in, payload, label);
        const start = (): void => this.#start(request, origin, resolve, reject);
        if (isPromise(fits)) (fits as Promise<unknown>).then(start).catch(reject);
        else start();
      } catch (error) {
        reject(error as HermodError);
      }
    });
  }

  /** Finds out who is asked: of a topic's subscribers it is one. */
  #start(request: Request, origin: Origin, resolve: Resolve, reject: Reject): void {
    if (request.to !== undefined) return this.#request(request, request.to, origin, resolve, reject);
    const { responders } = this.#parts;
    const key = request.options?.key ?? request.options?.orderKey;
    chain(responders.next(request.topic as string, origin.from, key), (to) =>
      this.#request(request, to, origin, resolve, reject),
    )?.catch(reject);
  }

  #request(request: Request, to: Address, origin: Origin, resolve: Resolve, reject: Reject): void {
    const { calls, interceptors, sender, breakers, circles } = this.#parts;
    const { topic, operation, payload, spec } = request;
    const options: CallOptions = request.options ?? none;
    if (calls.closed) return reject(calls.closed);
    const plain = toDraft("call", "request", to, topic, operation, payload, options, spec, origin.replyTo);
    if (options.signal?.aborted) return reject(cancelled(plain, options.signal.reason));
    const sealed = sender.sealOnward(plain, origin);
    const crossed = this.#deadlock(sealed, origin);
    const open = breakers.refusal(sealed) ?? (circles.isShared ? undefined : crossed);
    if (open) return reject(sender.refused(sealed, open));
    const left = (sealed.deadline as number) - sealed.sentAt;
    if (left < 0) return reject(expired(sealed, origin));
    const accept = (reply: Envelope): void => this.#accept(reply, spec, resolve, reject);
    const waiter = new Waiter(sealed.id, sealed.to as Address, accept, reject);
    calls.wait(sealed, left, options.signal, waiter);
    const leave = origin.adopt?.({
      isTask: false,
      call: sealed,
      cancel: (reason) => calls.cancel(waiter, cancelled(sealed, reason), reason),
    });
    waiter.leave = circles.isShared ? this.#lookAfter(waiter, sealed, origin, leave) : leave;
    const failed = (error: unknown): void => calls.fail(waiter, error as HermodError);
    try {
      const stored = chain(this.#laterRefusal(sealed, origin, crossed), (refusal) => {
        if (refusal) throw sender.refused(sealed, refusal);
        return chain(interceptors.send(sealed), (envelope) => sender.store(envelope, false, true));
      });
      if (isPromise(stored))
        (stored as Promise<Envelope>).then((envelope) => this.#joined(waiter, sealed, envelope), failed);
      else this.#joined(waiter, sealed, stored as Envelope);
    } catch (error) {
      failed(error);
    }
  }

  /** Why nobody could answer the call before its handler has ended. */
  #deadlock(sealed: Envelope, { running }: Origin): LoopError | undefined {
    if (running === undefined) return undefined;
    return loopOf(sealed, deadlock(this.#parts.registry, running, sealed));
  }

  /** Why it is not sent, where others must be asked for that: another process may be free to answer whom all here wait for. */
  #laterRefusal(
    sealed: Envelope,
    { running }: Origin,
    crossed: LoopError | undefined,
  ): Maybe<HermodError | undefined> {
    const { breakers, circles } = this.#parts;
    return chain<HermodError | undefined, HermodError | undefined>(
      breakers.laterRefusal(sealed),
      (refusal) => {
        if (refusal || crossed === undefined || running === undefined || !circles.isShared) return refusal;
        return circles.agentsAround(running, sealed).then((agents) => loopOf(sealed, agents));
      },
    );
  }

  /** Ends a call that stands in a circle with agents of other processes. Returns the end of that, and of what it was adopted for. */
  #lookAfter(
    waiter: Waiter,
    sealed: Envelope,
    { running }: Origin,
    leave: (() => void) | undefined,
  ): (() => void) | undefined {
    const { circles, calls, sender } = this.#parts;
    if (running === undefined) return leave;
    const end = circles.watch(running, sealed, (agents) => {
      if (waiter.stored === undefined || waiter.joined) return;
      const error = sender.refused(sealed, crossing(sealed, agents));
      calls.cancel(waiter, error, error);
    });
    return () => {
      leave?.();
      end();
    };
  }

  /** A cancelled call is recalled from whom it was sent to, once it is there and unless it ends by itself now. */
  #withdraw(waiter: Waiter, reason: unknown): void {
    if (waiter.stored === undefined) waiter.withdrawn = { reason };
    else if (!waiter.joined) this.#parts.cancelling.recall(waiter.stored, reason);
  }

  /** A repeated call waits for the first one's reply, or gets the one that is there already. */
  #joined(waiter: Waiter, sealed: Envelope, stored: Envelope): void {
    waiter.stored = stored;
    waiter.joined = stored.id !== sealed.id;
    if (waiter.withdrawn) return this.#withdraw(waiter, waiter.withdrawn.reason);
    if (!waiter.joined) return;
    this.#join(waiter, stored.id, sealed).catch((error: unknown) =>
      this.#parts.calls.fail(waiter, error as HermodError),
    );
  }

  async #join(waiter: Waiter, id: string, sealed: Envelope): Promise<void> {
    const { calls, store } = this.#parts;
    calls.move(waiter, id);
    if (await this.#found(waiter, id, sealed)) return;
    const replyTo = await this.#replyTo(id, sealed);
    if (replyTo === undefined || replyTo === sealed.replyTo || !calls.isWaiting(waiter)) return;
    // The system that asked first has ended, or is another one: the reply comes to its address, not to ours.
    const failed = (error: unknown): void => calls.fail(waiter, error as HermodError);
    waiter.unwatch = store.watch(replyTo, () => void this.#found(waiter, id, sealed).catch(failed));
    await this.#found(waiter, id, sealed);
  }

  /** Takes the reply that is there already; false while there is none. */
  async #found(waiter: Waiter, id: string, sealed: Envelope): Promise<boolean> {
    const { calls } = this.#parts;
    const from = JSON.stringify(sealed.to);
    const said = await this.#said(sealed, `verb:reply correlation:${JSON.stringify(id)} from:${from}`);
    const reply = said.find(({ type }) => type === answerType(sealed)) ?? said.at(-1);
    if (reply && calls.isWaiting(waiter)) calls.receive(reply);
    return reply !== undefined;
  }

  /** Where the first one's reply goes; undefined when the request is forgotten. */
  async #replyTo(id: string, sealed: Envelope): Promise<Address | undefined> {
    const [first] = await this.#said(sealed, `id:${JSON.stringify(id)}`);
    return first?.replyTo;
  }

  async #said({ to }: Envelope, where: string): Promise<readonly Envelope[]> {
    const query = { type: "history", agent: to as Address, where: parseFilter(where) } as const;
    return (await this.#parts.store.read(query)).items.map(({ envelope }) => envelope);
  }

  #accept(reply: Envelope, spec: OperationSpec | undefined, resolve: Resolve, reject: Reject): void {
    if (spec?.out === undefined) return resolve(reply.payload);
    try {
      resolve(
        validate(spec.out, reply.payload, () => `${reply.from}.${spec.name} reply`, "HERMOD_BAD_REPLY"),
      );
    } catch (error) {
      reject(error);
    }
  }
}

function loopOf(call: Envelope, agents: readonly Address[]): LoopError | undefined {
  return agents.length > 0 ? crossing(call, agents) : undefined;
}

type Resolve = (value: unknown) => void;
type Reject = (error: unknown) => void;

/** A request, as it was asked for. */
interface Request {
  /** Absent where a topic is asked. */
  readonly to: Address | undefined;
  readonly topic: string | undefined;
  readonly operation: string;
  readonly payload: unknown;
  readonly options: CallOptions | undefined;
  readonly spec: OperationSpec | undefined;
  /** Names what goes in, for errors. */
  readonly label: () => string;
}

function toRequest(given: readonly unknown[]): Request {
  const [target] = given;
  if (isTopic(target)) return toTopicRequest(target, given);
  const [, operation, payload, options] = given as [Target, string, unknown, CallOptions?];
  const spec = specOf(target as Target, operation, "call");
  const to = addressOf(target as Target);
  return { to, topic: undefined, operation, payload, options, spec, label: () => `${to}.${operation} input` };
}

function toTopicRequest(target: Topic, given: readonly unknown[]): Request {
  const topic = toTopicName(target.pattern);
  const [, payload, options] = given as [Topic, unknown, CallOptions?];
  const label = (): string => `${topic} request`;
  return { to: undefined, topic, operation: "", payload, options, spec: target.spec, label };
}

function expired({ to, operation }: Envelope, { bound: deadline }: Origin): ExpiredError {
  return new ExpiredError(
    `call ${to}.${operation} was not sent: the deadline of the message being handled has passed`,
    {
      details: { deadline },
    },
  );
}
