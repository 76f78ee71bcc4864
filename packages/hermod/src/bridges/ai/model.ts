/** SDK model: any language model of the AI SDK as a model of ours: one call of it for each of ours, without retries and without tools executed. */
import type { Clock } from "../../core/clock.ts";
import { HermodError } from "../../core/errors.ts";
import type {
  Model,
  ModelLimits,
  ModelOptions,
  ModelPart,
  ModelReply,
  ModelRequest,
} from "../../core/model.ts";
import { aText, wholeNumber } from "../../core/options.ts";
import { toModelLimits } from "../../core/ratelimit.ts";
import { Answer } from "./answer.ts";
import { callOf } from "./call.ts";
import { modelError } from "./errors.ts";
import { Format } from "./format.ts";
import { MOST_ANSWER, type AiSdkOptions } from "./options.ts";
import { toPrice, type Price } from "../../core/price.ts";
import type { SdkModel, SdkPart } from "./sdk.ts";
import { piecesOf, untilAborted } from "./until.ts";
import { usageOf } from "./usage.ts";

/** What a model is made of. */
export interface SdkModelParts extends Omit<AiSdkOptions, "name"> {
  readonly name: string;
  /** Gives the SDK's model, at the first call. */
  readonly load: () => Promise<SdkModel>;
  readonly clock: Clock;
  /** What no error may show. */
  readonly secrets: readonly string[];
  /** True to ask for whole answers in pieces too: for answers that take longer than a connection may be silent. */
  readonly inPieces?: boolean;
}

/** A model of ours over one of the SDK's. */
export class SdkBacked implements Model {
  readonly name: string;
  readonly limits: ModelLimits;
  readonly #parts: SdkModelParts;
  readonly price?: Price;
  readonly #most: number;
  readonly #format = new Format();
  #loading: Promise<SdkModel> | undefined;

  constructor(parts: SdkModelParts) {
    this.name = aText("name", parts.name);
    this.limits = toModelLimits("limits", parts.limits ?? {});
    this.#parts = parts;
    const price = toPrice(parts.price);
    if (price) this.price = price;
    this.#most = wholeNumber("maxAnswer", parts.maxAnswer ?? MOST_ANSWER, 1);
  }

  async text(prompt: string, options: ModelOptions = {}): Promise<string> {
    return (await this.generate({ ...options, messages: [{ role: "user", content: prompt }] })).text;
  }

  async generate(request: ModelRequest): Promise<ModelReply> {
    if (this.#parts.inPieces) return this.#collect(request);
    const signal = request.signal ?? new AbortController().signal;
    try {
      signal.throwIfAborted();
      const model = await this.#model();
      const said = await untilAborted(
        signal,
        this.#format.ask(request, (asked) => model.doGenerate(callOf(asked, signal))),
      );
      const answer = new Answer(this.#most);
      for (const part of said.content)
        if (part.type === "text") answer.say(part.text);
        else if (part.type === "tool-call") answer.call(part);
      if (said.structuredOutputText !== undefined) answer.select(said.structuredOutputText);
      return this.#reply(request, answer, said);
    } catch (error) {
      throw this.#error(error, signal);
    }
  }

  async *stream(request: ModelRequest): AsyncGenerator<ModelPart, undefined> {
    const ending = new AbortController();
    const signal = request.signal ? AbortSignal.any([request.signal, ending.signal]) : ending.signal;
    try {
      signal.throwIfAborted();
      const model = await this.#model();
      const { stream } = await untilAborted(
        signal,
        this.#format.ask(request, (asked) => model.doStream(callOf(asked, signal))),
      );
      yield* this.#parsed(request, piecesOf(stream, signal));
    } catch (error) {
      throw this.#error(error, signal);
    } finally {
      // Whoever stops reading wants the model to stop speaking.
      ending.abort();
    }
  }

  async #collect(request: ModelRequest): Promise<ModelReply> {
    for await (const part of this.stream(request)) if (part.type === "end") return part.reply;
    throw new HermodError("HERMOD_MODEL", `${this.name}: the stream has ended before its finish`);
  }

  async *#parsed(request: ModelRequest, parts: AsyncIterable<SdkPart>): AsyncGenerator<ModelPart> {
    const answer = new Answer(this.#most);
    for await (const part of parts) {
      if (part.type === "error") throw part.error;
      if (part.type === "tool-call") answer.call(part);
      if (part.type === "text-delta" && part.delta !== "") {
        answer.say(part.delta);
        yield { type: "text", text: part.delta };
      }
      if (part.type === "finish") return yield { type: "end", reply: this.#reply(request, answer, part) };
    }
    throw new Error("the stream has ended before its finish");
  }

  #reply(
    request: ModelRequest,
    answer: Answer,
    {
      usage,
      finishReason,
    }: Extract<SdkPart, { type: "finish" }> | Awaited<ReturnType<SdkModel["doGenerate"]>>,
  ): ModelReply {
    const { unified, raw } = finishReason;
    if (unified === "error") throw new Error(`the model has ended with an error${raw ? `: ${raw}` : ""}`);
    return answer.reply(usageOf(usage, request, answer.tokens, this.price), unified);
  }

  #model(): Promise<SdkModel> {
    return (this.#loading ??= this.#parts.load());
  }

  /** A call that was ended from outside fails with the reason for that. */
  #error(error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    const { clock, secrets } = this.#parts;
    return modelError(error, { model: this.name, now: clock.now(), secrets });
  }
}
