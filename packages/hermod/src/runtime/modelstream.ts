/**
 * Model stream: an answer as the handler of a message reads it, piece by piece; the call that it belongs to ends with it, however it ends. No
 * generator: each that a token passes through costs it.
 */
import type { Hearer } from "../agent/speech.ts";
import { isPromise, type Maybe } from "../core/maybe.ts";
import { spaceOf, type ModelPart, type ModelReply, type SpokenAnswer } from "../core/model.ts";
import { none, toModelError } from "../core/modelreply.ts";
import type { ModelCall } from "./modelcall.ts";
import type { Pieces, Step } from "./pieces.ts";

type Result = IteratorResult<ModelPart, undefined>;

const DONE: Result = { done: true, value: undefined };

export class ModelStream implements AsyncIterableIterator<ModelPart, undefined>, SpokenAnswer {
  readonly #begin: () => Promise<ModelCall>;
  #call: ModelCall | undefined;
  #pieces: Pieces | undefined;
  /** What was asked for last. */
  #asked: Promise<Result> | undefined;
  #over = false;

  /** `begin` sets aside what the call may cost. */
  constructor(begin: () => Promise<ModelCall>) {
    this.#begin = begin;
  }

  next(): Promise<Result> {
    if (this.#over) return Promise.resolve(DONE);
    return (this.#asked = this.#next());
  }

  async each(hearer: Hearer, most: number): Promise<ModelReply | undefined> {
    const { value: first } = await this.next();
    let part = first;
    let length = 0;
    while (part?.type === "text") {
      if ((length += spaceOf(part.text)) > most) return this.#cut();
      try {
        const said = hearer.hear(part.text);
        if (isPromise(said)) await said;
      } catch (error) {
        await this.return();
        throw error;
      }
      try {
        // One await for a piece, and no promise of its own.
        const pieces = this.#pieces as Pieces;
        part = pieces.read(await pieces.next());
      } catch (error) {
        await this.#failed(error);
      }
      if (part.type === "end") await this.#end(part);
    }
    if (part === undefined) throw none("an answer that was ended by others");
    return part.reply;
  }

  /** Whoever stops reading has had what was said by then. */
  async return(): Promise<Result> {
    await this.#asked?.catch(() => undefined);
    if (this.#over) return DONE;
    this.#over = true;
    await this.#call?.drop(this.#pieces?.said ?? 0);
    await this.#pieces?.close();
    return DONE;
  }

  async #cut(): Promise<undefined> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #next(): Promise<Result> {
    if (this.#pieces) return this.#pieces.next().then(this.#read, this.#failed);
    return this.#asked ? this.#asked.then(() => this.next()) : this.#first();
  }

  async #first(): Promise<Result> {
    try {
      this.#call = await this.#begin();
      const { pieces, step } = await this.#call.gated.open();
      this.#pieces = pieces;
      return await this.#read(step);
    } catch (error) {
      return this.#over ? Promise.reject(error as Error) : this.#failed(error);
    }
  }

  readonly #read = (step: Step): Maybe<Result> => {
    try {
      const part = (this.#pieces as Pieces).read(step);
      return part.type === "text" ? { done: false, value: part } : this.#end(part);
    } catch (error) {
      return this.#failed(error);
    }
  };

  async #end(part: ModelPart & { readonly type: "end" }): Promise<Result> {
    this.#over = true;
    try {
      await this.#call?.end(part.reply);
    } finally {
      await this.#pieces?.close();
    }
    return { done: false, value: part };
  }

  readonly #failed = async (thrown: unknown): Promise<never> => {
    this.#over = true;
    const error = toModelError(thrown);
    await this.#call?.fail(error, this.#pieces?.said);
    await this.#pieces?.close();
    throw error;
  };
}
