/** Model call: one call of the model, from what is set aside for it to what it used, and its report. */
import type { Costs, Spending } from "../agent/spending.ts";
import type { Clock } from "../core/clock.ts";
import type { Finish, Model, ModelReply, Usage } from "../core/model.ts";
import { toNoteError } from "../core/note.ts";
import { costOf } from "../core/price.ts";
import type { GatedCall } from "./gatedcall.ts";
import type { Reports } from "./reports.ts";
import type { Run } from "./run.ts";

/** What a call needs. */
export interface ModelCallParts {
  readonly clock: Clock;
  readonly reports: Reports;
  readonly model: Model;
}

/** What a call costs, by its own word or else by the model's price. */
export function costsOf(
  { price }: Model,
  { inputTokens: input, outputTokens: output, cost }: Usage,
): Costs & { readonly tokens: number } {
  const paid = cost ?? (price && costOf(price, input, output));
  return { tokens: input + output, ...(paid !== undefined && { cost: paid }) };
}

/** One call of the model, from what is set aside for it to what it used. */
export class ModelCall {
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

  async end({ usage, finish }: Pick<ModelReply, "usage" | "finish">): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    await this.#reserved.settle(costsOf(this.#parts.model, usage));
    this.#tell(usage, finish, undefined);
  }

  /** A call that failed before its first piece has cost nothing; one that was cut has cost what was said. */
  async fail(error: unknown, said: number | undefined): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    const usage = { inputTokens: said ? this.#input : 0, outputTokens: said ?? 0 };
    await this.#reserved.settle(costsOf(this.#parts.model, usage));
    this.#tell(usage, undefined, error);
  }

  async drop(said: number): Promise<void> {
    await this.fail(new Error("the answer was not read to its end"), said);
  }

  #tell(usage: Usage, finish: Finish | undefined, error: unknown): void {
    const { clock, model } = this.#parts;
    const ms = clock.monotonic() - this.#begunAt;
    this.#note(ms, usage, finish, error);
    this.#report(ms, usage, error, model.name);
  }

  /** Nothing of what was asked and answered. */
  #note(
    ms: number,
    { inputTokens, outputTokens, ...usage }: Usage,
    finish: Finish | undefined,
    error: unknown,
  ): void {
    const { clock, model } = this.#parts;
    const { cost } = costsOf(model, { inputTokens, outputTokens, ...usage });
    this.#run.note({
      ...{ type: "model", at: clock.now(), model: model.name, inputTokens, outputTokens },
      ...{ ms, waited: this.gated.waited },
      ...(model.simulated && { simulated: true }),
      ...(cost !== undefined && { cost }),
      ...(finish !== undefined && { finish }),
      ...(error !== undefined && { error: toNoteError(error) }),
    });
  }

  #report(ms: number, usage: Usage, error: unknown, model: string): void {
    const { reports } = this.#parts;
    if (!reports.active) return;
    const { self: agent, envelope } = this.#run;
    const { waited } = this.gated;
    reports.emit({ type: "model.called", agent, envelope, model, usage, ms, waited, error });
  }
}
