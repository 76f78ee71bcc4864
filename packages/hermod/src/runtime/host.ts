/** Host: what a running handler may ask of the system around it. */
import type { Call, Cast, Context } from "../agent/context.ts";
import { replyAddress, type Address } from "../core/address.ts";
import type { Cancel, Clock } from "../core/clock.ts";
import { expectsAnswer, hasAsker, type Envelope } from "../core/envelope.ts";
import { ExpiredError, HermodError } from "../core/errors.ts";
import { derivedId } from "../core/id.ts";
import { chain } from "../core/maybe.ts";
import type { Model } from "../core/model.ts";
import { promised, type MessageRoad } from "./messages.ts";
import type { Reports } from "./reports.ts";
import type { Run, RunHost } from "./run.ts";
import type { Sender } from "./send.ts";
import type { Timers } from "./timers.ts";

/** What a host needs. */
export interface HostParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly reports: Reports;
  readonly sender: Sender;
  readonly messages: MessageRoad;
  readonly model: Model | undefined;
  /** The system's own address. */
  readonly self: Address;
  /** The answer to a run's message, checked and not yet stored. */
  readonly answer: (run: Run, value: unknown) => Envelope | Promise<Envelope>;
}

export class Host implements RunHost {
  readonly model: Model | undefined;
  readonly #parts: HostParts;
  /** True once the system waits for nobody any more: what still runs sends nothing. */
  #ended = false;

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.model = parts.model;
  }

  /** From now on what still runs sends nothing. */
  end(): void {
    this.#ended = true;
  }

  replyTo({ instance }: Run): Address {
    return (instance.replyTo ??= replyAddress(this.#parts.self, instance.address));
  }

  call(run: Run): Context["call"] {
    return (to, operation, payload, options) => this.#callFrom(run, to, operation, payload, options);
  }

  cast(run: Run): Context["cast"] {
    return (to, operation, payload, options) => this.#castFrom(run, to, operation, payload, options);
  }

  #callFrom(run: Run, ...[to, operation, payload, options]: Parameters<Call>): Promise<never> {
    if (this.#ended) return Promise.reject(ended(run));
    if (run.deadline !== undefined && this.#parts.clock.now() > run.deadline) {
      const message = `call ${operation} was not sent: the deadline of message ${run.envelope.id} has passed`;
      return Promise.reject(new ExpiredError(message));
    }
    return this.#parts.messages.call(to, operation as string, payload, options, run) as Promise<never>;
  }

  #castFrom(run: Run, ...[to, operation, payload, options]: Parameters<Cast>): Promise<Envelope> {
    if (this.#ended) return Promise.reject(ended(run));
    if (run.envelope.delivery !== "exactly-once" || run.over) {
      return this.#parts.messages.cast(to, operation as string, payload, options, run);
    }
    return promised(() =>
      chain(this.#parts.messages.castDraft(to, operation as string, payload, options), (draft) => {
        const outputs = (run.outputs ??= []);
        const id = derivedId(
          run.envelope.sentAt,
          run.envelope.id,
          draft.to ?? "",
          run.claim.generation,
          outputs.length,
        );
        const place = outputs.length;
        const output = this.#parts.sender.seal({ ...draft, id }, run);
        outputs.push(output);
        const kept = chain(this.#parts.sender.intercepted(output), (ready) => (outputs[place] = ready));
        return options?.hold ? chain(kept, (ready) => this.#parts.sender.expect(ready)) : kept;
      }),
    );
  }

  async reply(run: Run, value: unknown): Promise<void> {
    if (this.#ended) throw ended(run);
    checkAnswerable(run);
    run.answered = true;
    try {
      const answer = await this.#parts.answer(run, value);
      if (run.envelope.delivery === "exactly-once" && !run.over) (run.outputs ??= []).push(answer);
      else await this.#parts.sender.store(answer, false, true);
    } catch (error) {
      run.answered = false;
      throw error;
    }
  }

  log(run: Run, level: "debug" | "info" | "warn" | "error", text: string, data: unknown): void {
    const { reports } = this.#parts;
    if (reports.active)
      reports.emit({ type: "log.written", level, agent: run.self, envelope: run.envelope, text, data });
  }

  atDeadline(run: Run, expire: () => void): Cancel {
    const left = (run.deadline as number) - this.#parts.clock.now();
    const timer = this.#parts.timers.set(Math.max(0, left), expire);
    return () => timer.done();
  }
}

function ended({ self }: Run): HermodError {
  return new HermodError(
    "HERMOD_CLOSED",
    `the system of ${self} was closed while its handler ran: it sends nothing more`,
  );
}

function checkAnswerable({ envelope, answered }: Run): void {
  if (answered) throw new HermodError("HERMOD_SETTLED", `message ${envelope.id} is answered already`);
  if (expectsAnswer(envelope) || hasAsker(envelope)) return;
  throw new HermodError("HERMOD_BAD_OPTION", `message ${envelope.id} expects no answer`);
}
