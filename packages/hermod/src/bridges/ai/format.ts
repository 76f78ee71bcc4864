/** Format: how an endpoint is told that its answer is to be JSON: by the schema, or where it takes none, by the prompt. */
import type { ModelMessage, ModelRequest } from "../../core/model.ts";
import { chainOf, type HttpError } from "./hops.ts";

/** A request, or one for any JSON: its prompt says which. */
export interface FormatRequest extends ModelRequest {
  readonly isJson?: boolean;
}

export class Format {
  /** True once the endpoint has refused a schema and taken the same without one. */
  #isPlain = false;

  /** What `send` gives; a schema that the endpoint refuses goes into the prompt, then and from then on. */
  async ask<T>(request: ModelRequest, send: (request: FormatRequest) => PromiseLike<T>): Promise<T> {
    if (request.schema === undefined) return send(request);
    if (this.#isPlain) return send(plain(request));
    try {
      return await send(request);
    } catch (error) {
      if (request.signal?.aborted || !refusesSchema(error)) throw error;
    }
    const taken = await send(plain(request));
    this.#isPlain = true;
    return taken;
  }
}

/** True for an endpoint's answer that names the format as what it does not take. */
function refusesSchema(error: unknown): boolean {
  const { statusCode, responseBody = "" } = Object(error) as HttpError;
  if (statusCode !== 400 && statusCode !== 422) return false;
  const said = [responseBody, ...chainOf(error).map(({ message }) => message)].join(" ");
  return /response.?format|json.?(schema|object|mode)|structured/i.test(said);
}

function plain({ schema, ...request }: ModelRequest): FormatRequest {
  const json = JSON.stringify(schema);
  const isSaid = request.messages.some(({ content }) => content.includes(json));
  const order = `Answer with nothing but JSON that fits this schema: ${json}`;
  return { ...request, messages: isSaid ? request.messages : ordered(request.messages, order), isJson: true };
}

/** Some endpoints take one system message and no more. */
function ordered([first, ...rest]: readonly ModelMessage[], order: string): readonly ModelMessage[] {
  if (first === undefined) return [{ role: "system", content: order }];
  if (first.role !== "system") return [{ role: "system", content: order }, first, ...rest];
  return [{ ...first, content: `${first.content}\n\n${order}` }, ...rest];
}
