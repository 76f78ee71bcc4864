/** Run: one delivery while its handler works; what the handler sees of it is its context. */
import type { Context, LogLine } from "../agent/context.ts";
import type { Address } from "../core/address.ts";
import type { Cancel } from "../core/clock.ts";
import { isControl, type Envelope } from "../core/envelope.ts";
import { ExpiredError, HermodError } from "../core/errors.ts";
import type { Model } from "../core/model.ts";
import type { Claim } from "../core/store.ts";
import type { Instance, Running } from "./instance.ts";
import type { Origin } from "./send.ts";
import { frozenState } from "./state.ts";

/** What a run asks of the system around it. */
export interface RunHost {
  readonly model: Model | undefined;
  call(run: Run): Context["call"];
  /** Where replies to the run's calls go. */
  replyTo(run: Run): Address;
  cast(run: Run): Context["cast"];
  reply(run: Run, value: unknown): Promise<void>;
  log(run: Run, level: "debug" | "info" | "warn" | "error", text: string, data: unknown): void;
  /** Calls `expire` at the run's deadline. */
  atDeadline(run: Run, expire: () => void): Cancel;
}

export class Run implements Context<unknown>, Running, Origin {
  readonly instance: Instance;
  readonly claim: Claim;
  /** True once the handler has answered by itself. */
  answered = false;
  /** True once the handler has ended: its context sends nothing more into the delivery's transaction. */
  over = false;
  /** Outputs of an exactly-once delivery, kept until they are committed with it. */
  outputs: Envelope[] | undefined;
  /** When the handler began, where it is measured. */
  startedAt: number | undefined;
  /** Place among the running ones of its agent. */
  place = -1;
  readonly #host: RunHost;
  #controller: AbortController | undefined;
  #aborted: { readonly reason: unknown } | undefined;
  #forget: Cancel | undefined;
  #hops: readonly Address[] | undefined;

  constructor(instance: Instance, claim: Claim, host: RunHost) {
    this.instance = instance;
    this.claim = claim;
    this.#host = host;
  }

  get call(): Context["call"] {
    return this.#host.call(this);
  }

  get cast(): Context["cast"] {
    return this.#host.cast(this);
  }

  get reply(): (value: unknown) => Promise<void> {
    return (value) => this.#host.reply(this, value);
  }

  // A notice runs beside another handler and commits nothing: it sees the state and cannot change it.
  get state(): unknown {
    const { state } = this.instance;
    return isControl(this.claim.envelope) ? frozenState(state) : state;
  }

  get model(): Model {
    if (this.#host.model) return this.#host.model;
    throw new HermodError("HERMOD_NO_MODEL", `${this.self} asked for a model, and the system has none`);
  }

  // An AbortController a message would be waste: it is made when somebody looks, and then the deadline is watched.
  get signal(): AbortSignal {
    if (this.#controller) return this.#controller.signal;
    this.#controller = new AbortController();
    if (this.#aborted) this.#controller.abort(this.#aborted.reason);
    else if (this.deadline !== undefined)
      this.#forget = this.#host.atDeadline(this, () => this.abort(this.#expired()));
    return this.#controller.signal;
  }

  get deadline(): number | undefined {
    return this.claim.envelope.deadline;
  }

  get conversation(): string {
    return this.claim.envelope.conversationId;
  }

  get envelope(): Envelope {
    return this.claim.envelope;
  }

  get idempotencyKey(): string {
    return this.claim.envelope.idempotencyKey ?? this.claim.envelope.id;
  }

  get log(): Context["log"] {
    const line =
      (level: "debug" | "info" | "warn" | "error"): LogLine =>
      (text, data) =>
        this.#host.log(this, level, text, data);
    return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
  }

  get self(): Address {
    return this.instance.address;
  }

  // As the origin of what the handler sends

  get from(): Address {
    return this.instance.address;
  }

  get replyTo(): Address {
    return this.#host.replyTo(this);
  }

  get conversationId(): string {
    return this.claim.envelope.conversationId;
  }

  get causeId(): string {
    return this.claim.envelope.id;
  }

  get hops(): readonly Address[] {
    return (this.#hops ??= Object.freeze([...this.claim.envelope.hops, this.instance.address]));
  }

  get trace(): string | undefined {
    return this.claim.envelope.trace;
  }

  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = { reason };
    this.#controller?.abort(reason);
  }

  /** Ends the run: its deadline is watched no more. */
  end(): void {
    this.over = true;
    this.#forget?.();
  }

  #expired(): ExpiredError {
    return new ExpiredError(
      `the deadline of message ${this.envelope.id} has passed while ${this.self} handled it`,
    );
  }
}
