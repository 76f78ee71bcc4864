/** Pieces: what a model says in its turn, as it comes. No generator: each that a token passes through costs it. */
import type { Model, ModelPart, ModelRequest } from "../core/model.ts";
import { none, toPart } from "../core/modelreply.ts";
import { tokensOf } from "../core/tokens.ts";
import type { Turn } from "./turn.ts";

/** What came when a model was asked for its next piece. */
export type Step = IteratorResult<unknown, unknown>;

export class Pieces {
  /** About how many tokens have been said. */
  said = 0;
  readonly #source: AsyncIterator<unknown, unknown>;
  readonly #turn: Turn;
  readonly #input: number;
  /** True while the model waits to be asked for more. */
  #waits = false;

  /** `input` is about how many tokens go in. @throws HermodError HERMOD_MODEL where the model gives no pieces. */
  constructor(model: Model, request: ModelRequest, turn: Turn, input: number) {
    const pieces = model.stream(request) as Partial<AsyncIterable<unknown>> | undefined;
    if (typeof pieces?.[Symbol.asyncIterator] !== "function") throw none("a stream that cannot be iterated");
    this.#source = (pieces as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    this.#turn = turn;
    this.#input = input;
  }

  /** Asks for the next piece: what comes is for `read`. */
  next(): Promise<Step> {
    this.#waits = false;
    try {
      return Promise.resolve(this.#source.next());
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** The piece that came; the last one ends the turn. @throws HermodError HERMOD_MODEL for what is none, also an end without a reply. */
  read(step: Step): ModelPart {
    if (step.done) throw none("an answer that ended without its end");
    this.#waits = true;
    const part = toPart(step.value, this.#input);
    if (part.type === "text") this.said += tokensOf(part.text);
    else this.#turn.end(part.reply.usage);
    return part;
  }

  /** Asks for no more, and ends the turn with what was said. */
  async close(): Promise<void> {
    this.#turn.end({ inputTokens: this.#input, outputTokens: this.said });
    if (!this.#waits) return;
    this.#waits = false;
    await this.#source.return?.();
  }
}
