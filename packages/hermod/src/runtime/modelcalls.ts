/**
 * Model calls: the model as the handler of one message sees it. Each call ends with the handler's signal, is paid from the conversation's
 * budget (set aside before, settled with what it really used), and is reported.
 */
import type { Overspend } from "../agent/mind.ts";
import type { Costs, Spending } from "../agent/spending.ts";
import { isTight, reservable } from "../core/budget.ts";
import type { Clock } from "../core/clock.ts";
import type { Model, ModelOptions, ModelPart, ModelReply, ModelRequest, Usage } from "../core/model.ts";
import { toModelError } from "../core/modelreply.ts";
import { costOf } from "../core/price.ts";
import { inputTokens } from "../core/tokens.ts";
import { GatedCall, type Opened } from "./gatedcall.ts";
import type { ModelGates } from "./modelgate.ts";
import type { Reports } from "./reports.ts";
import type { Run } from "./run.ts";

/** What calling needs. */
export interface ModelCallParts {
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
  readonly #parts: ModelCallParts;
  readonly #run: Run;
  readonly #budget: Spending;

  constructor(parts: ModelCallParts, run: Run, budget: Spending) {
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
      await call.end(reply.usage);
      return reply;
    } catch (thrown) {
      const error = toModelError(thrown);
      await call.fail(error, undefined);
      throw error;
    }
  }

  async *stream(request: ModelRequest): AsyncGenerator<ModelPart, undefined> {
    const call = await this.#begin(request);
    let opened: Opened | undefined;
    try {
      opened = await call.gated.open();
      const { pieces } = opened;
      for (let { step } = opened; ; step = await pieces.next()) {
        const part = pieces.read(step);
        if (part.type === "end") await call.end(part.reply.usage);
        yield part;
        if (part.type === "end") return;
      }
    } catch (thrown) {
      const error = toModelError(thrown);
      await call.fail(error, opened?.pieces.said);
      throw error;
    } finally {
      // Whoever stops reading has had what was said by then.
      await call.drop(opened?.pieces.said ?? 0);
      await opened?.pieces.close();
    }
  }

  async #begin(asked: ModelRequest): Promise<Call> {
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
    return new Call(parts, this.#run, gated, usage.inputTokens, reserved);
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

/** What a call costs, by its own word or else by the model's price. */
function costsOf(
  { price }: Model,
  { inputTokens: input, outputTokens: output, cost }: Usage,
): Costs & { readonly tokens: number } {
  const paid = cost ?? (price && costOf(price, input, output));
  return { tokens: input + output, ...(paid !== undefined && { cost: paid }) };
}

/** One call of the model, from what is set aside for it to what it used. */
class Call {
  readonly gated: GatedCall;
  /** About how many tokens go in. */
  readonly #input: number;
  readonly #parts: ModelCallParts;
  readonly #run: Run;
  readonly #reserved: Awaited<ReturnType<Spending["reserve"]>>;
  readonly #begunAt: number;
  #over = false;

  constructor(
    parts: ModelCallParts,
    run: Run,
    gated: GatedCall,
    input: number,
    reserved: Awaited<ReturnType<Spending["reserve"]>>,
  ) {
    this.#parts = parts;
    this.#run = run;
    this.gated = gated;
    this.#input = input;
    this.#reserved = reserved;
    this.#begunAt = parts.clock.monotonic();
  }

  async end(usage: Usage): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    await this.#reserved.settle(costsOf(this.#parts.model, usage));
    this.#report(usage, undefined);
  }

  /** A call that failed before its first piece has cost nothing; one that was cut has cost what was said. */
  async fail(error: unknown, said: number | undefined): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    const usage = { inputTokens: said ? this.#input : 0, outputTokens: said ?? 0 };
    await this.#reserved.settle(costsOf(this.#parts.model, usage));
    this.#report(usage, error);
  }

  async drop(said: number): Promise<void> {
    await this.fail(new Error("the answer was not read to its end"), said);
  }

  #report(usage: Usage, error: unknown): void {
    const { reports, clock, model } = this.#parts;
    if (!reports.active) return;
    const { self: agent, envelope } = this.#run;
    const ms = clock.monotonic() - this.#begunAt;
    const { waited } = this.gated;
    reports.emit({ type: "model.called", agent, envelope, model: model.name, usage, ms, waited, error });
  }
}
