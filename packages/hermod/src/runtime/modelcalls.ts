/**
 * Model calls: the model as the handler of one message sees it. Each call ends with the handler's signal, is paid from the conversation's
 * budget (set aside before, settled with what it really used), and is reported.
 */
import type { Overspend } from "../agent/mind.ts";
import type { Spending } from "../agent/spending.ts";
import { isTight, reservable } from "../core/budget.ts";
import type { Clock } from "../core/clock.ts";
import type { Model, ModelOptions, ModelReply, ModelRequest, Usage } from "../core/model.ts";
import { toModelError } from "../core/modelreply.ts";
import { inputTokens } from "../core/tokens.ts";
import { GatedCall } from "./gatedcall.ts";
import { ModelCall, costsOf } from "./modelcall.ts";
import type { ModelGates } from "./modelgate.ts";
import { ModelStream } from "./modelstream.ts";
import type { Reports } from "./reports.ts";
import type { Run } from "./run.ts";

/** What calling needs. */
export interface RunModelParts {
  readonly clock: Clock;
  readonly reports: Reports;
  readonly model: Model;
  /** What is done when a budget runs out; where nothing is said the work stops. */
  readonly overspend: Overspend | undefined;
  readonly gates: ModelGates;
}

/** Tokens that are set aside for an answer of which nothing else is said. */
const ANSWER = 1000;

export class RunModel implements Model {
  readonly name: string;
  readonly #parts: RunModelParts;
  readonly #run: Run;
  readonly #budget: Spending;

  constructor(parts: RunModelParts, run: Run, budget: Spending) {
    this.name = parts.model.name;
    this.#parts = parts;
    this.#run = run;
    this.#budget = budget;
  }

  async text(prompt: string, options: ModelOptions = {}): Promise<string> {
    return (await this.generate({ ...options, messages: [{ role: "user", content: prompt }] })).text;
  }

  async generate(request: ModelRequest): Promise<ModelReply> {
    const call = await this.#begin(request);
    try {
      const reply = await call.gated.generate();
      await call.end(reply);
      return reply;
    } catch (thrown) {
      const error = toModelError(thrown);
      await call.fail(error, undefined);
      throw error;
    }
  }

  stream(request: ModelRequest): ModelStream {
    return new ModelStream(() => this.#begin(request));
  }

  async #begin(asked: ModelRequest): Promise<ModelCall> {
    const { signal } = this.#run;
    const request = {
      ...asked,
      agent: asked.agent ?? this.#run.self,
      signal: asked.signal ? AbortSignal.any([asked.signal, signal]) : signal,
    };
    request.signal.throwIfAborted();
    const usage = { inputTokens: inputTokens(request), outputTokens: asked.maxTokens ?? ANSWER };
    const model = await this.#choose(usage);
    const costs = costsOf(model, usage);
    const reserved = await this.#budget.reserve(costs);
    const parts = { ...this.#parts, model, gate: this.#parts.gates.of(model) };
    const gated = new GatedCall(parts, this.#run, request, {
      tokens: costs.tokens,
      input: usage.inputTokens,
    });
    return new ModelCall(parts, this.#run, gated, usage.inputTokens, reserved);
  }

  /** The cheaper model, where there is one and the budget gets tight. */
  async #choose(usage: Usage): Promise<Model> {
    const { model, overspend } = this.#parts;
    const limits = reservable(this.#budget.limits);
    if (overspend?.cheaper === undefined || Object.keys(limits).length === 0) return model;
    const spent = await this.#budget.spent();
    return isTight(limits, spent, { ...costsOf(model, usage) }, overspend.from) ? overspend.cheaper : model;
  }
}
