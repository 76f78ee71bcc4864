/** Bounded: a model whose calls have a time limit, wait for a turn, and are paid from a purse. */
import type { Clock } from "../../core/clock.ts";
import { TimeoutError } from "../../core/errors.ts";
import type {
  Model,
  ModelLimits,
  ModelOptions,
  ModelPart,
  ModelReply,
  ModelRequest,
  Usage,
} from "../../core/model.ts";
import type { Price } from "../../core/price.ts";
import { tokensOf } from "../../core/tokens.ts";
import type { Purse } from "./purse.ts";
import type { Turns } from "./turns.ts";

export interface Bounds {
  readonly clock: Clock;
  /** Of a call from its turn on, in milliseconds. */
  readonly timeout: number;
  readonly turns: Turns;
  readonly purse: Purse;
}

interface Begun {
  readonly request: ModelRequest;
  /** Once; without usage it has cost nothing. */
  readonly settle: (used: Usage | undefined) => void;
  readonly end: () => void;
}

export class Bounded implements Model {
  readonly name: string;
  readonly price?: Price;
  readonly limits: ModelLimits;
  readonly #model: Model;
  readonly #bounds: Bounds;

  constructor(model: Model, bounds: Bounds) {
    this.name = model.name;
    if (model.price) this.price = model.price;
    this.limits = model.limits ?? {};
    this.#model = model;
    this.#bounds = bounds;
  }

  async text(prompt: string, options: ModelOptions = {}): Promise<string> {
    return (await this.generate({ ...options, messages: [{ role: "user", content: prompt }] })).text;
  }

  async generate(asked: ModelRequest): Promise<ModelReply> {
    const call = await this.#begin(asked);
    try {
      const reply = await this.#model.generate(call.request);
      call.settle(reply.usage);
      return reply;
    } finally {
      call.end();
    }
  }

  async *stream(asked: ModelRequest): AsyncGenerator<ModelPart, undefined> {
    const call = await this.#begin(asked);
    let said = 0;
    try {
      for await (const part of this.#model.stream(call.request)) {
        if (part.type === "text") said += tokensOf(part.text);
        else call.settle(part.reply.usage);
        yield part;
      }
    } finally {
      // An answer that was cut or not read to its end has cost what was said of it.
      if (said > 0) call.settle(this.#bounds.purse.cut(asked, said));
      call.end();
    }
  }

  async #begin(asked: ModelRequest): Promise<Begun> {
    const late = new AbortController();
    const signal = asked.signal ? AbortSignal.any([asked.signal, late.signal]) : late.signal;
    const endTurn = await this.#bounds.turns.begin(signal);
    try {
      const settle = this.#bounds.purse.reserve(asked);
      const cancel = this.#bounds.clock.after(this.#bounds.timeout, () => late.abort(this.#late()), true);
      return { request: { ...asked, signal }, settle, end: () => (cancel(), settle(undefined), endTurn()) };
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  #late(): TimeoutError {
    const { timeout } = this.#bounds;
    return new TimeoutError(`${this.name} had not answered to the end after ${timeout} ms`, {
      details: { model: this.name, ms: timeout },
      hint: "Raise LLM_TIMEOUT, ask for a shorter answer (maxTokens), or look at the endpoint's load.",
    });
  }
}
