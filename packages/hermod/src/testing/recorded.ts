/** Recorded model: a model that is listened to, so that what it says can be replayed in tests. */
import { toRecord } from "../core/errors.ts";
import type {
  Model,
  ModelLimits,
  ModelOptions,
  ModelPart,
  ModelReply,
  ModelRequest,
  TextModel,
} from "../core/model.ts";
import type { Price } from "../core/price.ts";
import { aText } from "../core/options.ts";
import { toModel } from "../core/textmodel.ts";
import { beginRecording, record, type RecordedCall } from "./recording.ts";

/**
 * The same model; each of its calls is written to the file, which is begun anew, as a line of JSON. It holds prompts and answers as they were.
 * @throws HermodError HERMOD_BAD_OPTION where the file cannot be written.
 */
export function recorded(model: TextModel, file: string): Model {
  const heard = new Recorded(toModel(model), aText("recorded.file", file));
  beginRecording(file);
  return heard;
}

class Recorded implements Model {
  readonly name: string;
  readonly simulated?: boolean;
  readonly price?: Price;
  readonly limits: ModelLimits;
  readonly #model: Model;
  readonly #file: string;

  constructor(model: Model, file: string) {
    this.name = model.name;
    if (model.simulated) this.simulated = true;
    if (model.price) this.price = model.price;
    this.limits = model.limits ?? {};
    this.#model = model;
    this.#file = file;
  }

  async text(prompt: string, options: ModelOptions = {}): Promise<string> {
    return (await this.generate({ ...options, messages: [{ role: "user", content: prompt }] })).text;
  }

  async generate(request: ModelRequest): Promise<ModelReply> {
    try {
      const reply = await this.#model.generate(request);
      this.#record(request, { reply });
      return reply;
    } catch (error) {
      this.#record(request, ended(request, error));
      throw error;
    }
  }

  async *stream(request: ModelRequest): AsyncGenerator<ModelPart, undefined> {
    const parts: ModelPart[] = [];
    let end: Partial<RecordedCall> = { left: true };
    try {
      for await (const part of this.#model.stream(request)) {
        parts.push(part);
        if (part.type === "end") end = {};
        yield part;
      }
    } catch (error) {
      end = ended(request, error);
      throw error;
    } finally {
      this.#record(request, { parts, ...end });
    }
  }

  #record({ signal: _, ...request }: ModelRequest, call: Partial<RecordedCall>): void {
    record(this.#file, { model: this.name, request, ...call });
  }
}

/** Who gives up a call has heard nothing from the model by it. */
function ended({ signal }: ModelRequest, error: unknown): Partial<RecordedCall> {
  return signal?.aborted ? { left: true } : { error: toRecord(error) };
}
