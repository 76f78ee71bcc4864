/** Live: one subscription for as long as it is open. What is published is shown once, in order, and never again. */
import type { Published } from "../agent/topic.ts";
import type { Envelope } from "../core/envelope.ts";
import { adopt, chain, isPromise, type Maybe } from "../core/maybe.ts";
import { Ring } from "../core/ring.ts";
import { check, validate } from "../core/schema.ts";
import { readOrRefuse } from "./refusal.ts";
import type { Reports } from "./reports.ts";

/** Sees what is published; for a request to the topic its returned value answers. */
export type Seen = (event: unknown, envelope: Envelope) => unknown;

/** Events that wait for a slow subscriber; further ones are dropped and reported. */
export const MOST_PENDING = 10_000;

export class Live {
  readonly subject: Published;
  readonly #seen: Seen;
  readonly #reports: Reports;
  /** Made when the subscriber first takes its time. */
  #pending: Ring<Envelope> | undefined;
  #busy = false;
  #closed = false;

  constructor(subject: Published, seen: Seen, reports: Reports) {
    this.subject = subject;
    this.#seen = seen;
    this.#reports = reports;
  }

  get pattern(): string {
    return this.subject.pattern;
  }

  /** Shows an event, after those that came before it. */
  take(envelope: Envelope): void {
    if (this.#closed) return;
    if (this.#busy) return this.#wait(envelope);
    const shown = this.#show(envelope);
    if (shown !== undefined) this.#follow(shown);
  }

  /** Lets the subscriber answer a request; the answer fits what the topic promises. @throws Refusal for an unreadable request. */
  answer(envelope: Envelope): Maybe<unknown> {
    const event = readOrRefuse(() => this.#read(envelope));
    return chain(
      chain(event, (ready) => adopt(this.#seen(ready, envelope))),
      (reply) => this.#checked(reply),
    );
  }

  /** Shows nothing more. */
  close(): void {
    this.#closed = true;
    this.#pending = undefined;
  }

  /** A promise while the subscriber takes its time; what it throws is contained. */
  #show(envelope: Envelope): Promise<unknown> | undefined {
    try {
      const shown =
        this.subject.spec === undefined
          ? adopt(this.#seen(envelope.payload, envelope))
          : chain(this.#read(envelope), (event) => adopt(this.#seen(event, envelope)));
      return isPromise(shown) ? shown : undefined;
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  #follow(shown: Promise<unknown>): void {
    this.#busy = true;
    const next = (): void => {
      this.#busy = false;
      this.#proceed();
    };
    shown.then(next, (error: unknown) => {
      this.#failed(error);
      next();
    });
  }

  #proceed(): void {
    while (!this.#busy && this.#pending !== undefined && this.#pending.length > 0)
      this.take(this.#pending.shift() as Envelope);
  }

  #wait(envelope: Envelope): void {
    const pending = (this.#pending ??= new Ring());
    if (pending.length < MOST_PENDING) return pending.push(envelope);
    if (this.#reports.active) this.#reports.emit({ type: "event.dropped", pattern: this.pattern, envelope });
  }

  #read({ payload }: Envelope): Maybe<unknown> {
    const { spec } = this.subject;
    return spec === undefined ? payload : validate(spec.in, payload, () => `${this.pattern} event`);
  }

  #checked(reply: unknown): Maybe<unknown> {
    const out = this.subject.spec?.out;
    if (out === undefined) return reply;
    const fits = check(out, reply, () => `${this.pattern} reply`, "HERMOD_BAD_REPLY");
    return chain(fits, () => reply);
  }

  #failed(error: unknown): void {
    this.#reports.emit({ type: "listener.failed", listener: `subscriber of ${this.pattern}`, error });
  }
}
