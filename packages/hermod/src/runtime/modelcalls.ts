/**
 * Model calls: the model as the handler of one message sees it. Each call ends with the handler's signal, is paid from the conversation's
 * budget (set aside before, settled with what it really used), and is reported.
 */
import type { Spending } from "../agent/spending.ts";
import type { Clock } from "../core/clock.ts";
import type { Model, ModelOptions, ModelPart, ModelReply, ModelRequest, Usage } from "../core/model.ts";
import { none, toModelError, toPart, toReply } from "../core/modelreply.ts";
import { inputTokens, tokensOf } from "../core/tokens.ts";
import type { Reports } from "./reports.ts";
import type { Run } from "./run.ts";

/** What calling needs. */
export interface ModelCallParts {
  readonly clock: Clock;
  readonly reports: Reports;
  readonly model: Model;
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
      const reply = toReply(await this.#parts.model.generate(call.request), call.input);
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
    let said = 0;
    try {
      for await (const given of piecesOf(this.#parts.model, call.request)) {
        const part = toPart(given, call.input);
        if (part.type === "text") said += tokensOf(part.text);
        else await call.end(part.reply.usage);
        yield part;
        if (part.type === "end") return;
      }
      throw none("an answer that ended without its end");
    } catch (thrown) {
      const error = toModelError(thrown);
      await call.fail(error, said);
      throw error;
    } finally {
      // Whoever stops reading has had what was said by then.
      await call.drop(said);
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
    const input = inputTokens(request);
    const reserved = await this.#budget.reserve({ tokens: input + (asked.maxTokens ?? ANSWER) });
    return new Call(this.#parts, this.#run, request, input, reserved);
  }
}

/** What the model gives, piece by piece. @throws HermodError HERMOD_MODEL where it gives no pieces. */
function piecesOf(model: Model, request: ModelRequest): AsyncIterable<unknown> {
  const pieces: unknown = model.stream(request);
  if (typeof (pieces as AsyncIterable<unknown> | undefined)?.[Symbol.asyncIterator] === "function")
    return pieces as AsyncIterable<unknown>;
  throw none("a stream that cannot be iterated");
}

/** One call of the model, from what is set aside for it to what it used. */
class Call {
  readonly request: ModelRequest;
  /** About how many tokens go in. */
  readonly input: number;
  readonly #parts: ModelCallParts;
  readonly #run: Run;
  readonly #reserved: Awaited<ReturnType<Spending["reserve"]>>;
  readonly #begunAt: number;
  #over = false;

  constructor(
    parts: ModelCallParts,
    run: Run,
    request: ModelRequest,
    input: number,
    reserved: Awaited<ReturnType<Spending["reserve"]>>,
  ) {
    this.#parts = parts;
    this.#run = run;
    this.request = request;
    this.input = input;
    this.#reserved = reserved;
    this.#begunAt = parts.clock.monotonic();
  }

  async end(usage: Usage): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    const { inputTokens: input, outputTokens: output, cost } = usage;
    await this.#reserved.settle({ tokens: input + output, ...(cost !== undefined && { cost }) });
    this.#report(usage, undefined);
  }

  /** A call that failed before its first piece has cost nothing; one that was cut has cost what was said. */
  async fail(error: unknown, said: number | undefined): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    const usage = { inputTokens: said ? this.input : 0, outputTokens: said ?? 0 };
    await this.#reserved.settle({ tokens: usage.inputTokens + usage.outputTokens });
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
    reports.emit({ type: "model.called", agent, envelope, model: model.name, usage, ms, error });
  }
}
