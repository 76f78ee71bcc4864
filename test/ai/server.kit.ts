/**
 * OpenAI-compatible server: a real endpoint on this machine, whose answers and faults a test says one after another. It remembers what it was
 * asked and whose connection went away before the answer was there. Nothing in it is timed: what is slow waits to be released.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { completion, event, events, type ChatBody, type Say } from "./chat.kit.ts";

/** What goes wrong instead of an answer, or in the middle of one. */
export type Fault =
  | {
      readonly fault: "status";
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly error?: object;
    }
  /** Slow: nothing comes before release(). Stall: half an answer, and the rest not before release(). */
  | ({ readonly fault: "slow" | "stall" | "cut" } & Say)
  /** Page: no API at all, but a web page. */
  | { readonly fault: "malformed-json" | "malformed-sse" | "error-event" | "no-finish" | "page" };

export type Answer = Say | Fault;

/** One request, as it came. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: ChatBody;
  /** Ends when the connection or the answer has: "aborted" where the client went away first. */
  readonly closed: Promise<"answered" | "aborted">;
  /** When that was, by `performance.now()`; undefined before. */
  closedAt: number | undefined;
}

export interface OpenAiServer extends AsyncDisposable {
  /** The base URL, with /v1. */
  readonly url: string;
  readonly requests: readonly Received[];
  /** What is answered next, one after another; with nothing left it repeats the last message. */
  next(...answers: readonly Answer[]): void;
  /** Waits until so many requests have come. */
  received(count: number): Promise<Received>;
  /** Lets what is slow or stalled go on. */
  release(): void;
}

export interface ServerOptions {
  /** The only key that is let in; default any, and none. */
  readonly key?: string;
  /** The only model that is known. */
  readonly model?: string;
}

/** A server on a free port of this machine. */
export async function openAiServer({ key, model = "small" }: ServerOptions = {}): Promise<OpenAiServer> {
  const desk = new Desk(key, model);
  const server = createServer((request, response) => void desk.take(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return Object.assign(desk, {
    url: `http://127.0.0.1:${port}/v1`,
    [Symbol.asyncDispose]: () => closed(server),
  });
}

async function closed(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, "close");
}

type JsonSchema = Readonly<Record<string, unknown>>;
type Named = { readonly function: { readonly parameters: JsonSchema } };

/** What tools take and what the answer is to be: OpenAI takes schemas of objects, and no others. */
function schemasOf(body: ChatBody): readonly JsonSchema[] {
  const tools = (body["tools"] ?? []) as readonly Named[];
  const format = body["response_format"] as
    | { readonly json_schema?: { readonly schema: JsonSchema } }
    | undefined;
  const answer = format?.json_schema;
  return [...tools.map((tool) => tool.function.parameters), ...(answer ? [answer.schema] : [])];
}

class Desk {
  readonly requests: Received[] = [];
  readonly #key: string | undefined;
  readonly #model: string;
  readonly #answers: Answer[] = [];
  readonly #waiting: { readonly count: number; readonly tell: (request: Received) => void }[] = [];
  readonly #held: (() => void)[] = [];

  constructor(key: string | undefined, model: string) {
    this.#key = key;
    this.#model = model;
  }

  next(...answers: readonly Answer[]): void {
    this.#answers.push(...answers);
  }

  received(count: number): Promise<Received> {
    const there = this.requests[count - 1];
    if (there) return Promise.resolve(there);
    return new Promise((tell) => this.#waiting.push({ count, tell }));
  }

  release(): void {
    for (const go of this.#held.splice(0)) go();
  }

  async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await textOf(request);
    const body = (text === "" ? {} : JSON.parse(text)) as ChatBody;
    const { method = "", url: path = "", headers } = request;
    const closed = once(response, "close").then((): Awaited<Received["closed"]> => {
      received.closedAt = performance.now();
      return response.writableFinished ? "answered" : "aborted";
    });
    const received: Received = { method, path, headers, body, closed, closedAt: undefined };
    this.requests.push(received);
    for (const { count, tell } of this.#waiting) if (count === this.requests.length) tell(received);
    const refused = this.#refuse(method, path, headers.authorization, body);
    if (refused) return refused(response);
    await this.#answer(body, this.#answers.shift() ?? { say: `You said: ${lastOf(body)}` }, response);
  }

  #refuse(method: string, path: string, authorization: string | undefined, body: ChatBody) {
    const given = authorization?.replace("Bearer ", "") ?? "none";
    if (this.#key !== undefined && given !== this.#key)
      return json(401, failure(`Incorrect API key provided: ${given}.`, "invalid_api_key"));
    if (method === "GET" && path === "/v1/models")
      return json(200, { object: "list", data: [{ id: this.#model, object: "model" }] });
    if (path !== "/v1/chat/completions") return json(404, failure(`Unknown request URL: ${method} ${path}.`));
    const narrow = schemasOf(body).find(({ type }) => type !== "object");
    if (narrow)
      return json(400, failure(`schema must be of 'type: "object"', got ${JSON.stringify(narrow)}`));
    if (body.model === this.#model) return undefined;
    return json(404, failure(`The model ${body.model} does not exist.`, "model_not_found"));
  }

  async #answer(body: ChatBody, answer: Answer, response: ServerResponse): Promise<void> {
    if (!("fault" in answer))
      return body.stream
        ? this.#stream(events(body.model, answer), response)
        : json(200, completion(body.model, answer))(response);
    switch (answer.fault) {
      case "status":
        return json(answer.status, answer.error ?? failure("said by the script"), answer.headers)(response);
      case "slow":
        await this.#hold();
        return this.#answer(body, { say: answer.say ?? "late" }, response);
      case "stall":
      case "cut":
        return this.#half(body, answer, response);
      case "malformed-json":
        return void response
          .writeHead(200, { "content-type": "application/json" })
          .end('{"choices": [{"mess');
      case "page":
        return void response
          .writeHead(200, { "content-type": "text/html" })
          .end("<!doctype html><title>Sign in</title>");
      case "malformed-sse":
        return this.#stream(
          [event({ choices: [{ delta: { content: "so" } }] }), event("{not json")],
          response,
        );
      case "error-event":
        return this.#stream([event(failure("the model ran out of memory"))], response);
      case "no-finish":
        return this.#stream(events(body.model, { say: "half an" }).slice(0, 2), response);
    }
  }

  /** Half an answer: then nothing for now, or never again. */
  async #half(
    body: ChatBody,
    answer: Extract<Fault, { fault: "slow" | "stall" | "cut" }>,
    response: ServerResponse,
  ) {
    const { say = "one two three four" } = answer;
    const all = body.stream
      ? events(body.model, { say })
      : (JSON.stringify(completion(body.model, { say })).match(/[^]{1,40}/g) ?? []);
    const half = Math.ceil(all.length / 2);
    response.writeHead(200, { "content-type": body.stream ? "text/event-stream" : "application/json" });
    for (const piece of all.slice(0, half)) await written(response, piece);
    if (answer.fault === "cut") return void response.destroy();
    await this.#hold();
    for (const piece of all.slice(half)) await written(response, piece);
    response.end();
  }

  async #stream(pieces: readonly string[], response: ServerResponse): Promise<void> {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const piece of pieces) await written(response, piece);
    response.end();
  }

  #hold(): Promise<void> {
    return new Promise((go) => this.#held.push(go));
  }
}

function written(response: ServerResponse, piece: string): Promise<void> {
  return new Promise((resolve) => void response.write(piece, () => resolve()));
}

function json(status: number, body: object, headers: Record<string, string> = {}) {
  return (response: ServerResponse): void =>
    void response
      .writeHead(status, { "content-type": "application/json", ...headers })
      .end(JSON.stringify(body));
}

function failure(message: string, code = "failed"): object {
  return { error: { message, type: "error", code } };
}

function lastOf({ messages }: ChatBody): string {
  return String(messages.at(-1)?.content);
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of request.setEncoding("utf8")) text += String(piece);
  return text;
}
