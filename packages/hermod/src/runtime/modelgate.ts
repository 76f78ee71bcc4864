/**
 * Model gates: where the calls of models wait until their endpoint takes them. One gate a key for a whole system, whichever agents ask; the
 * conversations that wait take turns.
 */
import type { Clock } from "../core/clock.ts";
import type { HermodError } from "../core/errors.ts";
import { FairLine } from "../core/fairline.ts";
import type { Random } from "../core/id.ts";
import type { Model, ModelLimits } from "../core/model.ts";
import { RateLimit, type Admission } from "../core/ratelimit.ts";
import type { Reports } from "./reports.ts";
import type { Timer, Timers } from "./timers.ts";

/** What gates need. */
export interface ModelGateParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly reports: Reports;
  readonly random: Random;
}

/** The gates of one system. */
export class ModelGates {
  readonly #parts: ModelGateParts;
  readonly #gates = new Map<string, ModelGate>();

  constructor(parts: ModelGateParts) {
    this.#parts = parts;
  }

  /** The gate that the calls of a model pass. */
  of({ name, limits = {} }: Pick<Model, "name" | "limits">): ModelGate {
    const { key = name } = limits;
    const gate = this.#gates.get(key) ?? new ModelGate(key, this.#parts);
    this.#gates.set(key, gate);
    gate.tighten(limits);
    return gate;
  }
}

/** Who wants to call. */
export interface Caller {
  readonly conversation: string;
  /** How many tokens the call may use. */
  readonly tokens: number;
  readonly signal: AbortSignal;
  /** Why it does not wait for the end of a pause, so many milliseconds from now; undefined where it does. */
  readonly declines: (pause: number) => HermodError | undefined;
}

interface Waiting extends Caller {
  readonly admit: (admission: Admission) => void;
  readonly fail: (reason: unknown) => void;
}

export class ModelGate {
  readonly key: string;
  readonly #parts: ModelGateParts;
  readonly #limit = new RateLimit();
  readonly #line = new FairLine<Waiting>();
  #timer: Timer | undefined;

  constructor(key: string, parts: ModelGateParts) {
    this.key = key;
    this.#parts = parts;
  }

  tighten(limits: ModelLimits): void {
    this.#limit.tighten(limits);
  }

  /** Waits until the call may begin; every admission is ended, once. `again` goes first in its conversation. @throws the signal's reason; what `declines` gives. */
  async enter(caller: Caller, again = false): Promise<Admission> {
    caller.signal.throwIfAborted();
    const now = this.#now;
    const pause = this.#limit.pausedUntil - now;
    const refusal = pause > 0 ? caller.declines(pause) : undefined;
    if (refusal) throw refusal;
    const isFree = this.#line.first === undefined && this.#limit.freeAt(caller.tokens, now) <= now;
    return isFree ? this.#limit.begin(caller.tokens, now) : this.#wait(caller, again);
  }

  /** The endpoint has taken the call. */
  accept(admission: Admission): void {
    this.#limit.accept(admission);
  }

  /** The call has ended, and has used so many tokens. */
  end(admission: Admission, tokens: number): void {
    this.#limit.end(admission, tokens);
    this.#pump();
  }

  /** The endpoint has refused the call, `said` for how many milliseconds: nobody calls before they are over. */
  refuse(admission: Admission, said: number | undefined, why: string): void {
    const before = this.#limit.pausedUntil;
    this.#limit.refuse(admission, said, this.#now, this.#parts.random);
    const pause = this.#limit.pausedUntil - this.#now;
    if (pause <= 0 || this.#limit.pausedUntil === before) return;
    this.#report(pause, why);
    for (const waiting of [...this.#line]) {
      const refusal = waiting.declines(pause);
      if (refusal) waiting.fail(refusal);
    }
    this.#pump();
  }

  #wait(caller: Caller, again: boolean): Promise<Admission> {
    const { conversation, signal } = caller;
    return new Promise((resolve, reject) => {
      const stop = (): void => waiting.fail(signal.reason);
      const over = (): void => signal.removeEventListener("abort", stop);
      const fail = (reason: unknown): void => {
        if (!this.#line.remove(conversation, waiting)) return;
        over();
        reject(reason as Error);
        this.#pump();
      };
      const waiting: Waiting = { ...caller, fail, admit: (admission) => (over(), resolve(admission)) };
      signal.addEventListener("abort", stop);
      if (again) this.#line.putFirst(conversation, waiting);
      else this.#line.push(conversation, waiting);
      this.#pump();
    });
  }

  /** Lets in who may begin now; the first one who may not keeps all others waiting. */
  #pump(): void {
    this.#timer?.done();
    this.#timer = undefined;
    for (let first = this.#line.first; first !== undefined; first = this.#line.first) {
      const now = this.#now;
      const at = this.#limit.freeAt(first.tokens, now);
      if (at > now) return this.#rest(at - now);
      this.#line.take();
      first.admit(this.#limit.begin(first.tokens, now));
    }
  }

  #rest(ms: number): void {
    if (ms < Infinity) this.#timer = this.#parts.timers.set(ms, () => this.#pump());
  }

  #report(pause: number, why: string): void {
    const { reports, clock } = this.#parts;
    const until = Math.ceil(clock.now() + pause);
    if (reports.active) reports.emit({ type: "model.paused", key: this.key, until, why });
  }

  get #now(): number {
    return this.#parts.clock.monotonic();
  }
}
