/**
 * Exports: long answers, written piece by piece as their reader takes them. One piece is made when there is room for it and none before, so that a
 * slow reader costs a page of the store and nothing else; one that takes nothing for long is let go.
 */
import { HermodError } from "hermod";

/** Bounds of exports. */
export interface ExportLimits {
  /** Most at a time. */
  readonly most: number;
  /** Milliseconds after which a reader that takes nothing is let go. */
  readonly patience: number;
}

/** What is said of an export before its first row. */
export interface ExportTerms {
  /** Media type. */
  readonly type: string;
  /** Name of the file. */
  readonly name: string;
  /** How many rows it will have, where that is known. */
  readonly total?: number | undefined;
  /** Fires when whoever asks may ask no more: what is cut off then must not look whole. */
  readonly signal: AbortSignal;
}

const usual: ExportLimits = { most: 8, patience: 300_000 };
/** Characters of one piece, about. */
const PIECE = 64 * 1024;

/** How many rows an export will have, for whoever shows how far it is. */
export const TOTAL = "x-hermod-total";

export class Exports {
  readonly most: number;
  readonly #patience: number;
  #running = 0;

  constructor(limits: Partial<ExportLimits> = {}) {
    const { most, patience } = { ...usual, ...limits };
    this.most = most;
    this.#patience = patience;
  }

  /** How many are read now. */
  get running(): number {
    return this.#running;
  }

  /** Answers with these texts, once the first is there. @throws HermodError HERMOD_OVERLOADED, and what the first one throws. */
  async answer(texts: AsyncGenerator<string>, { type, name, total, signal }: ExportTerms): Promise<Response> {
    if (this.#running >= this.most)
      throw new HermodError("HERMOD_OVERLOADED", `${this.most} exports are read now, the most at a time`, {
        details: { limit: "exports", value: this.most, retryAfter: 10_000 },
        hint: "Wait for one of them, or stop it.",
      });
    const headers = {
      "content-type": `${type}; charset=utf-8`,
      "content-disposition": `attachment; filename="${name}"`,
      ...(total !== undefined && { [TOTAL]: String(total) }),
    };
    const leave = this.#enter(texts);
    try {
      const first = await texts.next();
      const all = first.done ? texts : behind(first.value, texts);
      return new Response(this.#stream(all, leave, signal), { headers });
    } catch (error) {
      leave();
      throw error;
    }
  }

  #stream(texts: AsyncGenerator<string>, leave: () => void, signal: AbortSignal): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    let idle: NodeJS.Timeout | undefined;
    let stop = (_reason: unknown): void => undefined;
    const end = (): void => {
      clearTimeout(idle);
      leave();
    };
    const wait = (): void => {
      clearTimeout(idle);
      idle = setTimeout(() => stop(new Error("nobody took what was exported")), this.#patience).unref();
    };
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          stop = (reason) => {
            end();
            controller.error(reason);
          };
          signal.addEventListener("abort", () => stop(signal.reason), { once: true });
          wait();
        },
        pull: async (controller) => {
          wait();
          try {
            const text = await piece(texts);
            if (text !== "") return controller.enqueue(encoder.encode(text));
            end();
            controller.close();
          } catch (error) {
            stop(error);
          }
        },
        cancel: end,
      },
      { highWaterMark: 0 },
    );
    return stream;
  }

  /** One more is read. Returns its end. */
  #enter(texts: AsyncGenerator<string>): () => void {
    this.#running++;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#running--;
      void texts.return(undefined).catch(() => undefined);
    };
  }
}

async function* behind(first: string, texts: AsyncGenerator<string>): AsyncGenerator<string> {
  yield first;
  yield* texts;
}

/** Enough texts for one piece; none at the end. */
async function piece(texts: AsyncGenerator<string>): Promise<string> {
  let text = "";
  while (text.length < PIECE) {
    const { done, value } = await texts.next();
    if (done) break;
    text += value;
  }
  return text;
}
