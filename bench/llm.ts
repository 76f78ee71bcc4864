/** Models for the benchmarks: one that answers at once, and one that says its tokens at a pace, as an endpoint does. */
import type { ModelPart, ModelReply, ModelRequest } from "hermod";

const usage = { inputTokens: 20, outputTokens: 10 };
const said: ModelReply = { text: "The tide turns.", toolCalls: [], usage, finish: "stop" };

/** A model that has its answer ready, in one piece. */
export const readyModel = {
  name: "ready",
  text: async () => said.text,
  generate: async () => said,
  async *stream(_request: ModelRequest): AsyncGenerator<ModelPart, undefined> {
    yield { type: "text", text: said.text };
    yield { type: "end", reply: said };
  },
};

/** Reads one answer to its end. */
export async function readThrough(parts: AsyncIterable<ModelPart>): Promise<string> {
  for await (const part of parts) if (part.type === "end") return part.reply.text;
  throw new Error("the answer has no end");
}

/** How often a stream says a token, in milliseconds. */
const TOKEN_MS = 10;
interface Stream {
  next: (() => void) | undefined;
  due: number;
  left: number;
}

const TOKEN = { type: "text", text: "tide " } as const;

/**
 * A model whose streams each say a token every 10 ms for as many seconds as it is told: one timer wakes them all, a tenth of them each millisecond,
 * so that the model itself costs next to nothing.
 */
export class PacedModel {
  readonly name = "paced";
  readonly #streams: Stream[] = [];
  /** How many tokens each of its streams has. */
  readonly tokens: number;
  readonly #pace: number;
  #timer: NodeJS.Timeout | undefined;

  /** What it would say in so many seconds; without a pace it says it as fast as it is read. */
  constructor(seconds: number, isPaced = true) {
    this.tokens = (seconds * 1000) / TOKEN_MS;
    this.#pace = isPaced ? TOKEN_MS : 0;
  }

  async text(): Promise<string> {
    throw new Error("it only streams");
  }

  async *stream(_request?: ModelRequest): AsyncGenerator<ModelPart, undefined> {
    const due = performance.now() + (this.#streams.length % TOKEN_MS);
    const stream: Stream = { next: undefined, due, left: this.tokens };
    this.#streams.push(stream);
    this.#timer ??= setInterval(() => this.#wake(), 1);
    for (; stream.left > 0; stream.left--) {
      if (stream.due > performance.now()) await new Promise<void>((resolve) => (stream.next = resolve));
      stream.due += this.#pace;
      yield TOKEN;
    }
    this.#end(stream);
    yield { type: "end", reply: { ...said, text: TOKEN.text.repeat(this.tokens) } };
  }

  #wake(): void {
    const now = performance.now();
    for (const stream of this.#streams) {
      const { next } = stream;
      if (next === undefined || stream.due > now) continue;
      stream.next = undefined;
      next();
    }
  }

  #end(stream: Stream): void {
    this.#streams.splice(this.#streams.indexOf(stream), 1);
    if (this.#streams.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** Percent of one core that the process uses while `work` runs. */
export async function cpuShare(work: () => Promise<unknown>): Promise<number> {
  const [begun, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 10 / (performance.now() - begun);
}
